// What every adapter of FormStore must do, with the sessions whose ends it knows of.
import { describe, expect, it } from 'vitest';
import type { FormBounds, StoredForm } from '../../src/store/form-store.ts';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import { programHost } from '../../src/store/session-store.ts';
import type { Store } from '../../src/store/store.ts';
import { login, token } from './session-store-contract.ts';

let made = 0;

export function form(own: Partial<StoredForm> = {}): StoredForm {
  made += 1;
  return {
    key: `form-${made}`,
    loginId: `login-of-${made}`,
    host: 'wiki.localhost',
    idp: 'test',
    sub: `sub-${made}`,
    email: 'erin@example.com',
    head: 'sealed "head"',
    body: new Uint8Array([0, 255, 13, 10, 0]),
    createdAtMs: 1_000 + made,
    expiresAtMs: 100_000,
    ...own,
  };
}

const wide: FormBounds = { perPerson: 4, total: 1_000, totalBytes: 1_000_000 };
const nowMs = 2_000;

type Views = Record<'here' | 'there', Pick<Store, 'sessions' | 'persons' | 'forms'>>;

/** @param open two views of one fresh store, as two processes would have them */
export function formStoreContract(open: () => MaybePromise<Views>): void {
  describe('a form store', () => {
    it('gives back a form exactly as it was kept, in every process, until it expires', async () => {
      const { here, there } = await open();
      const [kept, plain] = [form(), form({ email: null, body: new Uint8Array() })];
      for (const one of [kept, plain]) expect(await here.forms.keepForm(one, wide, nowMs)).toBe(true);
      const { body: _, ...found } = kept;
      for (const { forms } of [here, there]) {
        expect(await forms.findForm(kept.key, 99_999)).toEqual(found);
        expect(await forms.findForm(kept.key, 100_000)).toBeNull();
        expect(await forms.findForm('unknown', nowMs)).toBeNull();
      }
      expect(await there.forms.takeForm(kept.key, nowMs)).toEqual(kept);
      expect(await there.forms.takeForm(plain.key, nowMs)).toEqual(plain);
      expect(await here.forms.findForm(kept.key, nowMs)).toBeNull();
    });

    it('gives a form to one of many that take it at once, and an expired one to nobody', async () => {
      const { here, there } = await open();
      const [kept, old] = [form(), form({ expiresAtMs: 2_001 })];
      for (const one of [kept, old]) await here.forms.keepForm(one, wide, nowMs);
      const views = [here, there, here, there, here, there];
      const taken = await Promise.all(views.map(async ({ forms }) => forms.takeForm(kept.key, nowMs)));
      expect(taken.filter((one) => one !== null)).toEqual([kept]);
      expect(await there.forms.takeForm(old.key, 2_001)).toBeNull();
    });

    it('keeps one form of a login, the latest, and so many of a person, the latest', async () => {
      const { here, there } = await open();
      const first = form({ loginId: 'one', sub: 'erin' });
      const second = form({ loginId: 'one', sub: 'erin' });
      for (const one of [first, second]) expect(await here.forms.keepForm(one, wide, nowMs)).toBe(true);
      expect(await there.forms.findForm(first.key, nowMs)).toBeNull();
      const further = ['two', 'three', 'four', 'five'].map((loginId) => form({ loginId, sub: 'erin' }));
      for (const one of further) expect(await there.forms.keepForm(one, wide, nowMs)).toBe(true);
      expect(await here.forms.findForm(second.key, nowMs)).toBeNull();
      for (const { key } of further) expect(await here.forms.findForm(key, nowMs)).not.toBeNull();
    });

    it('keeps no more than so many and so many bytes of all people, and loses none for one that does not fit', async () => {
      const { here, there } = await open();
      const bounds = { ...wide, total: 3 };
      const kept = [form({ sub: 'erin', loginId: 'old' }), form(), form()];
      for (const one of kept) expect(await here.forms.keepForm(one, bounds, nowMs)).toBe(true);
      expect(await there.forms.keepForm(form(), bounds, nowMs)).toBe(false);
      const narrow = { ...wide, totalBytes: 3 * (13 + 5) };
      const large = form({ sub: 'erin', loginId: 'old', body: new Uint8Array(6) });
      expect(await there.forms.keepForm(large, narrow, nowMs)).toBe(false);
      for (const { key } of kept) expect(await here.forms.findForm(key, nowMs)).not.toBeNull();
      // Its own login's makes room, and so does what has expired.
      expect(await there.forms.keepForm(form({ loginId: 'old' }), bounds, nowMs)).toBe(true);
      expect(await there.forms.keepForm(form({ expiresAtMs: 200_000 }), bounds, 100_000)).toBe(true);
    });

    it('keeps its bounds where many are kept at once', async () => {
      const { here, there } = await open();
      const bounds = { ...wide, total: 5 };
      const kept = await Promise.all(
        Array.from({ length: 20 }, async (_, n) =>
          (n % 2 === 0 ? here : there).forms.keepForm(form(), bounds, nowMs),
        ),
      );
      expect(kept.filter(Boolean)).toHaveLength(5);
    });

    it('removes one, lists and erases those of an address, and forgets what expired', async () => {
      const { here, there } = await open();
      const [mine, later, other] = [form(), form({ expiresAtMs: 3_000 }), form({ email: 'dad@example.com' })];
      for (const one of [later, other, mine]) await here.forms.keepForm(one, wide, nowMs);
      expect(await there.forms.listForms('erin@example.com')).toEqual(
        [mine, later].map(({ host, createdAtMs, expiresAtMs }) => ({
          ...{ host, createdAtMs, expiresAtMs },
          sizeBytes: 18,
        })),
      );
      await here.forms.removeExpired(3_000, 0);
      expect(await there.forms.listForms('erin@example.com')).toHaveLength(1);
      expect(await there.forms.eraseForms('erin@example.com')).toBe(1);
      expect(await here.forms.listForms('erin@example.com')).toEqual([]);
      expect(await here.forms.removeForm(other.key)).toBe(true);
      expect(await there.forms.removeForm(other.key)).toBe(false);
    });
  });

  describe('the ended sessions of a store', () => {
    const ends: Record<string, (store: Views['here'], id: string, hash: string) => MaybePromise<unknown>> = {
      'by its id': ({ sessions }, id) => sessions.endLogins({ by: 'id', id }),
      'by its end': ({ sessions }) => sessions.removeExpired(10_000_000_000_000, 0),
      'by a block': ({ persons }) => persons.block('a@example.com', nowMs),
      'on one host': ({ sessions }, _, hash) => sessions.removeToken(hash),
      'by a login that replaces it': ({ sessions }, id) => sessions.createLogin(login(), token(), id),
    };
    it.each(Object.keys(ends))('are known by their tokens, and whose they were: ended %s', async (how) => {
      const { here, there } = await open();
      const stored = login({ email: 'a@example.com' });
      const held = token();
      await here.sessions.createLogin(stored, held, null);
      expect(await there.forms.findEndedToken(held.hash)).toBeNull();
      const beforeMs = Date.now();
      await ends[how]?.(here, stored.id, held.hash);
      for (const { forms } of [here, there])
        expect(await forms.findEndedToken(held.hash)).toEqual({
          loginId: stored.id,
          host: held.host,
          idp: stored.identity.idp,
          sub: stored.identity.sub,
          email: 'a@example.com',
          endedAtMs: expect.any(Number),
        });
      const ended = await there.forms.findEndedToken(held.hash);
      // The database's clock is this machine's.
      expect(Math.abs((ended?.endedAtMs ?? 0) - beforeMs)).toBeLessThan(60_000);
      await there.forms.removeExpired(0, (ended?.endedAtMs ?? 0) - 1);
      expect(await here.forms.findEndedToken(held.hash)).not.toBeNull();
      await there.forms.removeExpired(0, ended?.endedAtMs ?? 0);
      expect(await here.forms.findEndedToken(held.hash)).toBeNull();
    });

    it('are those of browsers alone, and none of a person who is erased', async () => {
      const { here, there } = await open();
      const stored = login({ email: 'a@example.com' });
      const [held, program] = [token(), token()];
      await here.sessions.createLogin(stored, held, null);
      const host = programHost(program.hash);
      const own = { kind: 'terminal', name: 'laptop', applications: null } as const;
      await here.sessions.addToken(stored.id, { ...program, host, program: own }, 9_000);
      await here.sessions.endLogins({ by: 'id', id: stored.id });
      expect(await there.forms.findEndedToken(program.hash)).toBeNull();
      expect(await there.forms.findEndedToken(held.hash)).not.toBeNull();
      expect(await there.forms.eraseForms('a@example.com')).toBe(0);
      expect(await here.forms.findEndedToken(held.hash)).toBeNull();
    });
  });
}
