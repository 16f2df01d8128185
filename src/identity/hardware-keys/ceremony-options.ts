// What the browser is asked for in bouncer's own ceremony with a hardware key, and with a passkey (W3C Web Authentication Level 3, section
// 5.4 and 5.5). Keeps nothing. The library is loaded with the first ceremony.
import { createHash } from 'node:crypto';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';

/** ECDSA with P-256 and SHA-256 (RFC 9053 section 2.1). */
export const es256 = -7;

/** ES256, EdDSA and RS256 as COSE names them (RFC 9053): what every hardware key makes. */
export const algorithms: number[] = [es256, -8, -257];

/** How long a question is good for, milliseconds. */
export const ceremonyTimeMs = 120_000;

/** How long the browser waits for the key, milliseconds: so much less that its answer to a page just opened is never too late. */
const waitTimeMs = 105_000;

/** Where keys answer. */
export interface RelyingParty {
  /** The host that keys are bound to. */
  readonly id: string;
  /** The one origin whose pages may ask. */
  readonly origin: string;
}

export interface KeyOwner {
  readonly idp: string;
  readonly sub: string;
  readonly email: string | null;
  readonly name: string | null;
}

/** How an owner is called towards keys: says nothing of them to anybody who does not know them already. @returns base64url of 32 bytes */
export function userHandleOf({ idp, sub }: Pick<KeyOwner, 'idp' | 'sub'>): string {
  return createHash('sha256')
    .update(JSON.stringify(['bouncer-user-handle', idp, sub]))
    .digest('base64url');
}

/**
 * What `navigator.credentials.create` is called with.
 *
 * @param challenge base64url
 * @param wantsMake whether an attestation is asked for
 * @param known the owner's keys, which are not enrolled twice
 */
export async function creationOptions(
  rp: RelyingParty,
  owner: KeyOwner,
  ask: {
    readonly challenge: string;
    readonly wantsMake: boolean;
    readonly known: readonly StoredHardwareKey[];
  },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server');
  const name = owner.email ?? owner.name ?? owner.sub;
  return generateRegistrationOptions({
    rpID: rp.id,
    rpName: rp.id,
    userID: new Uint8Array(Buffer.from(userHandleOf(owner), 'base64url')),
    userName: name,
    userDisplayName: owner.name ?? name,
    challenge: new Uint8Array(Buffer.from(ask.challenge, 'base64url')),
    timeout: waitTimeMs,
    attestationType: ask.wantsMake ? 'direct' : 'none',
    supportedAlgorithmIDs: algorithms,
    excludeCredentials: ask.known.map(credentialOf),
    preferredAuthenticatorType: 'securityKey',
    // A place in the key's memory is scarce and nothing here needs one.
    authenticatorSelection: {
      residentKey: 'discouraged',
      userVerification: 'required',
      authenticatorAttachment: 'cross-platform',
    },
  });
}

/** What `navigator.credentials.get` is called with. @param challenge base64url @param keys those of the person, one of which must answer */
export async function requestOptions(
  rp: RelyingParty,
  challenge: string,
  keys: readonly StoredHardwareKey[],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
  // Browsers that offer several kinds begin with this one. A passkey that logs in may be anywhere.
  const isAlwaysKey = keys.length > 0 && keys.every(({ transports }) => !transports.includes('hybrid'));
  const options = await generateAuthenticationOptions({
    rpID: rp.id,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: waitTimeMs,
    userVerification: 'required',
    allowCredentials: keys.map(credentialOf),
  });
  return isAlwaysKey ? { ...options, hints: ['security-key'] } : options;
}

/** What `navigator.credentials.create` is called with for a passkey: one that is found without a name, wherever it is kept. */
export async function passkeyCreationOptions(
  rp: RelyingParty,
  owner: { readonly email: string; readonly userHandle: string },
  ask: { readonly challenge: string; readonly known: readonly string[] },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server');
  return generateRegistrationOptions({
    rpID: rp.id,
    rpName: rp.id,
    userID: new Uint8Array(Buffer.from(owner.userHandle, 'base64url')),
    userName: owner.email,
    userDisplayName: owner.email,
    challenge: new Uint8Array(Buffer.from(ask.challenge, 'base64url')),
    timeout: waitTimeMs,
    attestationType: 'none',
    supportedAlgorithmIDs: algorithms,
    excludeCredentials: ask.known.map((id) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

type Transports = NonNullable<RegistrationResponseJSON['response']['transports']>;

function credentialOf({ id, transports }: StoredHardwareKey): { id: string; transports: Transports } {
  return {
    id,
    transports: transports.filter((each): each is Transports[number] => knownTransports.has(each)),
  };
}

/** Ways to reach a key that is not part of the computer. */
export const knownTransports: ReadonlySet<string> = new Set(['ble', 'hybrid', 'nfc', 'smart-card', 'usb']);
