// What every adapter of SessionStore must do.
import { describe, expect, it, vi } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import {
  type LoginChange,
  type ProgramToken,
  programHost,
  type SessionStore,
  type StoredHostToken,
  type StoredLogin,
} from '../../src/store/session-store.ts';

let counter = 0;

export function login(
  changes: Partial<StoredLogin> & { readonly sub?: string; readonly email?: string | null } = {},
): StoredLogin {
  counter += 1;
  const { sub = `sub-${counter}`, email = null, ...rest } = changes;
  return {
    id: `login-${counter}`,
    identity: {
      sub,
      email,
      name: null,
      groups: ['a', 'ß"\''],
      claims: { list: [1, { deep: true }] },
      idp: 'idp',
      amr: ['pwd'],
      acr: null,
      authTimeMs: 1_000,
      hardwareKey: null,
      unsettled: {
        email: 'email-not-verified',
        groups: 'odd-items',
        amr: null,
        claims: { missed: 'too-large' },
      },
    },
    providerSid: null,
    secrets: null,
    isRefreshable: false,
    mustAskPerson: false,
    providerDigest: 'digest',
    ip: null,
    userAgent: null,
    revision: 1,
    createdAtMs: 1_000,
    expiresAtMs: 9_000,
    lastSeenMs: 1_000,
    checkedAtMs: 1_000,
    unansweredSinceMs: null,
    vouchedAtMs: null,
    ...rest,
  };
}

export function token(
  host = 'a.example',
  createdAtMs = 1_000,
): { readonly hash: string; readonly host: string; readonly createdAtMs: number } {
  counter += 1;
  return { hash: `hash-${counter}`, host, createdAtMs };
}

function programToken(
  kind: ProgramToken['kind'],
  name: string,
  createdAtMs: number,
  applications: readonly string[] | null = null,
): StoredHostToken & { readonly program: ProgramToken } {
  const { hash } = token();
  return { hash, host: programHost(hash), createdAtMs, program: { kind, name, applications } };
}

function changeTo(from: StoredLogin, name: string): LoginChange {
  return {
    identity: { ...from.identity, name },
    providerSid: 'sid-2',
    secrets: 'sealed',
    isRefreshable: true,
    mustAskPerson: true,
    checkedAtMs: 2_000,
    unansweredSinceMs: 1_900,
  };
}

/** Another process hears of a change, at once or a moment later. */
async function hears(store: SessionStore, before: number): Promise<void> {
  await vi.waitFor(async () => expect(await store.version()).not.toBe(before), {
    timeout: 5_000,
    interval: 5,
  });
}

/** @param open two views of one fresh store, as two processes would have them */
export function sessionStoreContract(
  open: () => MaybePromise<{ readonly here: SessionStore; readonly there: SessionStore }>,
): void {
  describe('a session store', () => {
    it('gives back a login by its token exactly as it was stored, in every process', async () => {
      const { here, there } = await open();
      const stored = login({
        email: 'a@example.com',
        providerSid: 'sid',
        secrets: 'sealed',
        isRefreshable: true,
        unansweredSinceMs: 1_500,
        ip: '2001:db8::7',
        userAgent: 'A browser "of" ß',
      });
      const held = token();
      await here.createLogin(stored, held, null);
      for (const store of [here, there]) {
        expect(await store.findByToken(held.hash)).toEqual({
          login: stored,
          host: held.host,
          tokenEndsAtMs: null,
          program: null,
        });
        expect(await store.findLogin(stored.id)).toEqual(stored);
      }
      expect(await here.findByToken('unknown')).toBeNull();
      expect(await here.findLogin('unknown')).toBeNull();
    });

    it('lists the logins of one person, the last used first, with their hosts', async () => {
      const { here, there } = await open();
      const [older, newer, namesake, other] = [
        login({ sub: 'ann', email: 'a@example.com', lastSeenMs: 1_000 }),
        login({ sub: 'ann', email: 'a@example.com', lastSeenMs: 2_000 }),
        login({ sub: 'ann', email: 'a@example.com' }),
        login({ sub: 'bob', email: 'b@example.com' }),
      ];
      const elsewhere = { ...namesake, identity: { ...namesake.identity, idp: 'another' } };
      for (const one of [older, newer, elsewhere, other]) await here.createLogin(one, token(), null);
      await here.addToken(newer.id, token('b.example'), 9_000);
      const idsOf = async (selection: Parameters<SessionStore['list']>[0]) =>
        (await there.list(selection)).map((entry) => entry.login.id);
      expect(await idsOf({ by: 'subject', idp: 'idp', sub: 'ann' })).toEqual([newer.id, older.id]);
      expect((await there.list({ by: 'id', id: newer.id }))[0]?.hosts).toEqual(['a.example', 'b.example']);
      expect((await idsOf({ by: 'email', email: 'a@example.com' })).sort()).toEqual(
        [older.id, newer.id, elsewhere.id].sort(),
      );
      expect(await idsOf({ by: 'subject', idp: 'idp', sub: "x' OR ''='" })).toEqual([]);
    });

    it('ends the login that a new one replaces', async () => {
      const { here } = await open();
      const [old, fresh] = [login(), login()];
      const [oldToken, freshToken] = [token(), token()];
      await here.createLogin(old, oldToken, null);
      await here.createLogin(fresh, freshToken, old.id);
      expect(await here.findByToken(oldToken.hash)).toBeNull();
      expect((await here.findByToken(freshToken.hash))?.login.id).toBe(fresh.id);
    });

    it('replaces all tokens at an upgrade, counts up the revision and keeps the end', async () => {
      const { here, there } = await open();
      const stored = login();
      const tokens = [token('a.example'), token('b.example')] as const;
      await here.createLogin(stored, tokens[0], null);
      await here.addToken(stored.id, tokens[1], 9_000);
      const before = await there.version();
      const fresh = token('auth.example');
      expect(await here.upgradeLogin(stored.id, changeTo(stored, 'new'), fresh)).toBe(true);
      await hears(there, before);
      for (const { hash } of tokens) expect(await there.findByToken(hash)).toBeNull();
      expect((await there.findByToken(fresh.hash))?.login).toMatchObject({
        revision: 2,
        identity: { name: 'new' },
        expiresAtMs: stored.expiresAtMs,
        createdAtMs: stored.createdAtMs,
        isRefreshable: true,
        mustAskPerson: true,
        providerDigest: 'digest',
        ip: null,
        userAgent: null,
        secrets: 'sealed',
      });
      expect(await here.upgradeLogin('unknown', changeTo(stored, 'x'), token())).toBe(false);
    });

    it('upgrades a login from the revision that was read, where one is named', async () => {
      const { here, there } = await open();
      const stored = login();
      const [held, fresh] = [token(), token('auth.example')];
      await here.createLogin(stored, held, null);
      expect(await there.upgradeLogin(stored.id, changeTo(stored, 'late'), fresh, 7)).toBe(false);
      expect((await here.findByToken(held.hash))?.login.revision).toBe(1);
      expect(await here.findByToken(fresh.hash)).toBeNull();
      expect(await here.upgradeLogin(stored.id, changeTo(stored, 'new'), fresh, 1)).toBe(true);
      expect((await there.findByToken(fresh.hash))?.login).toMatchObject({
        revision: 2,
        identity: { name: 'new' },
      });
    });

    it('updates a login only from the revision that was read', async () => {
      const { here, there } = await open();
      const stored = login();
      const held = token();
      await here.createLogin(stored, held, null);
      const before = await there.version();
      expect(await here.updateLogin(stored.id, 7, changeTo(stored, 'late'))).toBe(false);
      expect(await there.version()).toBe(before);
      expect(await here.updateLogin(stored.id, 1, changeTo(stored, 'new'))).toBe(true);
      await hears(there, before);
      expect((await there.findByToken(held.hash))?.login).toMatchObject({
        revision: 2,
        identity: { name: 'new' },
      });
    });

    it('adds a token for another host, ends older ones of the same host, and none to a login that ended', async () => {
      const { here, there } = await open();
      const stored = login();
      const [first, second, other, third] = [token('a', 1), token('a', 50), token('b', 1), token('a', 60)];
      const end = async ({ hash }: { readonly hash: string }) =>
        (await there.findByToken(hash))?.tokenEndsAtMs;
      await here.createLogin(stored, first, null);
      await here.addToken(stored.id, other, 70);
      const before = await there.version();
      expect(await here.addToken(stored.id, second, 80)).toBe(true);
      await hears(there, before);
      expect([await end(first), await end(other), await end(second)]).toEqual([80, null, null]);
      // A later hand-off gives the oldest no more time.
      await here.addToken(stored.id, third, 90);
      expect([await end(first), await end(second), await end(third)]).toEqual([80, 90, null]);
      expect(await here.removeExpired(80, 0)).toBe(0);
      expect(await there.findByToken(first.hash)).toBeNull();
      for (const kept of [second, other, third]) expect(await there.findByToken(kept.hash)).not.toBeNull();
      await here.endLogins({ by: 'id', id: stored.id });
      const late = token();
      expect(await here.addToken(stored.id, late, 0)).toBe(false);
      expect(await here.findByToken(late.hash)).toBeNull();
    });

    it('lets exactly one of many claim a check', async () => {
      const { here, there } = await open();
      const stored = login();
      await here.createLogin(stored, token(), null);
      const claims = await Promise.all([
        here.claimCheck(stored.id, 1_000, 5_000),
        there.claimCheck(stored.id, 1_000, 5_000),
        here.claimCheck(stored.id, 1_000, 5_001),
      ]);
      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    it('touches in batches and never moves a time back; a touch changes nothing', async () => {
      const { here, there } = await open();
      const stored = login({ lastSeenMs: 5_000 });
      await here.createLogin(stored, token(), null);
      const before = await there.version();
      await here.touch([
        { id: stored.id, lastSeenMs: 6_000 },
        { id: stored.id, lastSeenMs: 4_000 },
        { id: 'unknown', lastSeenMs: 1 },
      ]);
      expect((await there.findLogin(stored.id))?.lastSeenMs).toBe(6_000);
      expect(await there.version()).toBe(before);
    });

    it('replaces a last use from more than a minute ahead, which a wrong clock wrote', async () => {
      const { here } = await open();
      const [ahead, near] = [login({ lastSeenMs: 100_000 }), login({ lastSeenMs: 99_999 })];
      await here.createLogin(ahead, token(), null);
      await here.createLogin(near, token(), null);
      await here.touch([ahead, near].map(({ id }) => ({ id, lastSeenMs: 39_999 })));
      expect((await here.findLogin(ahead.id))?.lastSeenMs).toBe(39_999);
      expect((await here.findLogin(near.id))?.lastSeenMs).toBe(99_999);
    });

    it('removes one token and leaves the login', async () => {
      const { here, there } = await open();
      const stored = login();
      const held = token();
      await here.createLogin(stored, held, null);
      const before = await there.version();
      expect(await here.removeToken(held.hash)).toBe(true);
      expect(await here.removeToken(held.hash)).toBe(false);
      await hears(there, before);
      expect(await there.findLogin(stored.id)).not.toBeNull();
    });

    it('ends exactly the logins that are meant, with all their tokens, and says so to everybody', async () => {
      const selections = [
        [{ by: 'id', id: 'the-id' }, ['the-id']],
        [{ by: 'email', email: 'a@example.com' }, ['the-id', 'same-person']],
        [{ by: 'subject', idp: 'idp', sub: 'a' }, ['the-id', 'same-person']],
        [{ by: 'provider-session', idp: 'idp', sid: 's1', sub: null }, ['the-id']],
        [{ by: 'provider-session', idp: 'idp', sid: 's1', sub: 'a' }, ['the-id']],
        [{ by: 'provider-session', idp: 'idp', sid: 's1', sub: 'b' }, ['other']],
        [{ by: 'provider-session', idp: 'idp', sid: 's9', sub: 'a' }, []],
        [{ by: 'provider-session', idp: 'other', sid: 's1', sub: 'b' }, []],
        [{ by: 'provider-session', idp: 'other', sid: 's1', sub: null }, []],
        [{ by: 'all' }, ['the-id', 'same-person', 'other']],
      ] as const;
      for (const [selection, ended] of selections) {
        const { here, there } = await open();
        const logins = [
          login({ id: 'the-id', sub: 'a', email: 'a@example.com', providerSid: 's1' }),
          login({ id: 'same-person', sub: 'a', email: 'a@example.com', providerSid: 's2' }),
          login({ id: 'other', sub: 'b', email: 'b@example.com' }),
        ];
        const tokens = [token('x.example'), token('y.example'), token('x.example')];
        for (const [n, one] of logins.entries()) await here.createLogin(one, tokens[n]!, null);
        const before = await there.version();
        expect([...(await here.endLogins(selection))].sort()).toEqual([...ended].sort());
        if (ended.length > 0) await hears(there, before);
        else expect(await there.version()).toBe(before);
        for (const [n, one] of logins.entries())
          expect((await there.findByToken(tokens[n]!.hash)) === null).toBe(
            (ended as readonly string[]).includes(one.id),
          );
      }
    });

    it('ends logins together with a marker, once: what fails leaves no marker, and a marker that stands ends nobody', async () => {
      const { here, there } = await open();
      const marker = { key: `logout-token:${globalThis.crypto.randomUUID()}`, expiresAtMs: 1_000 };
      const [first, second] = [token(), token()];
      await here.createLogin(login({ id: 'one', sub: 'a', providerSid: 's1' }), first, null);
      const selection = { by: 'provider-session', idp: 'idp', sid: 's1', sub: 'a' } as const;
      const before = await there.version();
      expect(await here.endLoginsOnce(selection, marker, 1)).toEqual(['one']);
      await hears(there, before);
      expect(await there.findByToken(first.hash)).toBeNull();
      await here.createLogin(login({ id: 'two', sub: 'a', providerSid: 's1' }), second, null);
      expect(await there.endLoginsOnce(selection, marker, 999)).toBeNull();
      expect(await here.findByToken(second.hash)).not.toBeNull();
      expect(await there.endLoginsOnce(selection, marker, 1_000)).toEqual(['two']);
      const nobody = { by: 'id', id: 'nobody' } as const;
      const another = { ...marker, key: `${marker.key}-2` };
      const both = await Promise.all([
        here.endLoginsOnce(nobody, another, 1),
        there.endLoginsOnce(nobody, another, 1),
      ]);
      expect(both.filter((ended) => ended !== null)).toEqual([[]]);
    });

    it('lists logins with their hosts, latest use first', async () => {
      const { here } = await open();
      const [early, late] = [login({ lastSeenMs: 1 }), login({ lastSeenMs: 2 })];
      await here.createLogin(early, token('b'), null);
      await here.addToken(early.id, token('a'), 0);
      await here.addToken(early.id, token('a'), 0);
      await here.createLogin(late, token('c'), null);
      expect(await here.list()).toEqual([
        { login: late, hosts: ['c'], programs: [] },
        { login: early, hosts: ['a', 'b'], programs: [] },
      ]);
    });

    it("keeps programs' tokens beside those of browsers: none replaces another, and all end with their login", async () => {
      const { here, there } = await open();
      const [own, other] = [login({ sub: 'ada' }), login({ sub: 'ada', vouchedAtMs: 1_000 })];
      const browser = token('a');
      const laptop = programToken('terminal', 'laptop', 5);
      const server = programToken('terminal', 'server "ß"', 7);
      const calendar = programToken('personal', 'calendar', 6, ['dav']);
      await here.createLogin(own, browser, null);
      await here.addToken(own.id, laptop, 0);
      await here.addToken(own.id, server, 0);
      await here.createLogin(other, calendar, null);
      await here.createLogin(login({ sub: 'bob' }), programToken('terminal', 'of Bob', 1), null);
      expect(await there.findByToken(server.hash)).toMatchObject({
        ...{ login: own, tokenEndsAtMs: null, program: server.program },
      });
      expect((await there.findByToken(laptop.hash))?.tokenEndsAtMs).toBeNull();
      expect(await there.listPrograms('idp', 'ada')).toEqual([
        { hash: laptop.hash, program: laptop.program, createdAtMs: 5, login: own },
        { hash: calendar.hash, program: calendar.program, createdAtMs: 6, login: other },
        { hash: server.hash, program: server.program, createdAtMs: 7, login: own },
      ]);
      expect(await there.listPrograms('other-idp', 'ada')).toEqual([]);
      expect((await there.list()).find(({ login: { id } }) => id === own.id)).toEqual({
        ...{ login: own, hosts: ['a'], programs: [laptop.program, server.program] },
      });
      const before = await there.version();
      expect(await here.removeToken(laptop.hash)).toBe(true);
      await hears(there, before);
      expect(await there.findByToken(laptop.hash)).toBeNull();
      await here.endLogins({ by: 'id', id: own.id });
      expect(await there.findByToken(server.hash)).toBeNull();
      expect(await there.findByToken(calendar.hash)).not.toBeNull();
    });

    it("keeps a login that is for a personal token through idle time and a provider's logout, and notes who vouched for it", async () => {
      const { here, there } = await open();
      const own = login({ sub: 'ada', vouchedAtMs: 1_000, lastSeenMs: 1_000, expiresAtMs: 90_000 });
      const held = programToken('personal', 'calendar', 1);
      await here.createLogin(own, held, null);
      await here.createLogin(login({ sub: 'ada', providerSid: 'sid' }), token(), null);
      expect(await here.removeExpired(5_000, 4_000)).toBe(1);
      const ended = await here.endLogins({ by: 'provider-session', idp: 'idp', sid: 'sid', sub: 'ada' });
      expect(ended).toEqual([]);
      expect(await here.updateLogin(own.id, 1, changeTo(own, 'ada'))).toBe(true);
      expect((await there.findLogin(own.id))?.vouchedAtMs).toBe(1_000);
      const vouched = { ...changeTo(own, 'ada'), vouchedAtMs: 7_000 };
      expect(await here.updateLogin(own.id, 2, vouched)).toBe(true);
      expect((await there.findLogin(own.id))?.vouchedAtMs).toBe(7_000);
      expect(await here.endLogins({ by: 'subject', idp: 'idp', sub: 'ada' })).toEqual([own.id]);
      expect(await there.findByToken(held.hash)).toBeNull();
    });

    it('forgets what expired or idled out, and nothing else', async () => {
      const { here, there } = await open();
      const logins = [
        login({ id: 'expired', expiresAtMs: 100 }),
        login({ id: 'idle', lastSeenMs: 10 }),
        login({ id: 'alive', expiresAtMs: 101, lastSeenMs: 11 }),
      ];
      for (const one of logins) await here.createLogin(one, token(), null);
      const before = await there.version();
      expect(await here.removeExpired(100, 10)).toBe(2);
      expect((await here.list()).map((entry) => entry.login.id)).toEqual(['alive']);
      await hears(there, before);
    });

    it('forgets what was made more than a minute ahead of now', async () => {
      const { here } = await open();
      const far = { expiresAtMs: 900_000, lastSeenMs: 160_001 };
      for (const one of [
        login({ id: 'ahead', createdAtMs: 160_001, ...far }),
        login({ id: 'near', createdAtMs: 160_000, ...far }),
      ])
        await here.createLogin(one, token(), null);
      expect(await here.removeExpired(100_000, 0)).toBe(1);
      expect((await here.list()).map((entry) => entry.login.id)).toEqual(['near']);
    });

    it('keeps its version while nothing ends or changes', async () => {
      const { here, there } = await open();
      const before = await here.version();
      await there.createLogin(login(), token(), null);
      await there.endLogins({ by: 'email', email: 'nobody@example.com' });
      expect(await here.version()).toBe(before);
    });
  });
}
