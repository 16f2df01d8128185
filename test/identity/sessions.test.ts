import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KnownToken } from '../../src/http/known-head.ts';
import type { CanonicalHost } from '../../src/http/request-target.ts';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { providerDigest } from '../../src/identity/provider-digest.ts';
import type { Session, SessionLimits } from '../../src/identity/sessions/session.ts';
import { tokenOverlapMs } from '../../src/identity/sessions/session-limits.ts';
import {
  createSessions,
  type SessionKeeper,
  type SessionsParts,
} from '../../src/identity/sessions/sessions.ts';
import type { CompiledRules } from '../../src/rules/model/compiled-rules.ts';
import type { OidcProviderSettings, Settings } from '../../src/settings/settings.ts';
import { programHost, type StoredLogin } from '../../src/store/session-store.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { providerSettings } from './login-site.ts';

const host = 'wiki.example.com' as CanonicalHost;
const noLimits: SessionLimits = { durationMs: null, idleTimeoutMs: null };
const noApplications = { findApplication: () => null };
const minute = 60_000;
const start = 1_800_000_000_000;

const provider = providerSettings({ id: 'idp', issuer: 'https://idp.example' });
let dataDir: string;
let store: Store;
/** The same store as another process sees it: the CLI, or a second worker. */
let elsewhere: Store;
let sessions: SessionKeeper;
let settings: Settings;
const closers: (() => Promise<void>)[] = [];
let events: (readonly [string, unknown])[];

function settingsWith(
  session: Partial<Settings['session']> = {},
  authUrl = 'https://auth.example.com',
): Settings {
  return {
    authUrl,
    identityProviders: [provider],
    session: { durationMs: 24 * 60 * minute, idleTimeoutMs: 30 * minute, recheckMs: 15 * minute, ...session },
  } as unknown as Settings;
}

function keeper(on: Store, rules: SessionsParts['rules'] = () => noApplications): SessionKeeper {
  const made = createSessions({
    store: on,
    settings: () => settings,
    telemetry: { event: (name, fields) => void events.push([name, fields]) },
    rules,
    now: Date.now,
  });
  closers.push(() => made.close());
  return made;
}

beforeEach(() => {
  settings = settingsWith();
  events = [];
  dataDir = mkdtempSync(join(tmpdir(), 'bouncer-sessions-'));
  store = createStore(dataDir);
  elsewhere = createStore(dataDir);
  sessions = keeper(store);
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await store.close();
  await elsewhere.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function begin(
  on = host,
  changes: Partial<StoredLogin> = {},
): Promise<{ readonly cookie: string; readonly login: StoredLogin; readonly token: string }> {
  const token = createToken();
  const login: StoredLogin = {
    id: createToken(),
    identity: {
      sub: 'alice',
      email: 'alice@example.com',
      name: null,
      groups: [],
      claims: {},
      idp: 'idp',
      amr: [],
      acr: null,
      authTimeMs: start,
      hardwareKey: null,
    },
    providerSid: null,
    secrets: null,
    isRefreshable: false,
    mustAskPerson: false,
    providerDigest: providerDigest(provider),
    ip: null,
    userAgent: null,
    revision: 1,
    createdAtMs: start,
    expiresAtMs: start + 24 * 60 * minute,
    lastSeenMs: start,
    checkedAtMs: start,
    unansweredSinceMs: null,
    vouchedAtMs: null,
    ...changes,
  };
  await store.sessions.createLogin(login, { hash: hashToken(token), host: on, createdAtMs: start }, null);
  return { cookie: `__Host-bouncer_session=${token}`, login, token };
}

async function find(
  cookie: string | undefined,
  nowMs = start,
  on = host,
  limits = noLimits,
  by = sessions,
): Promise<Session | null> {
  return by.identify(cookie, { host: on, limits, nowMs });
}

describe('a cookie', () => {
  it('finds its session, frozen, with an id for the log that does not tell the id', async () => {
    const { cookie, login } = await begin();
    const session = await find(`a=b; ${cookie}; c=d`);
    expect(session).toMatchObject({
      id: login.id,
      host,
      revision: 1,
      createdAtMs: start,
      identity: login.identity,
    });
    expect(Object.isFrozen(session)).toBe(true);
    expect(session?.logId).toHaveLength(12);
    expect(login.id).not.toContain(session?.logId);
  });

  it('finds it without a promise and without another look at the store when nothing changed', async () => {
    const { cookie } = await begin();
    const first = sessions.identify(cookie, { host, limits: noLimits, nowMs: start });
    const second = sessions.identify(cookie, { host, limits: noLimits, nowMs: start + 1 });
    expect(first).not.toBeInstanceOf(Promise);
    expect(second).toBe(first);
  });

  it.each([
    ['of another name', (t: string) => `bouncer_session=${t}`],
    ['of a name in another case', (t: string) => `__host-bouncer_session=${t}`],
    ['of a name after a Unicode space', (t: string) => `\u2000__Host-bouncer_session=${t}`],
    ['in quotes', (t: string) => `__Host-bouncer_session="${t}"`],
    ['in the old syntax', (t: string) => `$Version=1; __Host-bouncer_session="${t}"; $Path=/`],
    ['twice', (t: string) => `__Host-bouncer_session=${t}; __Host-bouncer_session=${t}`],
    ['tossed in front', (t: string) => `__Host-bouncer_session=attacker; __Host-bouncer_session=${t}`],
    ['tossed behind', (t: string) => `__Host-bouncer_session=${t}; __Host-bouncer_session=attacker`],
    ['cut short', (t: string) => `__Host-bouncer_session=${t.slice(1)}`],
    ['with something behind', (t: string) => `__Host-bouncer_session=${t}x`],
    ['in another case', (t: string) => `__Host-bouncer_session=${t.toLowerCase()}`],
    ['in chunks', (t: string) => `__Host-bouncer_session.0=${t}`],
    ['that is empty', () => '__Host-bouncer_session='],
    ['that is huge', () => `__Host-bouncer_session=${'A'.repeat(100_000)}`],
    ['by its hash', (t: string) => `__Host-bouncer_session=${hashToken(t)}`],
  ])('%s is not a session', async (_, spoil) => {
    const { token } = await begin();
    expect(await find(spoil(token))).toBeNull();
  });

  it('is not remembered by an answer that was under way while its session ended', async () => {
    const { cookie, login } = await begin();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const far: Store = {
      ...store,
      sessions: {
        ...store.sessions,
        // As of a store that is asked over a network: it read the row before the answer comes.
        findByToken: async (hash) => {
          const found = await store.sessions.findByToken(hash);
          await held;
          return found;
        },
      },
    };
    const by = keeper(far);
    const asked = find(cookie, start, host, noLimits, by);
    await store.sessions.endLogins({ by: 'id', id: login.id });
    release();
    await asked;
    expect(await find(cookie, start, host, noLimits, by)).toBeNull();
  });

  it('of another host is not a session, from memory as from the store', async () => {
    const { cookie } = await begin();
    const other = 'other.example.com' as CanonicalHost;
    expect(await find(cookie, start, other)).toBeNull();
    expect(await find(cookie)).not.toBeNull();
    expect(await find(cookie, start, other)).toBeNull();
  });

  it('has no prefix where auth_url is plain http', async () => {
    settings = settingsWith({}, 'http://auth.localhost:8080');
    const { token } = await begin();
    expect(await find(`bouncer_session=${token}`)).not.toBeNull();
    expect(await find(`__Host-bouncer_session=${token}`)).toBeNull();
  });
});

describe('a session ends', () => {
  it('at its end, and does not come back when the clock goes back', async () => {
    const { cookie, login } = await begin();
    expect(await find(cookie, login.expiresAtMs - 1, host, noLimits)).toBeNull();
    const { cookie: second } = await begin(host, { lastSeenMs: login.expiresAtMs });
    expect(await find(second, login.expiresAtMs - 1)).not.toBeNull();
    expect(await find(second, login.expiresAtMs)).toBeNull();
    expect(await find(second, start)).toBeNull();
  });

  it('when it idled, and does not come back when the clock goes back', async () => {
    const { cookie } = await begin();
    expect(await find(cookie, start + 29 * minute)).not.toBeNull();
    expect(await find(cookie, start + 58 * minute)).not.toBeNull();
    expect(await find(cookie, start + 88 * minute)).toBeNull();
    expect(await find(cookie, start)).toBeNull();
  });

  it('earlier when the settings become stricter', async () => {
    const { cookie } = await begin();
    expect((await find(cookie, start + minute))?.expiresAtMs).toBe(start + 24 * 60 * minute);
    settings = settingsWith({ durationMs: 10 * minute });
    expect((await find(cookie, start + 2 * minute))?.expiresAtMs).toBe(start + 10 * minute);
    expect(await find(cookie, start + 10 * minute)).toBeNull();
  });

  it("on one host by an application's own limits, and goes on on others", async () => {
    const { cookie, login } = await begin();
    const other = createToken();
    const otherHost = 'photos.example.com' as CanonicalHost;
    await store.sessions.addToken(
      login.id,
      { hash: hashToken(other), host: otherHost, createdAtMs: start },
      0,
    );
    const limits = { durationMs: 10 * minute, idleTimeoutMs: null };
    expect(await find(cookie, start + 9 * minute, host, limits)).not.toBeNull();
    expect(await find(cookie, start + 10 * minute, host, limits)).toBeNull();
    expect(await find(cookie, start, host, noLimits)).toBeNull();
    expect(await find(`__Host-bouncer_session=${other}`, start + 10 * minute, otherHost)).not.toBeNull();
  });

  it.each(['memory', 'the store'])(
    'at the next request after another process ended it, when it was read from %s',
    async (from) => {
      const { cookie, login } = await begin();
      const before = await sessions.version();
      if (from === 'memory') expect(await find(cookie)).not.toBeNull();
      await elsewhere.sessions.endLogins({ by: 'id', id: login.id });
      expect(await find(cookie)).toBeNull();
      expect(await sessions.version()).not.toBe(before);
    },
  );

  it('at the next request after this process ended it', async () => {
    const { cookie } = await begin();
    expect(await find(cookie)).not.toBeNull();
    await store.sessions.endLogins({ by: 'all' });
    expect(await find(cookie)).toBeNull();
  });
});

describe('a session ends with the settings that it came from', () => {
  const change = (changes: Partial<OidcProviderSettings>): void => {
    settings = { ...settings, identityProviders: [{ ...provider, ...changes }] };
  };
  it.each<[string, Partial<OidcProviderSettings>]>([
    ['another issuer', { issuer: 'https://other.example' }],
    ['another client', { clientId: 'other' }],
    ['another groups claim', { groupsClaim: 'roles' }],
    ['other kept claims', { claims: ['department'] }],
    ['tighter words for a key', { hardwareKey: { amr: ['hwk2'], acr: ['phrh'], acrValues: 'phrh' } }],
    ['a key that nobody has thought of', { later: true } as never],
  ])('%s', async (_, changes) => {
    const { cookie, login } = await begin();
    expect(await find(cookie)).not.toBeNull();
    change(changes);
    expect(await find(cookie)).toBeNull();
    expect(await elsewhere.sessions.findLogin(login.id)).toBeNull();
  });
  it('its provider removed, or its login from before digests were kept', async () => {
    const { cookie } = await begin();
    settings = { ...settings, identityProviders: [] };
    expect(await find(cookie)).toBeNull();
    settings = settingsWith();
    const { cookie: older } = await begin(host, { providerDigest: null });
    expect(await find(older)).toBeNull();
  });
  it('and goes on through what means nothing for it: names, secrets, scopes, and the same words again', async () => {
    const { cookie } = await begin();
    change({
      label: 'Another name',
      clientSecret: 'another secret',
      scopes: ['openid'],
      claims: [...provider.claims],
      hardwareKey: { ...provider.hardwareKey },
    });
    expect(await find(cookie)).not.toBeNull();
  });
});

describe('a session changes', () => {
  it('at the next request after another process refreshed it; others keep their very object', async () => {
    const { cookie, login } = await begin();
    const { cookie: otherCookie } = await begin();
    const other = await find(otherCookie);
    await find(cookie);
    await elsewhere.sessions.updateLogin(login.id, 1, {
      identity: { ...login.identity, groups: ['new'] },
      providerSid: null,
      secrets: null,
      isRefreshable: false,
      mustAskPerson: false,
      checkedAtMs: start,
      unansweredSinceMs: null,
    });
    expect(await find(cookie)).toMatchObject({ revision: 2, identity: { groups: ['new'] } });
    expect(await find(otherCookie)).toBe(other);
  });
});

describe('the last use', () => {
  it('is written in batches, and survives a restart', async () => {
    const { cookie, login } = await begin();
    await find(cookie, start + 20 * minute);
    expect((await elsewhere.sessions.findLogin(login.id))?.lastSeenMs).toBe(start);
    await sessions.close();
    expect((await elsewhere.sessions.findLogin(login.id))?.lastSeenMs).toBe(start + 20 * minute);
    const restarted = keeper(elsewhere);
    expect(await find(cookie, start + 40 * minute, host, noLimits, restarted)).not.toBeNull();
  });

  it('is waited for where it is being written: by who asks for it, and by the end of the process', async () => {
    const { cookie } = await begin();
    const usedMs = start + 20 * minute;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done: string[] = [];
    const touch: Store['sessions']['touch'] = async (uses) => {
      await held;
      await store.sessions.touch(uses);
      done.push('written');
    };
    const slow = keeper({ ...store, sessions: { ...store.sessions, touch } });
    const session = (await find(cookie, usedMs, host, noLimits, slow)) as Session;
    const first = slow.lastUseMs(session, usedMs);
    const second = slow.lastUseMs(session, usedMs);
    const closing = slow.close().then(() => done.push('closed'));
    await new Promise(setImmediate);
    release();
    expect(await Promise.all([first, second])).toEqual([usedMs, usedMs]);
    await closing;
    expect(done).toEqual(['written', 'closed']);
  });

  it('in one process keeps the session alive in another', async () => {
    const { cookie } = await begin();
    const other = keeper(elsewhere);
    await find(cookie, start, host, noLimits, other);
    await find(cookie, start + 29 * minute);
    await sessions.lastUseMs((await find(cookie, start + 29 * minute)) as Session, start + 29 * minute);
    expect(await find(cookie, start + 45 * minute, host, noLimits, other)).not.toBeNull();
  });

  it('is not a visit to auth_url, except where auth_url is an application', async () => {
    const auth = 'auth.example.com' as CanonicalHost;
    for (const isApplication of [false, true]) {
      const rules = {
        applications: [],
        findApplication: () => (isApplication ? {} : null),
      } as unknown as CompiledRules;
      const own = keeper(store, () => rules);
      const { cookie } = await begin(auth);
      const session = (await find(cookie, start + 20 * minute, auth, noLimits, own)) as Session;
      expect(await own.lastUseMs(session, start + 20 * minute)).toBe(
        isApplication ? start + 20 * minute : start,
      );
    }
  });
});

describe('a look at the standing', () => {
  it('does not use the session, and says when it idles out', async () => {
    const { cookie } = await begin();
    await find(cookie, start + 10 * minute);
    const standing = await sessions.standing(cookie, { host, limits: noLimits, nowMs: start + 35 * minute });
    expect(standing).toMatchObject({ idlesAtMs: start + 40 * minute, session: { host } });
    expect(
      await sessions.standing(cookie, { host, limits: noLimits, nowMs: start + 40 * minute }),
    ).toBeNull();
    expect(await find(cookie, start + 40 * minute)).toBeNull();
  });

  it("goes by the application's limits", async () => {
    const { cookie } = await begin();
    const limits = { durationMs: 10 * minute, idleTimeoutMs: 5 * minute };
    expect(await sessions.standing(cookie, { host, limits, nowMs: start + 4 * minute })).toMatchObject({
      idlesAtMs: start + 5 * minute,
    });
    await find(cookie, start + 4 * minute, host, limits);
    await find(cookie, start + 8 * minute, host, limits);
    expect(await sessions.standing(cookie, { host, limits, nowMs: start + 10 * minute })).toBeNull();
  });

  it('has the provider asked again, like a use', async () => {
    const { cookie, login } = await begin(host, { isRefreshable: true });
    const asked: string[] = [];
    sessions.onRecheckDue(async (id) => void asked.push(id));
    await sessions.standing(cookie, { host, limits: noLimits, nowMs: start + 14 * minute });
    expect(asked).toEqual([]);
    await sessions.standing(cookie, { host, limits: noLimits, nowMs: start + 15 * minute });
    expect(asked).toEqual([login.id]);
  });
});

describe('a token that a newer one of its login and host replaced', () => {
  it('stays good for half a minute, however old it is and whether or not another one comes', async () => {
    const { cookie, login } = await begin();
    const at = start + 20 * minute;
    expect(await find(cookie, at)).not.toBeNull();
    const newer = createToken();
    await elsewhere.sessions.addToken(
      login.id,
      { hash: hashToken(newer), host, createdAtMs: at },
      at + tokenOverlapMs,
    );
    expect(await find(cookie, at + 29_999)).not.toBeNull();
    expect(await find(cookie, at + 30_000)).toBeNull();
    expect(await find(cookie, at)).toBeNull();
    expect(await find(`__Host-bouncer_session=${newer}`, at + 30_000)).not.toBeNull();
  });

  it('is over when its end lies further off than any is given: a wrong clock gave it', async () => {
    const { cookie, login } = await begin();
    const ahead = start + 60 * minute;
    const other = { hash: hashToken(createToken()), host, createdAtMs: ahead };
    await store.sessions.addToken(login.id, other, ahead + tokenOverlapMs);
    expect(await find(cookie, start + minute)).toBeNull();
  });
});

describe('a clock that was put back', () => {
  const day = 24 * 60 * minute;

  it.each(['memory', 'the store'])(
    'makes a login from more than a minute ahead no session, for good, read from %s',
    async (from) => {
      const ahead = start + 300 * day;
      const { cookie, login } = await begin(host, {
        createdAtMs: ahead,
        expiresAtMs: ahead + day,
        lastSeenMs: ahead,
        checkedAtMs: ahead,
        unansweredSinceMs: null,
      });
      if (from === 'memory') expect(await find(cookie, ahead)).not.toBeNull();
      expect(await find(cookie, start)).toBeNull();
      expect(await store.sessions.findLogin(login.id)).toBeNull();
      expect(await find(cookie, ahead)).toBeNull();
      expect(events).toContainEqual([
        'session_revoked',
        expect.objectContaining({ reason: 'made-ahead-of-the-clock' }),
      ]);
    },
  );

  it('by less than a minute, as clocks of two nodes differ, ends nothing', async () => {
    const { cookie } = await begin(host, { createdAtMs: start + minute, lastSeenMs: start + minute });
    expect(await find(cookie, start)).not.toBeNull();
    expect(await find(cookie, start - 1)).toBeNull();
  });

  it('makes a use from ahead no use: idle time is counted from the login, and from the next use on', async () => {
    const { cookie, login } = await begin();
    expect(await find(cookie, start + 20 * minute)).not.toBeNull();
    for (let at = 20; at <= 20 * 60; at += 20) await find(cookie, start + at * minute);
    await sessions.lastUseMs(
      (await find(cookie, start + 20 * 60 * minute)) as Session,
      start + 20 * 60 * minute,
    );
    expect((await store.sessions.findLogin(login.id))?.lastSeenMs).toBe(start + 20 * 60 * minute);
    const back = start + 25 * minute;
    const session = (await find(cookie, back)) as Session;
    expect(session).not.toBeNull();
    expect(await sessions.lastUseMs(session, back)).toBe(back);
    expect(await find(cookie, back + 30 * minute)).toBeNull();
  });

  it('makes a use from ahead no use also where nobody has used it since', async () => {
    const { cookie } = await begin(host, { lastSeenMs: start + 20 * 60 * minute });
    expect(await find(cookie, start + 29 * minute)).not.toBeNull();
    const { cookie: other } = await begin(host, { lastSeenMs: start + 20 * 60 * minute });
    expect(await find(other, start + 30 * minute)).toBeNull();
  });

  it('makes a check from ahead no check', async () => {
    const { cookie, login } = await begin(host, {
      isRefreshable: true,
      checkedAtMs: start + 20 * 60 * minute,
      unansweredSinceMs: null,
    });
    const asked: string[] = [];
    sessions.onRecheckDue(async (id) => void asked.push(id));
    await find(cookie, start + minute);
    await find(cookie, start + minute + 59_000);
    expect(asked).toEqual([login.id]);
  });
});

describe('many sessions', () => {
  it('each find their own, also when memory holds only a few of them', async () => {
    const small = createSessions({
      store,
      settings: () => settings,
      telemetry: { event: () => {} },
      rules: () => noApplications,
      now: Date.now,
      cacheCapacity: 4,
    });
    closers.push(() => small.close());
    const all = await Promise.all(Array.from({ length: 50 }, () => begin()));
    for (let round = 0; round < 3; round++)
      for (const { cookie, login } of all)
        expect((await find(cookie, start, host, noLimits, small))?.id).toBe(login.id);
  });
});

describe('a program’s token', () => {
  const day = 24 * 60 * minute;
  const hash = 'h'.repeat(43);
  const otherHost = 'other.example.com' as typeof host;

  async function beginProgram(
    kind: 'terminal' | 'personal',
    changes: Partial<StoredLogin> = {},
  ): Promise<StoredLogin> {
    const { login } = await begin(host, changes);
    const program = { kind, name: 'laptop', applications: null };
    await store.sessions.addToken(
      login.id,
      { hash, host: programHost(hash), createdAtMs: start, program },
      start,
    );
    return login;
  }
  const at = (nowMs: number, on = host, limits = noLimits) => ({ host: on, limits, nowMs });
  /** What was told of it, by the session's id where there is one. */
  const told = async (use: ReturnType<typeof at>): Promise<string> => {
    const found = await sessions.identifyProgram(hash, use);
    return typeof found === 'string' ? found : found.id;
  };

  it('finds its session on every host, as a value of its own for each', async () => {
    const login = await beginProgram('terminal');
    for (const on of [host, otherHost]) {
      const found = await sessions.identifyProgram(hash, at(start, on));
      expect(found).toMatchObject({ id: login.id, host: on, program: { kind: 'terminal', name: 'laptop' } });
    }
    expect(sessions.isProgramKnown(hash, host)).toBe(true);
    expect(await sessions.identifyProgram('x'.repeat(43), at(start))).toBe('unknown');
  });

  it('of a person’s own program tells of no hardware key, whoever saw one', async () => {
    const key = { usedAtMs: start, aaguid: 'a-make' };
    const { login } = await begin();
    const identity = { ...login.identity, amr: ['pwd', 'hwk'], hardwareKey: key, ownKey: key };
    await beginProgram('personal', { identity });
    const found = await sessions.identifyProgram(hash, at(start));
    expect(found).toMatchObject({ identity: { amr: ['pwd'], hardwareKey: null } });
    expect(found).not.toHaveProperty('identity.ownKey');
  });

  it('is no cookie, and a cookie is no program’s token', async () => {
    const { token } = await begin();
    await beginProgram('terminal');
    expect(await sessions.identifyProgram(hashToken(token), at(start))).toBe('unknown');
    expect(await find(`__Host-bouncer_session=${hash}`)).toBeNull();
  });

  it('is over where an application’s own limit is, and goes on elsewhere', async () => {
    const login = await beginProgram('terminal');
    const short = { durationMs: minute, idleTimeoutMs: null };
    expect(await told(at(start + 2 * minute, host, short))).toBe('over');
    expect(await told(at(start + 2 * minute))).toBe(login.id);
  });

  it('of one person for one program needs somebody to vouch for it once in a session’s time', async () => {
    const own = {
      vouchedAtMs: start,
      expiresAtMs: start + 90 * day,
      isRefreshable: true,
      checkedAtMs: start,
    };
    const login = await beginProgram('personal', own);
    const asked: string[] = [];
    let isSilent = true;
    sessions.onRecheckDue(async (id) => {
      asked.push(id);
      const change = { ...login, checkedAtMs: start + 3 * day, vouchedAtMs: start + 3 * day };
      if (!isSilent) await store.sessions.updateLogin(id, 1, change);
    });
    expect(await told(at(start + minute))).toBe(login.id);
    await expect(Promise.resolve(sessions.identifyProgram(hash, at(start + 3 * day)))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    isSilent = false;
    expect(await told(at(start + 3 * day))).toBe(login.id);
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(await told(at(start + 90 * day))).toBe('unknown');
    expect(await store.sessions.findLogin(login.id)).toBeNull();
  });

  it('ends where nobody can be asked to vouch for it', async () => {
    const login = await beginProgram('personal', { vouchedAtMs: start, expiresAtMs: start + 90 * day });
    expect(await told(at(start + minute))).toBe(login.id);
    expect(await told(at(start + 25 * 60 * minute))).toBe('unknown');
    expect(await store.sessions.findLogin(login.id)).toBeNull();
  });
});

describe('what is kept of the cookies of a request before', () => {
  const known = (): { token: KnownToken | null } => ({ token: null });
  const use = { host, limits: noLimits, nowMs: start };

  it('finds the same session, and none that ended meanwhile', async () => {
    const { cookie, login } = await begin();
    const kept = known();
    for (let i = 0; i < 3; i++)
      expect(await sessions.identify(cookie, use, kept)).toMatchObject({ id: login.id });
    expect(kept.token).toMatchObject({ cookie });
    await elsewhere.sessions.endLogins({ by: 'id', id: login.id });
    expect(await sessions.identify(cookie, use, kept)).toBeNull();
  });

  it('says nothing of other cookies', async () => {
    const [alice, bob] = [await begin(), await begin()];
    const kept = known();
    expect(await sessions.identify(alice.cookie, use, kept)).toMatchObject({ id: alice.login.id });
    expect(await sessions.identify(bob.cookie, use, kept)).toMatchObject({ id: bob.login.id });
    expect(await sessions.identify(undefined, use, kept)).toBeNull();
    expect(await sessions.identify(`${alice.cookie}x`, use, kept)).toBeNull();
    expect(await sessions.identify(alice.cookie, use, kept)).toMatchObject({ id: alice.login.id });
  });

  it('says nothing once the cookie has another name', async () => {
    const { cookie, login } = await begin();
    const kept = known();
    expect(await sessions.identify(cookie, use, kept)).toMatchObject({ id: login.id });
    settings = settingsWith({}, 'http://auth.localhost:8080');
    expect(await sessions.identify(cookie, use, kept)).toBeNull();
  });
});
