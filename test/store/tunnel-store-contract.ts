// What every adapter of TunnelStore must do.
import { describe, expect, it, vi } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import type {
  StoredConnector,
  StoredJoinToken,
  StoredShare,
  TunnelStore,
} from '../../src/store/tunnel-store.ts';

let made = 0;

export function joinToken(own: Partial<StoredJoinToken> = {}): StoredJoinToken {
  made += 1;
  return {
    publicKey: `token-key-${made}`,
    tunnel: 'office',
    createdAtMs: 1_000 + made,
    expiresAtMs: 1_000_000,
    isReusable: false,
    from: null,
    maxConnectors: null,
    spentAtMs: null,
    ...own,
  };
}

export function connectorOf(token: StoredJoinToken, own: Partial<StoredConnector> = {}): StoredConnector {
  made += 1;
  return {
    id: `c_${made}`,
    tunnel: token.tunnel,
    publicKey: `connector-key-${made}`,
    tokenKey: token.publicKey,
    joinedAtMs: 10_000 + made,
    lastSeenMs: 10_000 + made,
    isPassing: token.isReusable,
    isDrained: false,
    ...own,
  };
}

/** @param open two views of one fresh store, as two processes would have them */
export function tunnelStoreContract(
  open: () => MaybePromise<{ readonly here: TunnelStore; readonly there: TunnelStore }>,
): void {
  const opened = async () => {
    const views = await open();
    expect(await views.here.createTunnel({ name: 'office', createdAtMs: 1_000, share: null })).toBe(true);
    return views;
  };

  describe('a tunnel store', () => {
    it('gives every process all of it, exactly as it was written, and each name once', async () => {
      const { here, there } = await opened();
      expect(await there.createTunnel({ name: 'office', createdAtMs: 2_000, share: null })).toBe(false);
      expect(await there.createTunnel({ name: 'annex', createdAtMs: 3_000, share: null })).toBe(true);
      const single = joinToken();
      const reusable = joinToken({
        isReusable: true,
        from: ['10.0.0.0/8', '2001:db8::/32'],
        maxConnectors: 3,
      });
      expect(await here.addToken(single)).toBe(true);
      expect(await here.addToken(reusable)).toBe(true);
      expect(await here.addToken(joinToken({ tunnel: 'nowhere' }))).toBe(false);
      const connector = connectorOf(reusable);
      expect(await there.join(connector, 0)).toBe('joined');
      const book = {
        tunnels: [
          { name: 'annex', createdAtMs: 3_000, share: null },
          { name: 'office', createdAtMs: 1_000, share: null },
        ],
        tokens: [single, { ...reusable, spentAtMs: connector.joinedAtMs }],
        connectors: [connector],
      };
      for (const store of [here, there]) expect(await store.read()).toEqual(book);
    });

    it('lets one of several in that come at a time with one token', async () => {
      const { here, there } = await opened();
      const token = joinToken();
      await here.addToken(token);
      const outcomes = await Promise.all(
        [0, 1, 2, 3, 4, 5].map(async (n) => (n % 2 === 0 ? here : there).join(connectorOf(token), 0)),
      );
      expect(outcomes.toSorted()).toEqual(['joined', 'spent', 'spent', 'spent', 'spent', 'spent']);
      expect((await here.read()).connectors).toHaveLength(1);
    });

    it('lets nobody in by a token that is over, of another tunnel, or unknown', async () => {
      const { here } = await opened();
      await here.createTunnel({ name: 'annex', createdAtMs: 1, share: null });
      const over = joinToken({ expiresAtMs: 10_000 });
      const good = joinToken();
      for (const token of [over, good]) await here.addToken(token);
      expect(await here.join(connectorOf(over, { joinedAtMs: 10_000 }), 0)).toBe('expired');
      expect(await here.join(connectorOf(good, { tunnel: 'annex' }), 0)).toBe('gone');
      expect(await here.join(connectorOf(joinToken()), 0)).toBe('gone');
      expect((await here.read()).connectors).toEqual([]);
    });

    it('takes no second connector of one key', async () => {
      const { here, there } = await opened();
      const token = joinToken({ isReusable: true });
      await here.addToken(token);
      const first = connectorOf(token);
      expect(await here.join(first, 0)).toBe('joined');
      expect(await there.join({ ...connectorOf(token), publicKey: first.publicKey }, 0)).toBe('gone');
    });

    it('takes a connector as it is for a copy, once, and none of a tunnel that it does not have', async () => {
      const { here, there } = await opened();
      const connector = connectorOf(joinToken());
      expect(await here.addConnector(connector)).toBe(true);
      expect(await there.addConnector(connector)).toBe(false);
      expect(await here.addConnector(connectorOf(joinToken({ tunnel: 'nowhere' })))).toBe(false);
      expect((await there.read()).connectors).toEqual([connector]);
    });

    it('counts to a limit only connectors that were seen lately', async () => {
      const { here, there } = await opened();
      const token = joinToken({ isReusable: true, maxConnectors: 2 });
      await here.addToken(token);
      const [first, second, third] = [20_000, 20_000, 60_000].map((joinedAtMs) =>
        connectorOf(token, { joinedAtMs, lastSeenMs: joinedAtMs }),
      );
      expect(await here.join(first!, 15_000)).toBe('joined');
      expect(await there.join(second!, 15_000)).toBe('joined');
      expect(await here.join(third!, 15_000)).toBe('full');
      await there.noteSeen([first!.id, 'another'], 59_000);
      await there.noteSeen([first!.id], 30_000);
      expect(await here.join(third!, 50_000)).toBe('joined');
      expect(await here.join(connectorOf(token), 50_000)).toBe('full');
    });

    it('tells every process that something came or went, and not that a connector was seen', async () => {
      const { here, there } = await opened();
      const token = joinToken({ isReusable: true });
      await here.addToken(token);
      const connector = connectorOf(token);
      const changes: (() => MaybePromise<unknown>)[] = [
        () => here.join(connector, 0),
        () => here.addToken(joinToken()),
        () => here.endTokens('office'),
        () => here.removeConnector(connector.id),
        () => here.createTunnel({ name: 'annex', createdAtMs: 1, share: null }),
        () => here.removeTunnel('annex'),
      ];
      for (const change of changes) {
        let before = 0;
        // What was written before may still be on its way.
        await vi.waitFor(
          async () => {
            before = await there.version();
            await there.read();
            await new Promise((resolve) => setTimeout(resolve, 30));
            expect(there.isUnchangedSince(before)).toBe(true);
          },
          { timeout: 30_000 },
        );
        await change();
        await vi.waitFor(
          async () => {
            await there.version();
            expect(there.isUnchangedSince(before)).toBe(false);
          },
          { timeout: 30_000 },
        );
      }
      const before = await here.version();
      await here.noteSeen([connector.id], 99_000);
      expect(here.isUnchangedSince(before)).toBe(true);
    });

    it('keeps what is shared as it was written, and whether a connector is to have nothing new', async () => {
      const { here, there } = await opened();
      const share: StoredShare = {
        ...{ domain: 'share.test', emails: ['mom@family.test', 'dad@family.test'], port: 1313 },
        ...{ expiresAtMs: 9_000_000_000_000, idp: 'test', sub: 'alice', email: null, tokenHash: 'hash' },
        ...{ ip: '2001:db8::1', country: 'PT' },
      };
      expect(await here.createTunnel({ name: 'four-words', createdAtMs: 7, share })).toBe(true);
      expect((await there.read()).tunnels).toEqual([
        { name: 'four-words', createdAtMs: 7, share },
        { name: 'office', createdAtMs: 1_000, share: null },
      ]);
      const token = joinToken();
      const connector = connectorOf(token);
      await here.addToken(token);
      expect(await here.addConnector(connector)).toBe(true);
      const version = await there.version();
      expect(await here.setDrained(connector.id, 'drained')).toBe(true);
      expect(await here.setDrained(connector.id, 'drained')).toBe(false);
      expect(await here.setDrained('c_none', 'drained')).toBe(false);
      await vi.waitFor(async () => expect(await there.version()).not.toBe(version));
      expect(there.isUnchangedSince(version)).toBe(false);
      expect((await there.read()).connectors).toEqual([{ ...connector, isDrained: true }]);
      expect(await there.setDrained(connector.id, 'in-use')).toBe(true);
      expect((await here.read()).connectors).toEqual([connector]);
      expect(await here.removeTunnel('four-words')).toBe(true);
      expect((await here.read()).tunnels).toHaveLength(1);
    });

    it('ends a tunnel with everything that belongs to it, and a connector alone', async () => {
      const { here, there } = await opened();
      await here.createTunnel({ name: 'annex', createdAtMs: 5, share: null });
      const kept = joinToken({ tunnel: 'annex', isReusable: true });
      const gone = joinToken();
      for (const token of [kept, gone]) await here.addToken(token);
      const [one, other, third] = [connectorOf(kept), connectorOf(kept), connectorOf(gone)];
      for (const connector of [one, other, third]) expect(await here.join(connector, 0)).toBe('joined');
      expect(await there.removeConnector(other.id)).toBe(true);
      expect(await here.removeConnector(other.id)).toBe(false);
      expect(await there.removeTunnel('office')).toBe(true);
      expect(await here.removeTunnel('office')).toBe(false);
      expect(await here.read()).toEqual({
        tunnels: [{ name: 'annex', createdAtMs: 5, share: null }],
        tokens: [{ ...kept, spentAtMs: one.joinedAtMs }],
        connectors: [one],
      });
      expect(await here.endTokens('annex')).toBe(1);
      expect((await there.read()).connectors).toEqual([one]);
    });

    it('forgets passing connectors that stay away, and tokens that ended, and nothing else', async () => {
      const { here } = await opened();
      const passing = joinToken({ isReusable: true, expiresAtMs: 50_000 });
      const single = joinToken({ expiresAtMs: 900_000 });
      for (const token of [passing, single]) await here.addToken(token);
      const [away, there, staying] = [
        connectorOf(passing, { joinedAtMs: 1_500, lastSeenMs: 1_500 }),
        connectorOf(passing, { joinedAtMs: 1_600, lastSeenMs: 40_000 }),
        connectorOf(single, { joinedAtMs: 1_700, lastSeenMs: 1_700 }),
      ];
      for (const connector of [away, there, staying]) await here.join(connector, 0);
      await here.removeStale(30_000, 60_000);
      const book = await here.read();
      expect(book.connectors).toEqual([there, staying]);
      expect(book.tokens.map(({ publicKey }) => publicKey)).toEqual([single.publicKey]);
    });
  });
}
