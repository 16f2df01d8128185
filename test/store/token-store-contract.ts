// What every adapter of TokenStore must do.
import { describe, expect, it, vi } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import type { StoredSecret, StoredToken, TokenStore } from '../../src/store/token-store.ts';

let made = 0;

/** The version once nothing that happened before is still on its way: a shared store tells of changes a moment later. */
async function settledVersion(store: { version(): number | Promise<number> }): Promise<number> {
  for (let version = await store.version(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const next = await store.version();
    if (next === version) return version;
    version = next;
  }
}

export function serviceToken(own: Partial<StoredToken> = {}): StoredToken {
  made += 1;
  return {
    id: `id-${made}`,
    name: `name-${made}`,
    applications: ['wiki'],
    revision: 1,
    createdAtMs: 1_000,
    expiresAtMs: null,
    ...own,
  };
}

export function serviceSecret(own: Partial<StoredSecret> = {}): StoredSecret {
  made += 1;
  return { hash: `hash-${made}`, createdAtMs: 1_000, endsAtMs: null, ...own };
}

const unused = { lastUsedMs: null, lastIp: null, lastCountry: null, uses: 0 };

/** @param open two views of one fresh store, as two processes would have them */
export function tokenStoreContract(
  open: () => MaybePromise<{ readonly here: TokenStore; readonly there: TokenStore }>,
): void {
  describe('a token store', () => {
    it('finds a token by the hash of its secret, in every process, exactly as it was made', async () => {
      const { here, there } = await open();
      const limited = serviceToken({ applications: ['a', 'b "quoted"'], expiresAtMs: 9_000 });
      const unlimited = serviceToken({ applications: null });
      const [first, second] = [serviceSecret(), serviceSecret()];
      expect(await here.createToken(limited, first)).toBe(true);
      expect(await there.createToken(unlimited, second)).toBe(true);
      for (const store of [here, there]) {
        expect(await store.findBySecret(first.hash)).toEqual({ token: limited, secretEndsAtMs: null });
        expect(await store.findBySecret(second.hash)).toEqual({ token: unlimited, secretEndsAtMs: null });
        expect(await store.findBySecret('unknown')).toBeNull();
      }
    });

    it('gives a name once, and changes nothing for the second', async () => {
      const { here, there } = await open();
      const token = serviceToken();
      const [first, second] = [serviceSecret(), serviceSecret()];
      await here.createToken(token, first);
      expect(await there.createToken(serviceToken({ name: token.name }), second)).toBe(false);
      expect(await there.findBySecret(second.hash)).toBeNull();
      expect(await there.list()).toEqual([{ token, use: unused, secrets: [first] }]);
    });

    it('adds a secret, ends the others no later than they would have ended, and counts the revision up', async () => {
      const { here, there } = await open();
      const token = serviceToken({ expiresAtMs: 50_000 });
      const [first, second, third] = [
        serviceSecret(),
        serviceSecret({ createdAtMs: 2_000 }),
        serviceSecret({ createdAtMs: 3_000 }),
      ];
      await here.createToken(token, first);
      expect(await there.addSecret(token.id, second, 10_000, undefined)).toBe(true);
      expect(await here.addSecret(token.id, third, 20_000, 90_000)).toBe(true);
      const changed = { ...token, revision: 3, expiresAtMs: 90_000 };
      expect(await there.findBySecret(first.hash)).toEqual({ token: changed, secretEndsAtMs: 10_000 });
      expect(await there.findBySecret(second.hash)).toEqual({ token: changed, secretEndsAtMs: 20_000 });
      expect(await there.findBySecret(third.hash)).toEqual({ token: changed, secretEndsAtMs: null });
      expect((await there.list())[0]?.secrets).toEqual([
        { ...first, endsAtMs: 10_000 },
        { ...second, endsAtMs: 20_000 },
        third,
      ]);
      expect(await here.addSecret(token.id, serviceSecret(), 1, null)).toBe(true);
      expect((await there.findBySecret(third.hash))?.token.expiresAtMs).toBeNull();
      expect(await here.addSecret('unknown', serviceSecret(), 1, undefined)).toBe(false);
    });

    it('forgets secrets past their end, and no others', async () => {
      const { here } = await open();
      const token = serviceToken();
      const [first, second] = [serviceSecret(), serviceSecret()];
      await here.createToken(token, first);
      await here.addSecret(token.id, second, 10_000, undefined);
      await here.removeEndedSecrets(9_999);
      expect(await here.findBySecret(first.hash)).not.toBeNull();
      await here.removeEndedSecrets(10_000);
      expect(await here.findBySecret(first.hash)).toBeNull();
      expect(await here.findBySecret(second.hash)).not.toBeNull();
    });

    it('removes a token with all its secrets, once, and its name is free again', async () => {
      const { here, there } = await open();
      const token = serviceToken();
      const [first, second] = [serviceSecret(), serviceSecret()];
      await here.createToken(token, first);
      await here.addSecret(token.id, second, 10_000, undefined);
      expect(await there.removeToken(token.id)).toBe(true);
      expect(await here.removeToken(token.id)).toBe(false);
      for (const { hash } of [first, second]) expect(await here.findBySecret(hash)).toBeNull();
      expect(await here.createToken(serviceToken({ name: token.name }), serviceSecret())).toBe(true);
    });

    it('counts uses of all processes and keeps the latest place', async () => {
      const { here, there } = await open();
      const [token, other] = [serviceToken(), serviceToken()];
      for (const one of [token, other]) await here.createToken(one, serviceSecret());
      const use = { count: 2, lastUsedMs: 5_000, ip: '192.0.2.1', country: 'PT' };
      await here.addUses([
        { id: token.id, ...use },
        { id: 'gone', ...use },
      ]);
      await there.addUses([{ id: token.id, count: 3, lastUsedMs: 4_000, ip: '192.0.2.2', country: null }]);
      const useOf = async (): Promise<unknown> =>
        (await here.list()).find((one) => one.token.id === token.id)?.use;
      expect(await useOf()).toEqual({ lastUsedMs: 5_000, lastIp: '192.0.2.1', lastCountry: 'PT', uses: 5 });
      await there.addUses([{ id: token.id, count: 1, lastUsedMs: 6_000, ip: '192.0.2.2', country: null }]);
      expect(await useOf()).toEqual({ lastUsedMs: 6_000, lastIp: '192.0.2.2', lastCountry: null, uses: 6 });
      expect((await here.list()).find((one) => one.token.id === other.id)?.use).toEqual(unused);
    });

    it('lists tokens by name', async () => {
      const { here, there } = await open();
      for (const name of ['b', 'B', 'a']) await here.createToken(serviceToken({ name }), serviceSecret());
      expect((await there.list()).map(({ token }) => token.name)).toEqual(['B', 'a', 'b']);
    });

    it('tells every process of what changed and ended within a second, and not of uses', async () => {
      const { here, there } = await open();
      const token = serviceToken();
      await here.createToken(token, serviceSecret());
      await vi.waitFor(async () => expect(await there.list()).toHaveLength(1), { timeout: 30_000 });
      const changes = [
        () => here.addSecret(token.id, serviceSecret(), 10_000, undefined),
        () => here.removeToken(token.id),
      ];
      for (const change of changes) {
        const [atHere, atThere] = [await settledVersion(here), await settledVersion(there)];
        await here.addUses([{ id: token.id, count: 1, lastUsedMs: 1, ip: null, country: null }]);
        expect(await here.version()).toBe(atHere);
        expect(here.isUnchangedSince(token.id, atHere)).toBe(true);
        await change();
        expect(await here.version()).not.toBe(atHere);
        expect(here.isUnchangedSince(token.id, atHere)).toBe(false);
        await vi.waitFor(async () => expect(await there.version()).not.toBe(atThere), { timeout: 5_000 });
        expect(there.isUnchangedSince(token.id, atThere)).toBe(false);
      }
    });
  });
}
