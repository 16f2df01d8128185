// A look at the hardware keys and passkeys in the store: what was enrolled for another host than that of now answers to nothing, as
// authenticators keep credentials by relying party id (W3C Web Authentication Level 3, section 4).
import type { Settings } from '../../settings/settings.ts';
import type { Finding, Look } from '../../source/finding.ts';
import { quote } from '../../source/quote.ts';
import type { Store } from '../../store/store.ts';

/** Whether it may answer where `rpId` is in force. What was enrolled before its host was kept may. */
export function isEnrolledFor(key: { readonly rpId: string | null }, rpId: string): boolean {
  return key.rpId === null || key.rpId === rpId;
}

interface Enrolled {
  /** What stays the same for all of one person. */
  readonly owner: string;
  readonly rpId: string | null;
}

interface Kind {
  readonly about: string;
  readonly noun: string;
  /** The setting, and the commands that let people enrol anew. */
  readonly setting: string;
  readonly command: string;
}

const ofHardwareKeys: Kind = {
  about: 'hardware keys',
  noun: 'key',
  setting: '`hardware_keys.rp_id`',
  command: 'bouncer hardware-key',
};

const ofPasskeys: Kind = {
  about: 'passkeys',
  noun: 'passkey',
  setting: 'the `rp_id` of `type: passkey`',
  command: 'bouncer passkey',
};

/** One look for each kind that the settings have. Each rejects with BouncerError `store_unavailable` when the store does not answer. */
export function looksAtKeys(
  store: Pick<Store, 'hardwareKeys' | 'passkeys'>,
  { hardwareKeys, identityProviders }: Settings,
): readonly Promise<Look>[] {
  const provider = identityProviders.find((each) => each.type === 'passkey');
  return [
    ...(hardwareKeys === null ? [] : [lookAtHardwareKeys(store, hardwareKeys.rpId)]),
    ...(provider === undefined ? [] : [lookAtPasskeys(store, provider.rpId)]),
  ];
}

async function lookAtHardwareKeys(store: Pick<Store, 'hardwareKeys'>, rpId: string): Promise<Look> {
  const keys = await store.hardwareKeys.listKeys();
  const enrolled = keys.map((key) => ({ owner: JSON.stringify([key.idp, key.sub]), rpId: key.rpId }));
  return lookOf(ofHardwareKeys, enrolled, rpId);
}

async function lookAtPasskeys(store: Pick<Store, 'passkeys'>, rpId: string): Promise<Look> {
  const passkeys = await store.passkeys.listPasskeys();
  const enrolled = passkeys.map((passkey) => ({ owner: passkey.email, rpId: passkey.rpId }));
  return lookOf(ofPasskeys, enrolled, rpId);
}

function lookOf(kind: Kind, enrolled: readonly Enrolled[], rpId: string): Look {
  const byHost = new Map<string, Enrolled[]>();
  for (const key of enrolled)
    if (key.rpId !== null && key.rpId !== rpId) byHost.set(key.rpId, [...(byHost.get(key.rpId) ?? []), key]);
  return {
    about: kind.about,
    seen: `${count(enrolled.length, kind.noun)} enrolled`,
    findings: [...byHost].map(([host, keys]) => findingOf(kind, keys, { host, rpId })),
  };
}

function findingOf(
  { noun, setting, command }: Kind,
  keys: readonly Enrolled[],
  { host, rpId }: { readonly host: string; readonly rpId: string },
): Finding {
  const people = new Set(keys.map(({ owner }) => owner)).size;
  const whose = people === 1 ? '1 person' : `${people} people`;
  return {
    severity: 'warning',
    code: 'keys-of-another-host',
    cause: `${count(keys.length, noun)} of ${whose} ${keys.length === 1 ? 'was' : 'were'} enrolled for ${quote(host)} and cannot be used for ${quote(rpId)}`,
    hint: `set ${setting} or \`auth_url\` back, or remove these (\`${command} list\`, \`${command} remove\`) and let the people enrol anew (\`${command} invite\`)`,
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
