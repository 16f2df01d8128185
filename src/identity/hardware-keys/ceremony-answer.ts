// Whether the answer of a hardware key or a passkey is what was asked (W3C Web Authentication Level 3, sections 7.1 and 7.2). A hardware
// key that counts is roaming, device-bound and user-verified. Keeps nothing and decides nothing about people.
import { X509Certificate } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { isRecord, parseRecord } from '../../source/is-record.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { isSameBytes } from '../../store/is-same-bytes.ts';
import { providerText, seenValue } from '../said-by-provider.ts';
import { algorithms, es256, knownTransports, type RelyingParty, userHandleOf } from './ceremony-options.ts';
import { isStrictSignature } from './strict-signature.ts';

/** Why an answer of a key is not taken. */
export type KeyFault =
  /** It is not an answer to this question: another challenge, origin, host or key, a wrong signature, no touch, no PIN. */
  | 'key-answer-invalid'
  /** It is part of a phone or computer, not a key of its own. */
  | 'key-built-in'
  /** It can be copied to other devices. */
  | 'key-not-bound';

export type Verdict<T> =
  | ({ readonly ok: true } & T)
  /** @property cause for operators */
  | { readonly ok: false; readonly fault: KeyFault; readonly cause: string };

export interface MadeKey {
  readonly id: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  readonly signCount: number;
  /** By its own word. */
  readonly aaguid: string;
  readonly transports: readonly string[];
  /** Whether it may be copied to other devices, by its own signed word. */
  readonly isBackupEligible: boolean;
  /** The certificates of its attestation, whose signature was checked; empty for none, or one that it made itself. */
  readonly certificates: readonly X509Certificate[];
}

const refused = (fault: KeyFault, cause: string) => ({ ok: false, fault, cause }) as const;

/** What the library or a reader throws, in its words; they quote what was seen, which may be anything. */
function causeIn(error: unknown): string {
  return error instanceof Error ? providerText(error.message) : 'the answer cannot be read';
}

/**
 * Checks the answer to `creationOptions`. Its attestation's signature is checked; where its certificates lead is not.
 *
 * @param text JSON of a `RegistrationResponseJSON`, untrusted
 */
export async function checkCreation(
  text: string,
  rp: RelyingParty,
  challenge: string,
): Promise<Verdict<{ readonly made: MadeKey }>> {
  const response = parseResponse(text) as RegistrationResponseJSON | null;
  if (response !== null && isBuiltIn(response))
    return refused('key-built-in', 'the browser says that the key is built in');
  const verdict = await checkMade(response, rp, challenge);
  return verdict.ok && verdict.made.isBackupEligible
    ? refused('key-not-bound', 'the key says that it may be backed up')
    : verdict;
}

/** The same for a passkey, which may be part of a phone or computer and be copied to others. */
export function checkPasskeyCreation(
  text: string,
  rp: RelyingParty,
  challenge: string,
): Promise<Verdict<{ readonly made: MadeKey }>> {
  return checkMade(parseResponse(text) as RegistrationResponseJSON | null, rp, challenge);
}

async function checkMade(
  response: RegistrationResponseJSON | null,
  rp: RelyingParty,
  challenge: string,
): Promise<Verdict<{ readonly made: MadeKey }>> {
  if (response === null) return refused('key-answer-invalid', 'the browser sent no answer of a key');
  try {
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
    const helpers = await import('@simplewebauthn/server/helpers');
    const { decodeAttestationObject, decodeClientDataJSON, isoCBOR } = helpers;
    const bytes = new Uint8Array(Buffer.from(response.response.attestationObject, 'base64url'));
    const attestation = decodeAttestationObject(bytes);
    // The library reads the first value, lets anything stand behind it, and takes less where the text says that there is more.
    if (!isSameBytes(isoCBOR.encode(attestation as never), bytes))
      return refused('key-answer-invalid', 'the attestation is not written as it should be');
    const format = attestation.get('fmt');
    // Others are made by computers and phones, and checking them asks addresses that the answer names.
    if (format !== 'packed' && format !== 'fido-u2f' && format !== 'none')
      return refused(
        'key-built-in',
        `an attestation of the form ${seenValue(format)} is not of a roaming key`,
      );
    if (decodeClientDataJSON(response.response.clientDataJSON).crossOrigin === true)
      return refused('key-answer-invalid', 'the key was made on a page inside of another');
    const statement = attestation.get('attStmt');
    const isEcdsa = format === 'fido-u2f' || (format === 'packed' && statement.get('alg') === es256);
    if (isEcdsa && !isStrictSignature(statement.get('sig') ?? new Uint8Array()))
      return refused('key-answer-invalid', 'the signature of its attestation is not written as it should be');
    const result = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!result.verified) return refused('key-answer-invalid', 'the signature of its attestation is wrong');
    const { credential, credentialDeviceType, aaguid } = result.registrationInfo;
    if (!isOfItsAlgorithm(helpers.decodeCredentialPublicKey(credential.publicKey)))
      return refused('key-answer-invalid', 'the public key does not go with its algorithm');
    const certificates = (statement.get('x5c') ?? []).map((der) => new X509Certificate(der));
    const made: MadeKey = {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      signCount: credential.counter,
      aaguid,
      isBackupEligible: credentialDeviceType !== 'singleDevice',
      transports: (credential.transports ?? []).filter((each) => knownTransports.has(each)),
      certificates,
    };
    return { ok: true, made };
  } catch (error) {
    return refused('key-answer-invalid', causeIn(error));
  }
}

/** Algorithm → key type and curve (RFC 9053 sections 2 and 7.1, RFC 8812 section 2), by COSE's numbers. */
const keysOfAlgorithms: Readonly<Record<number, readonly [number, number | undefined]>> = {
  [-7]: [2, 1],
  [-8]: [1, 6],
  [-257]: [3, undefined],
};

/** With no attestation nothing was signed by the key yet, so that nobody noticed. */
function isOfItsAlgorithm(key: { get(name: number): unknown }): boolean {
  const [kind, curve] = keysOfAlgorithms[Number(key.get(3))] ?? [];
  return key.get(1) === kind && (curve === undefined || key.get(-1) === curve);
}

/** The id of the key that an answer says it is of, base64url; `null` for what is not an answer. Untrusted. */
export function keyIdIn(text: string): string | null {
  return parseResponse(text)?.id ?? null;
}

/** A credential that may answer. */
export interface KnownCredential {
  readonly id: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  /** As of {@link userHandleOf}. */
  readonly userHandle: string;
}

/** What an answer to a request says, all of it signed. */
export interface KeyUse {
  readonly signCount: number;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
  /** Whether the answer named whom it is of, rightly. */
  readonly hasNamedOwner: boolean;
}

/**
 * Checks the answer of a hardware key to `requestOptions`. Whether the counter went up is the store's to say.
 *
 * @param text JSON of an `AuthenticationResponseJSON`, untrusted @param key the owner's, of the id that the answer names
 */
export async function checkUse(
  text: string,
  rp: RelyingParty,
  challenge: string,
  key: StoredHardwareKey,
): Promise<Verdict<{ readonly signCount: number }>> {
  const { id, publicKey } = key;
  const verdict = await checkAnswer(text, rp, challenge, { id, publicKey, userHandle: userHandleOf(key) });
  if (!verdict.ok) return verdict;
  const { signCount, isBackupEligible, isBackedUp } = verdict.use;
  if (isBackupEligible || isBackedUp)
    return refused('key-not-bound', 'the key says now that it may be backed up');
  return { ok: true, signCount };
}

/** Checks the answer of any credential. What it says of copies is the caller's to judge. @param text as of {@link checkUse} */
export async function checkAnswer(
  text: string,
  rp: RelyingParty,
  challenge: string,
  key: KnownCredential,
): Promise<Verdict<{ readonly use: KeyUse }>> {
  const response = parseResponse(text) as AuthenticationResponseJSON | null;
  if (response === null || response.id !== key.id)
    return refused('key-answer-invalid', 'the browser sent no answer of this key');
  const { userHandle } = response.response;
  const hasNamedOwner = typeof userHandle === 'string' && userHandle !== '';
  if (hasNamedOwner && userHandle !== key.userHandle)
    return refused('key-answer-invalid', 'the key says that it is somebody else’s');
  try {
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
    const helpers = await import('@simplewebauthn/server/helpers');
    if (helpers.decodeClientDataJSON(response.response.clientDataJSON).crossOrigin === true)
      return refused('key-answer-invalid', 'the key was used on a page inside of another');
    const publicKey = new Uint8Array(Buffer.from(key.publicKey, 'base64url'));
    const parsedKey: { get(name: number): unknown } = helpers.decodeCredentialPublicKey(publicKey);
    const isEcdsa = parsedKey.get(3) === es256;
    if (isEcdsa && !isStrictSignature(Buffer.from(response.response.signature, 'base64url')))
      return refused('key-answer-invalid', 'the signature is not written as it should be');
    const result = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      // The library would judge the counter before the signature, which anybody could make it stumble over.
      credential: {
        id: key.id,
        publicKey,
        counter: 0,
      },
    });
    if (!result.verified) return refused('key-answer-invalid', 'the signature is wrong');
    const { credentialDeviceType, credentialBackedUp, newCounter } = result.authenticationInfo;
    const isBackupEligible = credentialDeviceType !== 'singleDevice';
    const use = { signCount: newCounter, isBackupEligible, isBackedUp: credentialBackedUp, hasNamedOwner };
    return { ok: true, use };
  } catch (error) {
    return refused('key-answer-invalid', causeIn(error));
  }
}

/** The members that both kinds of answer have. The longest that a key makes is about 5 KB. */
function parseResponse(text: string): { readonly id: string } | null {
  if (text.length > 32_768) return null;
  const value = parseRecord(text);
  if (value === null || typeof value['id'] !== 'string' || !isRecord(value['response'])) return null;
  const parts = Object.values(value['response']);
  // Every member is base64url, but for the list of transports.
  if (!parts.every((part) => part === null || typeof part === 'string' || Array.isArray(part))) return null;
  if (typeof value['response']['clientDataJSON'] !== 'string') return null;
  return value as unknown as { id: string };
}

/** By the browser's word, which spares honest people a key that would not be taken later; what a key is it signs itself. */
function isBuiltIn({ authenticatorAttachment, response }: RegistrationResponseJSON): boolean {
  if (authenticatorAttachment === 'platform') return true;
  const { transports } = response;
  return (
    Array.isArray(transports) &&
    transports.length > 0 &&
    transports.every((each) => !knownTransports.has(each))
  );
}
