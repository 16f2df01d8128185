// What every adapter of AccessStore must do.
import { describe, expect, it, vi } from 'vitest';
import type { AccessStore, StoredGrant, StoredRequest } from '../../src/store/access-store.ts';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';

let made = 0;

function request(own: Partial<StoredRequest> = {}): StoredRequest {
  made += 1;
  return {
    id: `request-${made}`,
    application: 'wiki',
    area: null,
    idp: 'test',
    sub: `sub-${made}`,
    email: 'erin@example.com',
    name: 'Erin "E" ß',
    purpose: 'the quarterly report; é',
    durationMs: 3_600_000,
    language: 'pt',
    createdAtMs: 1_000 + made,
    expiresAtMs: 100_000,
    ...own,
  };
}

function grant(own: Partial<StoredGrant> = {}): StoredGrant {
  made += 1;
  return {
    id: `grant-${made}`,
    application: 'wiki',
    area: '/admin',
    email: 'erin@example.com',
    subject: { idp: 'test', sub: 'erin' },
    grantedBy: 'lead@example.com',
    reason: 'the report',
    createdAtMs: 1_000,
    endsAtMs: 50_000 + made,
    ...own,
  };
}

const wide = { perPerson: 10, total: 1_000 };
const nowMs = 2_000;
const patience = { timeout: 30_000 };

/** @param open two views of one fresh store, as two processes would have them */
export function accessStoreContract(
  open: () => MaybePromise<{ readonly here: AccessStore; readonly there: AccessStore }>,
): void {
  describe('an access store', () => {
    it('gives back requests as they were made, oldest first, until they expire', async () => {
      const { here, there } = await open();
      const [older, newer] = [request(), request({ area: '/admin', name: null, purpose: '' })];
      for (const one of [newer, older]) expect(await here.ask(one, wide, nowMs)).toBe('asked');
      for (const store of [here, there]) {
        expect(await store.listRequests(nowMs)).toEqual([older, newer]);
        expect(await store.findRequest(newer.id, nowMs)).toEqual(newer);
        expect(await store.findRequest(newer.id, 100_000)).toBeNull();
        expect(await store.findRequest('unknown', nowMs)).toBeNull();
        expect(await store.listRequests(100_000)).toEqual([]);
      }
    });

    it('has one open request of a person for an application, and so many of a person and in all', async () => {
      const { here, there } = await open();
      const first = request({ sub: 'erin' });
      expect(await here.ask(first, wide, nowMs)).toBe('asked');
      expect(await there.ask(request({ sub: 'erin' }), wide, nowMs)).toBe('open');
      const other = request({ sub: 'erin', application: 'payroll' });
      expect(await there.ask(other, { ...wide, perPerson: 1 }, nowMs)).toBe('full');
      expect(await there.ask(other, wide, nowMs)).toBe('asked');
      expect(await here.ask(request(), { ...wide, total: 2 }, nowMs)).toBe('full');
      // What has expired is none.
      expect(await here.ask(request({ sub: 'erin', expiresAtMs: 300_000 }), wide, 100_000)).toBe('asked');
    });

    it('opens one where a person asks many times at once', async () => {
      const { here, there } = await open();
      const asked = await Promise.all(
        Array.from({ length: 8 }, async (_, n) =>
          (n % 2 === 0 ? here : there).ask(request({ sub: 'erin' }), wide, nowMs),
        ),
      );
      expect(asked.filter((outcome) => outcome === 'asked')).toHaveLength(1);
      expect(await there.listRequests(nowMs)).toHaveLength(1);
    });

    it('lets one of many answer a request, with its grant or without', async () => {
      const { here, there } = await open();
      const [given, refused] = [request(), request()];
      for (const one of [given, refused]) await here.ask(one, wide, nowMs);
      const grants = Array.from({ length: 6 }, () => grant());
      const answers = await Promise.all(
        grants.map(async (one, n) => (n % 2 === 0 ? here : there).answer(given.id, one, nowMs)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await there.listGrants()).toEqual([grants[answers.indexOf(true)]]);
      expect(await there.answer(refused.id, null, 100_000)).toBe(false);
      expect(await there.answer(refused.id, null, nowMs)).toBe(true);
      expect(await here.answer(refused.id, grant(), nowMs)).toBe(false);
      expect(await here.listRequests(nowMs)).toEqual([]);
      expect(await here.listGrants()).toHaveLength(1);
    });

    it('lists grants, the first to end first, and tells every process of what comes and goes', async () => {
      const { here, there } = await open();
      const [early, late] = [grant(), grant({ area: null, subject: null, grantedBy: 'operator' })];
      const hears = async (before: number): Promise<void> => {
        await vi.waitFor(async () => {
          await there.version();
          expect(there.isUnchangedSince(before)).toBe(false);
        }, patience);
      };
      /** What came before may be heard late. */
      const hearsNothingOf = (work: () => MaybePromise<unknown>): Promise<void> =>
        vi.waitFor(async () => {
          const version = await there.version();
          await work();
          expect(there.isUnchangedSince(version)).toBe(true);
        }, patience);
      await hearsNothingOf(() => here.listGrants());
      let before = await there.version();
      for (const one of [late, early]) await here.addGrant(one);
      await hears(before);
      for (const store of [here, there]) expect(await store.listGrants()).toEqual([early, late]);
      before = await there.version();
      expect(await here.removeGrant(late.id)).toEqual(late);
      await hears(before);
      expect(here.isUnchangedSince(before)).toBe(false);
      expect(await there.removeGrant(late.id)).toBeNull();
      await hearsNothingOf(() => here.ask(request(), wide, nowMs));
      expect(await there.listGrants()).toEqual([early]);
    });

    it('erases what is of an address, and forgets what is past its end', async () => {
      const { here, there } = await open();
      const other = { email: 'dad@example.com' };
      for (const one of [request(), request(other)]) await here.ask(one, wide, nowMs);
      const [mine, dads] = [grant(), grant({ ...other, endsAtMs: 60_000 })];
      for (const one of [mine, dads]) await here.addGrant(one);
      expect(await there.eraseAccess('erin@example.com')).toBe(2);
      expect(await here.listGrants()).toEqual([dads]);
      expect((await here.listRequests(nowMs)).map(({ email }) => email)).toEqual(['dad@example.com']);
      await there.removeExpired(59_999);
      expect(await here.listGrants()).toEqual([dads]);
      await there.removeExpired(100_000);
      expect(await here.listGrants()).toEqual([]);
      expect(await here.listRequests(0)).toEqual([]);
    });
  });
}
