// What every adapter of PersonStore must do, together with the logins that it ends.
import { describe, expect, it, vi } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import type { Store } from '../../src/store/store.ts';
import { login, token } from './session-store-contract.ts';

type Part = Pick<Store, 'persons' | 'sessions'>;

/** @param open two views of one fresh store, as two processes would have them */
export function personStoreContract(
  open: () => MaybePromise<{ readonly here: Part; readonly there: Part }>,
): void {
  describe('a person store', () => {
    it('keeps who is blocked, once, in the order of their addresses, until they are not', async () => {
      const { here, there } = await open();
      expect(await here.persons.isBlocked('b@x.example')).toBe(false);
      await here.persons.block('b@x.example', 5);
      await here.persons.block('a@x.example', 6);
      await here.persons.block('b@x.example', 7);
      for (const { persons } of [here, there]) {
        expect(await persons.isBlocked('b@x.example')).toBe(true);
        expect(await persons.isBlocked('c@x.example')).toBe(false);
        expect(await persons.listBlocked()).toEqual([
          { email: 'a@x.example', blockedAtMs: 6 },
          { email: 'b@x.example', blockedAtMs: 5 },
        ]);
      }
      expect(await there.persons.unblock('b@x.example')).toBe(true);
      expect(await here.persons.unblock('b@x.example')).toBe(false);
      expect(await here.persons.isBlocked('b@x.example')).toBe(false);
      expect((await here.persons.listBlocked()).map(({ email }) => email)).toEqual(['a@x.example']);
    });

    it('ends every login of the address and no other, in every process', async () => {
      const { here, there } = await open();
      const [first, second, other, nameless] = [
        login({ email: 'b@x.example' }),
        login({ email: 'b@x.example' }),
        login({ email: 'bb@x.example' }),
        login(),
      ];
      const tokens = [token(), token(), token(), token()] as const;
      for (const [index, one] of [first, second, other, nameless].entries())
        await here.sessions.createLogin(one, tokens[index] ?? token(), null);
      const before = await there.sessions.version();
      expect([...(await here.persons.block('b@x.example', 5))].sort()).toEqual([first.id, second.id].sort());
      await vi.waitFor(async () => expect(await there.sessions.version()).not.toBe(before), {
        timeout: 5_000,
      });
      for (const { sessions } of [here, there]) {
        expect(await sessions.findByToken(tokens[0].hash)).toBeNull();
        expect(await sessions.findLogin(second.id)).toBeNull();
        expect((await sessions.findByToken(tokens[2].hash))?.login.id).toBe(other.id);
        expect((await sessions.findByToken(tokens[3].hash))?.login.id).toBe(nameless.id);
      }
    });

    it('has processes ask again about every login, whichever it ended: one may just have been made', async () => {
      const { here, there } = await open();
      const bystander = login({ email: 'c@x.example' });
      await here.sessions.createLogin(bystander, token(), null);
      const versions = [await here.sessions.version(), await there.sessions.version()] as const;
      expect(await here.persons.block('nobody@x.example', 5)).toEqual([]);
      await vi.waitFor(
        async () => {
          await there.sessions.version();
          expect(there.sessions.isUnchangedSince(bystander.id, versions[1])).toBe(false);
        },
        { timeout: 5_000, interval: 5 },
      );
      expect(here.sessions.isUnchangedSince(bystander.id, versions[0])).toBe(false);
    });

    it('leads no token to a login that was made of a blocked address, or got it afterwards', async () => {
      const { here, there } = await open();
      await here.persons.block('b@x.example', 5);
      const [made, changed] = [login({ email: 'b@x.example' }), login({ email: 'old@x.example' })];
      const [madeToken, changedToken] = [token(), token()];
      await there.sessions.createLogin(made, madeToken, null);
      await there.sessions.createLogin(changed, changedToken, null);
      expect((await here.sessions.findByToken(changedToken.hash))?.login.id).toBe(changed.id);
      await there.sessions.updateLogin(changed.id, 1, {
        identity: { ...changed.identity, email: 'b@x.example' },
        ...{ providerSid: null, secrets: null, isRefreshable: false, mustAskPerson: false },
        ...{ checkedAtMs: 2_000, unansweredSinceMs: null },
      });
      for (const { sessions } of [here, there]) {
        expect(await sessions.findByToken(madeToken.hash)).toBeNull();
        expect(await sessions.findByToken(changedToken.hash)).toBeNull();
      }
    });
  });
}
