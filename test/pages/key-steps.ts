// The pages of hardware keys, for the walk through every page.
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import { nowMs } from './page-fixtures.ts';

const challenge = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

const key = {
  id: 'AAAA',
  label: 'blue, on my keys',
  makeName: 'YubiKey 5 Series with NFC',
  badStatus: null,
  createdAtMs: nowMs - 30 * 86_400_000,
  lastUsedMs: nowMs - 3_600_000,
  isRemovable: true,
};

const use = {
  kind: 'use-key',
  ceremony: 'sealed',
  options: { challenge, rpId: 'auth.example.com', userVerification: 'required', timeout: 120_000 },
  applicationName: 'Payroll',
  isForAnother: false,
  cancelHref: '/.bouncer/hardware-key',
  setCookies: [],
} as const;

const enrol: Extract<LoginStep, { kind: 'enrol-key' }> = {
  kind: 'enrol-key',
  ceremony: 'sealed',
  options: {
    challenge,
    rp: { id: 'auth.example.com', name: 'auth.example.com' },
    user: { id: 'AAAA', name: 'erin@example.com', displayName: 'Erin' },
    pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
  },
  isFirst: true,
  applicationName: 'Payroll',
  cancelHref: '/.bouncer/hardware-key',
  setCookies: [],
};

const list = { kind: 'keys', canAdd: true, wasAdded: false, mayRemove: true, setCookies: [] } as const;

const passkey = {
  id: 'AAAA',
  label: 'erins-laptop',
  createdAtMs: nowMs - 30 * 86_400_000,
  lastUsedMs: nowMs - 3_600_000,
  expiresAtMs: null,
  isGood: true,
  isRemovable: true,
};

const ownPasskeys = {
  kind: 'passkeys',
  isByPasskey: true,
  mayRemove: true,
  freshLoginHref: '/.bouncer/login?return_to=%2F.bouncer%2Fpasskey&max_age=300',
  setCookies: [],
} as const;

export const keySteps: Readonly<Record<string, LoginStep>> = {
  'use-key': use,
  'use-key-for-another': { ...use, applicationName: null, isForAnother: true },
  'enrol-key': enrol,
  'enrol-key-another': { ...enrol, isFirst: false, applicationName: null },
  keys: {
    ...list,
    keys: [
      key,
      { ...key, id: 'BBBB', label: 'x'.repeat(60), makeName: null, badStatus: 'REVOKED', lastUsedMs: null },
    ],
  },
  'keys-one-added': { ...list, keys: [key], wasAdded: true },
  'keys-only': { ...list, keys: [{ ...key, isRemovable: false }] },
  'keys-locked': { ...list, keys: [key], mayRemove: false },
  'keys-none': { ...list, keys: [], canAdd: false, mayRemove: false },
  'use-passkey': {
    kind: 'use-passkey',
    loginId: 'AAAAAAAAAAAAAAAAAAAAAA',
    options: { challenge, rpId: 'auth.example.com', userVerification: 'required', timeout: 120_000 },
    applicationName: 'Payroll',
    otherWayHref: '/.bouncer/login',
    setCookies: [],
  },
  'enrol-passkey': {
    kind: 'enrol-passkey',
    ceremony: 'sealed',
    options: enrol.options,
    email: 'a-long-name-of-somebody@family-and-friends.example',
    endsAtMs: nowMs + 90 * 86_400_000,
    setCookies: [],
  },
  'passkey-added': {
    kind: 'passkey-added',
    email: 'erin@example.com',
    loginHref: '/.bouncer/login?provider=passkey',
    setCookies: [],
  },
  passkeys: {
    ...ownPasskeys,
    passkeys: [
      passkey,
      { ...passkey, id: 'BBBB', label: 'x'.repeat(60), lastUsedMs: null, expiresAtMs: nowMs + 86_400_000 },
      { ...passkey, id: 'CCCC', label: 'build-box', expiresAtMs: nowMs - 86_400_000, isGood: false },
    ],
  },
  'passkeys-locked': { ...ownPasskeys, passkeys: [passkey, { ...passkey, id: 'BBBB' }], mayRemove: false },
  'passkeys-only': { ...ownPasskeys, passkeys: [{ ...passkey, isRemovable: false }] },
  'passkeys-of-another-way': { ...ownPasskeys, passkeys: [], isByPasskey: false },
  'passkey-removed': { kind: 'passkey-removed', setCookies: [] },
  'key-removed': { kind: 'key-removed', setCookies: [] },
};
