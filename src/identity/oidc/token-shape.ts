// Judges a compact JWT before any key is looked at: one spelling, an allowed algorithm, no keys of its own. It verifies no signature.
import { parseRecord } from '../../source/is-record.ts';
import { listed, seenValue } from '../said-by-provider.ts';

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
    return parseRecord(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** What keeps a text from being a token that {@link checkTokenShape} takes, in words for the operator. */
export function explainTokenShape(
  text: string,
  algorithms: readonly string[],
  types: readonly string[],
): { readonly cause: string; readonly hint: string } {
  const cause = 'the token has a form that is not accepted';
  const [headerPart = '', , ...rest] = text.length > maxTokenLength ? [] : text.split('.', 6);
  const header = parseObject(headerPart);
  if (rest.length === 4 || (rest.length === 3 && header !== null && Object.hasOwn(header, 'enc')))
    return {
      cause: `${cause}: it is encrypted`,
      hint: 'turn the encryption of ID tokens off for this client',
    };
  if (header === null || rest.length !== 1)
    return { cause: `${cause}: it is not a signed JWT`, hint: 'let the provider send signed ID tokens' };
  const { alg, typ } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return explainAlgorithm(alg, algorithms);
  if (typ !== undefined && !(typeof typ === 'string' && types.includes(typ.toLowerCase())))
    return {
      cause: `the token has the \`typ\` ${seenValue(typ)}, and ${listed(types)} is wanted`,
      hint: 'let the provider send an ID token, not a token of another kind',
    };
  const field = refusedFields.find((name) => Object.hasOwn(header, name));
  if (field !== undefined)
    return {
      cause: `the header of the token has \`${field}\``,
      hint: 'a token must not bring its own key or rules: let the provider leave that out',
    };
  return { cause, hint: 'let the provider send signed ID tokens in compact form, base64url without padding' };
}

/** Words for an algorithm that is not allowed. @param alg as the token has it */
export function explainAlgorithm(
  alg: unknown,
  algorithms: readonly string[],
): { readonly cause: string; readonly hint: string } {
  const isPossible = typeof alg === 'string' && publicKeyAlgorithms.has(alg);
  return {
    cause: `the token is signed with ${seenValue(alg)}, and ${listed(algorithms)} is allowed`,
    hint: isPossible
      ? `add ${seenValue(alg)} to \`id_token_algorithms\` of this provider, or let it sign with another for this client`
      : 'such a signature is never accepted: let the provider sign with RS256, ES256 or EdDSA for this client',
  };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/**
 * @param algorithms what this provider may sign with, from the settings: never from the token
 * @param types the `typ` values that are accepted, in lower case; an absent `typ` is accepted too (RFC 8725 section 3.11)
 * @returns `null` when the text is not such a token
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
