// Seals small records so that a browser can carry them: AES-256-GCM under one key a purpose. It stores nothing.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What a sealed text is for. One purpose's text never opens as another's. */
export type SealPurpose =
  | 'application-login-cookie'
  | 'provider-login-cookie'
  | 'login-request'
  | 'login-state'
  | 'login-secrets'
  | 'logout-request'
  | 'logout-confirmed'
  | 'known-browser'
  | 'hardware-key-ceremony'
  | 'hardware-key-invitation'
  | 'passkey-ceremony'
  | 'passkey-invitation'
  | 'kept-form'
  | 'kept-form-body';

/** What a keyed hash is of. */
export type MacPurpose = 'code' | 'code-ask' | 'known-address' | 'user-code';

/** Authenticated encryption for one installation's key. */
export interface Sealer {
  /**
   * @param context what else must be the same at opening, such as the host; bound, not contained
   * @returns base64url
   */
  seal(purpose: SealPurpose, record: unknown, context?: readonly string[]): string;
  /** @returns the record, unverified in shape, or `undefined` for everything that this key did not seal for this purpose and context */
  open(purpose: SealPurpose, text: string, context?: readonly string[]): unknown;
  /** The same for bytes of any length, which stay bytes. */
  sealBytes(purpose: SealPurpose, bytes: Uint8Array, context: readonly string[]): Uint8Array;
  /** @returns the bytes, or `undefined` as {@link open} */
  openBytes(
    purpose: SealPurpose,
    sealed: Uint8Array,
    context: readonly string[],
  ): Uint8Array<ArrayBuffer> | undefined;
  /** A keyed hash (HMAC-SHA-256, RFC 2104) of a list of texts, base64url: nobody without the key can make or guess it. */
  mac(purpose: MacPurpose, texts: readonly string[]): string;
}

const ivBytes = 12;
const tagBytes = 16;
/** Longer texts are refused before any work. */
const maxTextLength = 64 * 1024;

/** Length-prefixed, so that no two lists of texts make the same bytes. */
function associatedData(purpose: string, context: readonly string[], label = 'bouncer-seal-1'): Buffer {
  const parts = [label, purpose, ...context].map((part) => Buffer.from(part, 'utf8'));
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/**
 * @param key 32 random bytes; a key of its own is derived for each purpose (HKDF, RFC 5869)
 * @returns the sealer; IVs are 96 random bits (NIST SP 800-38D section 8.2.2)
 */
export function createSealer(key: Uint8Array): Sealer {
  const keys = new Map<string, Buffer>();
  const derivedKey = (use: string): Buffer => {
    let derived = keys.get(use);
    if (derived === undefined) {
      derived = Buffer.from(hkdfSync('sha256', key, 'bouncer', use, 32));
      keys.set(use, derived);
    }
    return derived;
  };
  const keyFor = (purpose: SealPurpose): Buffer => derivedKey(`seal/${purpose}`);
  const sealBytes = (purpose: SealPurpose, bytes: Uint8Array, context: readonly string[]): Buffer => {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), iv, { authTagLength: tagBytes });
    cipher.setAAD(associatedData(purpose, context));
    return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  };
  const openBytes = (
    purpose: SealPurpose,
    sealed: Uint8Array,
    context: readonly string[],
  ): Buffer<ArrayBuffer> | undefined => {
    if (sealed.length < ivBytes + tagBytes) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), sealed.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(associatedData(purpose, context));
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
      const body = sealed.subarray(ivBytes, sealed.length - tagBytes);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      // Not sealed by this key for this purpose: the same as nothing at all, and no reason is told.
      return undefined;
    }
  };
  return {
    mac: (purpose, texts) =>
      createHmac('sha256', derivedKey(`mac/${purpose}`))
        .update(associatedData(purpose, texts, 'bouncer-mac-1'))
        .digest('base64url'),
    seal: (purpose, record, context = []) =>
      sealBytes(purpose, Buffer.from(JSON.stringify(record), 'utf8'), context).toString('base64url'),
    open: (purpose, text, context = []) => {
      if (text.length > maxTextLength || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      // One text for one record: no other spelling of the same bytes opens.
      if (bytes.toString('base64url') !== text) return undefined;
      const opened = openBytes(purpose, bytes, context);
      if (opened === undefined) return undefined;
      try {
        const record: unknown = JSON.parse(opened.toString('utf8'));
        return record;
      } catch {
        return undefined;
      }
    },
    sealBytes,
    openBytes,
  };
}
