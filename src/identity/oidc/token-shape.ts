// Judges a compact JWT before any key is looked at: one spelling, an allowed algorithm, no keys of its own. It verifies no signature.

/** A JWT whose form is right. Neither its signature nor any claim is verified. */
export interface UnverifiedToken {
  readonly text: string;
  readonly header: {
    readonly alg: string;
    readonly kid: string | undefined;
    readonly typ: string | undefined;
  };
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Signature algorithms with public keys (RFC 7518 section 3.1, RFC 8037). `none` and HMAC are never among them. */
export const publicKeyAlgorithms: ReadonlySet<string> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]);

/** Header fields with which a token would bring its own key or rules (RFC 7515 section 4.1): refused, never fetched. */
const refusedFields = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'cty'];

/** Whether a text calls itself signed by nobody: `none` in any case, or nothing where the signature should be. */
export function isUnsigned(text: string): boolean {
  if (text.length > maxTokenLength) return false;
  const [headerPart = '', claimsPart, signaturePart = ''] = text.split('.', 4);
  const header = claimsPart === undefined ? null : parseObject(headerPart);
  if (header === null) return false;
  const { alg } = header;
  return signaturePart === '' || (typeof alg === 'string' && alg.toLowerCase() === 'none');
}

const maxTokenLength = 256 * 1024;

/** Base64url without padding, with no other spelling of the same bytes (RFC 4648 section 3.5). */
function decodePart(part: string): Buffer | null {
  if (!/^[A-Za-z0-9_-]*$/.test(part)) return null;
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : null;
}

function parseObject(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = decodePart(part);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/**
 * @param algorithms what this provider may sign with, from the settings: never from the token
 * @param types the `typ` values that are accepted, in lower case; an absent `typ` is accepted too (RFC 8725 section 3.11)
 * @returns `null` when the text is no such token
 */
export function checkTokenShape(
  text: string,
  algorithms: readonly string[],
  types: readonly string[],
): UnverifiedToken | null {
  if (text.length > maxTokenLength) return null;
  const parts = text.split('.');
  const [headerPart, claimsPart, signaturePart] = parts;
  if (parts.length !== 3 || headerPart === undefined || claimsPart === undefined || !signaturePart)
    return null;
  if (decodePart(signaturePart) === null) return null;
  const header = parseObject(headerPart);
  const claims = parseObject(claimsPart);
  if (header === null || claims === null) return null;
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !publicKeyAlgorithms.has(alg) || !algorithms.includes(alg)) return null;
  if (!isOptionalText(kid) || !isOptionalText(typ)) return null;
  if (typ !== undefined && !types.includes(typ.toLowerCase())) return null;
  if (refusedFields.some((field) => Object.hasOwn(header, field))) return null;
  return { text, header: { alg, kid, typ }, claims };
}
