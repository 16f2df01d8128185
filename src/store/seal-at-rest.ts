// Seals what a shared store holds of keys, so that a copy of the database opens nothing: AES-256-GCM under a key of the settings, bound
// to what the text is and whose, so that no row can stand for another. Refresh tokens are sealed with a key that is sealed here.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { BouncerError } from '../bouncer-error.ts';
import { parseMasterKey } from '../settings/field-checks.ts';
import { isSameBytes } from './is-same-bytes.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import type { SecretStore } from './secret-store.ts';
import type { Store } from './store.ts';

const ivBytes = 12;
const tagBytes = 16;
const form = /^sealed-1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/;

interface MasterKey {
  /** Which key it was: a short hash, not of the key itself but of one derived from it. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** What is sealed: its kind and its name. */
type Context = readonly ['signing-key' | 'secret', string];

function derive(text: string): MasterKey {
  const master = parseMasterKey(text);
  if (master === null) throw new BouncerError('internal', 'a master key passed the settings and is not one');
  const bytes = Buffer.from(hkdfSync('sha256', master, 'bouncer', 'seal-at-rest', 32));
  const mark = Buffer.from(hkdfSync('sha256', master, 'bouncer', 'master-key-id', 32));
  return { id: createHash('sha256').update(mark).digest('hex').slice(0, 8), bytes };
}

/** Length-prefixed, so that no two contexts make the same bytes. */
function associatedData(context: Context): Buffer {
  return Buffer.concat(
    ['bouncer-at-rest-1', ...context].flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

class RestSealer {
  readonly #keys: readonly [MasterKey, ...MasterKey[]];

  constructor(masterKeys: readonly string[]) {
    const [first, ...others] = masterKeys.map(derive);
    if (first === undefined)
      throw new BouncerError('store_unavailable', 'the `master_key` is not at hand', {
        hint: 'give what `master_key` in the settings refers to',
      });
    this.#keys = [first, ...others];
  }

  seal(plain: Uint8Array, context: Context): string {
    const [key] = this.#keys;
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: tagBytes });
    cipher.setAAD(associatedData(context));
    const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `sealed-1.${key.id}.${sealed.toString('base64url')}`;
  }

  open(text: string, context: Context): Uint8Array {
    const [, id, body = ''] = form.exec(text) ?? [];
    const what =
      context[0] === 'signing-key' ? `the signing key \`${context[1]}\`` : `the secret \`${context[1]}\``;
    if (id === undefined)
      throw new BouncerError('store_unavailable', `${what} in the store is not sealed`, {
        hint: 'bouncer did not write it: find out who did, and remove it',
      });
    const key = this.#keys.find((one) => one.id === id);
    if (key === undefined)
      throw new BouncerError('store_unavailable', `${what} in the store is sealed with another master key`, {
        hint: 'add that key to `further_master_keys`',
      });
    const bytes = Buffer.from(body, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(associatedData(context));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      return Buffer.concat([
        decipher.update(bytes.subarray(ivBytes, bytes.length - tagBytes)),
        decipher.final(),
      ]);
    } catch {
      throw new BouncerError(
        'store_unavailable',
        `${what} in the store is damaged, or was put there for another one`,
        {
          hint: 'restore it from a backup, or remove it',
        },
      );
    }
  }

  isSealedByFirst(text: string): boolean {
    return form.exec(text)?.[1] === this.#keys[0].id;
  }
}

function sealedKeys(keys: KeyStore, sealer: RestSealer): KeyStore {
  const open = (key: StoredKey): StoredKey => ({
    ...key,
    privateJwk: Buffer.from(sealer.open(key.privateJwk, ['signing-key', key.kid])).toString('utf8'),
  });
  return {
    listKeys: async () => (await keys.listKeys()).map(open),
    addKey: (key) =>
      keys.addKey({ ...key, privateJwk: sealer.seal(Buffer.from(key.privateJwk), ['signing-key', key.kid]) }),
    updateKey: (kid, change) => keys.updateKey(kid, change),
    replacePrivateJwk: async (kid, expected, privateJwk) => {
      const stored = (await keys.listKeys()).find((key) => key.kid === kid);
      if (stored === undefined || open(stored).privateJwk !== expected) return false;
      const sealed = sealer.seal(Buffer.from(privateJwk), ['signing-key', kid]);
      return keys.replacePrivateJwk(kid, stored.privateJwk, sealed);
    },
    removeKey: (kid) => keys.removeKey(kid),
    keysVersion: () => keys.keysVersion(),
  };
}

function sealedSecrets(secrets: SecretStore, sealer: RestSealer): SecretStore {
  const seal = (name: string, value: Uint8Array): Uint8Array =>
    Buffer.from(sealer.seal(value, ['secret', name]));
  const open = (name: string, value: Uint8Array): Uint8Array =>
    sealer.open(Buffer.from(value).toString('utf8'), ['secret', name]);
  return {
    findSecret: async (name) => {
      const value = await secrets.findSecret(name);
      return value === null ? null : open(name, value);
    },
    addSecret: (name, value) => secrets.addSecret(name, seal(name, value)),
    replaceSecret: async (name, expected, value) => {
      const stored = await secrets.findSecret(name);
      if (stored === null || !isSameBytes(open(name, stored), expected)) return false;
      return secrets.replaceSecret(name, stored, seal(name, value));
    },
  };
}

/**
 * The same store, whose keys and secrets are sealed at rest. What is in it unsealed is refused: whoever can write the database must not be
 * able to put a signing key of their own there.
 *
 * @param masterKeys as the settings have them; the first one seals, all open
 * @throws BouncerError `store_unavailable` when there is none
 */
export function sealAtRest(store: Store, masterKeys: readonly string[]): Store {
  const sealer = new RestSealer(masterKeys);
  return { ...store, keys: sealedKeys(store.keys, sealer), secrets: sealedSecrets(store.secrets, sealer) };
}

/** The names of the secrets that a store may hold. */
export const secretNames = ['sealing', 'dialect-cloudflare', 'dialect-pomerium', 'tunnel-edge'] as const;

/**
 * Seals anew, with the first master key, what another one sealed. Safe to repeat, and while bouncers work on the store.
 *
 * @param store as it is at rest, not through {@link sealAtRest}
 * @returns how many keys and secrets were sealed anew
 * @throws BouncerError `store_unavailable`
 */
export async function sealAnew(store: Store, masterKeys: readonly string[]): Promise<number> {
  const sealer = new RestSealer(masterKeys);
  let count = 0;
  for (const { kid, privateJwk } of await store.keys.listKeys()) {
    if (sealer.isSealedByFirst(privateJwk)) continue;
    const plain = sealer.open(privateJwk, ['signing-key', kid]);
    const sealed = sealer.seal(plain, ['signing-key', kid]);
    if (await store.keys.replacePrivateJwk(kid, privateJwk, sealed)) count += 1;
  }
  for (const name of secretNames) {
    const stored = await store.secrets.findSecret(name);
    const text = stored === null ? null : Buffer.from(stored).toString('utf8');
    if (stored === null || text === null || sealer.isSealedByFirst(text)) continue;
    const sealed = Buffer.from(sealer.seal(sealer.open(text, ['secret', name]), ['secret', name]));
    if (await store.secrets.replaceSecret(name, stored, sealed)) count += 1;
  }
  return count;
}
