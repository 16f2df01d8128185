// What somebody enrols in the very moment in which an operator takes their keys, logins or invitations away: nothing that stays.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CanonicalHost } from '../../../src/http/request-target.ts';
import { inviteToEnrol, removeHardwareKeys } from '../../../src/identity/hardware-keys/key-operations.ts';
import type { LoginStep, Visit } from '../../../src/identity/login/login-step.ts';
import { inviteToPasskey, removePasskeys } from '../../../src/identity/passkey/passkey-operations.ts';
import { erasePerson } from '../../../src/identity/persons/person-operations.ts';
import type { Session } from '../../../src/identity/sessions/session.ts';
import type { PasskeyProviderSettings, Settings } from '../../../src/settings/settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { SoftwareKey } from '../../fixtures/software-key.ts';
import { hardwareKey } from '../../store/hardware-key-store-contract.ts';
import { login, token } from '../../store/session-store-contract.ts';
import { type LoginSite, startLoginSite } from '../login-site.ts';

const email = 'alice@example.com';
const hardwareKeys: Settings['hardwareKeys'] = {
  enrolment: 'invitation',
  enrolmentUntilMs: null,
  rpId: 'auth.localhost',
  trust: null,
};
const passkeys: PasskeyProviderSettings = {
  ...{ id: 'passkey', type: 'passkey', label: 'Passkey', rpId: 'auth.localhost' },
  ...{ emailDomains: null, othersEmailDomains: [] },
} as PasskeyProviderSettings;

let site: LoginSite;
/** Happens once, right before a key or a passkey is written. */
let meanwhile: (store: Store) => unknown = () => {};

/** A store in which something else happens first. */
function interrupted(store: Store): Store {
  const first = async (): Promise<void> => {
    const act = meanwhile;
    meanwhile = () => {};
    await act(store);
  };
  return {
    ...store,
    now: () => store.now(),
    isWritable: () => store.isWritable(),
    close: () => store.close(),
    hardwareKeys: {
      ...store.hardwareKeys,
      addKey: async (key, limit) => {
        await first();
        return store.hardwareKeys.addKey(key, limit);
      },
    },
    passkeys: {
      ...store.passkeys,
      addPasskey: async (passkey) => {
        await first();
        return store.passkeys.addPasskey(passkey);
      },
    },
  };
}

beforeEach(async () => {
  site = await startLoginSite({ providers: () => [passkeys], wrapStore: interrupted });
  site.change({ hardwareKeys });
});
afterEach(async () => {
  meanwhile = () => {};
  await site.close();
});

function visit(session: Session | null, query = ''): Visit {
  return {
    ...{ host: 'auth.localhost' as CanonicalHost, application: null, query, cookie: undefined, session },
    ...{
      holder: null,
      ip: '127.0.0.1',
      userAgent: undefined,
      language: 'en',
      requestId: 'request-1',
      nowMs: site.now(),
    },
  };
}

/** Somebody who logged in a moment ago, and used a key then where they have one. */
async function loggedIn(keys: 'with-a-key' | 'without'): Promise<Session> {
  const nowMs = site.now();
  const made = login({ sub: 'alice', email, createdAtMs: nowMs, expiresAtMs: nowMs + 3_600_000 });
  const ownKey = { usedAtMs: nowMs, aaguid: null };
  const identity = {
    ...{ ...made.identity, authTimeMs: nowMs },
    ...(keys === 'with-a-key' ? { ownKey } : {}),
  };
  await site.store.sessions.createLogin({ ...made, identity }, token('auth.localhost', nowMs), null);
  if (keys === 'with-a-key')
    await site.store.hardwareKeys.addKey(
      hardwareKey({ idp: identity.idp, sub: 'alice', email, rpId: 'auth.localhost' }),
      5,
    );
  return {
    ...{ kind: 'person', id: made.id, logId: 'short', host: 'auth.localhost' as CanonicalHost },
    ...{ program: null, identity, revision: 1, createdAtMs: nowMs, expiresAtMs: made.expiresAtMs },
    ...{ mustAskPerson: false, lastSeenMs: nowMs },
  };
}

function questionOf(step: LoginStep | null) {
  if (step?.kind !== 'enrol-key' && step?.kind !== 'enrol-passkey')
    throw new Error(`no enrolment but ${JSON.stringify(step)}`);
  const { challenge } = step.options;
  return { ceremony: step.ceremony, ask: { challenge, rpId: 'auth.localhost', origin: site.authUrl } };
}

async function enrolKey(session: Session, query: string): Promise<LoginStep | null> {
  const { ceremony, ask } = questionOf(await site.logins.showKeys(visit(session, query)));
  const answer = new SoftwareKey().create(ask);
  return site.logins.takeKeyForm(visit(session), { ceremony, answer, label: 'mine' });
}

const keysLeft = async () => (await site.store.hardwareKeys.listKeys()).map(({ label }) => label);

it('enrols a key where nothing happens meanwhile', async () => {
  const done = await enrolKey(await loggedIn('with-a-key'), '?add=1');
  expect(done).toMatchObject({ kind: 'redirect', location: '/.bouncer/hardware-key?done=enrolled' });
  expect(await keysLeft()).toContain('mine');
});

it.each([
  ['removes the keys', (store: Store) => removeHardwareKeys(store, { email })],
  ['erases the person', (store: Store) => erasePerson(store, email)],
  ['ends the login', (store: Store) => store.sessions.endLogins({ by: 'email', email })],
])('leaves no key of a login that ended while it was enrolled: an operator %s', async (_what, act) => {
  const session = await loggedIn('with-a-key');
  meanwhile = act;
  const done = await enrolKey(session, '?add=1');
  expect(done).toMatchObject({ kind: 'problem', problem: 'other-browser' });
  expect(await keysLeft()).not.toContain('mine');
  expect(site.events.map(({ name }) => name)).not.toContain('hardware_key_enrolled');
});

it('leaves no key of an invitation that was taken back while it was enrolled', async () => {
  const session = await loggedIn('without');
  const link = await inviteToEnrol(site.store, { email, authUrl: site.authUrl });
  meanwhile = (store) => removeHardwareKeys(store, { email });
  const done = await enrolKey(session, new URL(link).search);
  expect(done).toMatchObject({ kind: 'problem', problem: 'other-browser' });
  expect(await keysLeft()).toEqual([]);
});

it('removes a key that is enrolled between two looks of the operator', async () => {
  const session = await loggedIn('with-a-key');
  // The operator has listed the keys, and ends the logins; the enrolment was judged before and is written now.
  const { endLogins } = site.store.sessions;
  let isFirst = true;
  const store: Store = {
    ...site.store,
    now: () => site.store.now(),
    sessions: {
      ...site.store.sessions,
      list: (which) => site.store.sessions.list(which),
      endLogins: async (which) => {
        if (isFirst) {
          isFirst = false;
          expect(await enrolKey(session, '?add=1')).toMatchObject({ kind: 'redirect' });
        }
        return endLogins.call(site.store.sessions, which);
      },
    },
  };
  await removeHardwareKeys(store, { email });
  expect(await keysLeft()).toEqual([]);
});

it.each([
  ['takes back the invitation', (store: Store) => removePasskeys(store, passkeys, { email })],
  ['erases the person', (store: Store) => erasePerson(store, email)],
  ['blocks the person', (store: Store) => store.persons.block(email, site.now())],
])('leaves no passkey where an operator %s while it is made', async (_what, act) => {
  const wish = { email, endsAtMs: null, isBreakGlass: false };
  const link = await inviteToPasskey(site.store, site.authUrl, wish);
  const question = questionOf(await site.logins.showPasskey(visit(null, new URL(link).search)));
  meanwhile = act;
  const answer = new SoftwareKey().create(question.ask);
  const form = { ceremony: question.ceremony, answer, label: 'phone' };
  const done = await site.logins.takePasskeyForm(visit(null), form);
  expect(done).toMatchObject({ kind: 'problem', problem: 'passkey-invitation-over' });
  expect(await site.store.passkeys.listPasskeys()).toEqual([]);
});
