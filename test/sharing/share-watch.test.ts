// When a share is over, by a clock of the test's own and a real store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isTunnelName } from '../../src/http/tunnel-address.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import type { ExplainableRules } from '../../src/rules/decide/compile-rules.ts';
import type { Decision } from '../../src/rules/model/decision.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { createShareKeeper, type ShareKeeper } from '../../src/sharing/keep-shares.ts';
import { ShareWatch } from '../../src/sharing/share-watch.ts';
import { createShareName, shareWords } from '../../src/sharing/share-words.ts';
import type { BegunShare, ShareOrder } from '../../src/sharing/shares.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createKeyPair } from '../../src/tunnel/wire/key-text.ts';
import { compileRulesOf } from './share-rules-fixture.ts';

const hourMs = 3_600_000;

interface World {
  readonly keeper: ShareKeeper;
  readonly watch: ShareWatch;
  readonly store: Store;
  readonly said: { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly mailed: string[];
  /** The hosts that are in force. */
  readonly hosts: () => readonly string[];
  nowMs: number;
  mayShare: Decision['outcome'];
  hasSession: boolean;
  settings: Pick<Settings, 'share' | 'smtp' | 'authUrl' | 'tunnel'>;
}

const session = {
  ...{
    kind: 'person',
    id: 'login',
    logId: 'log-id',
    program: { kind: 'terminal', name: 'laptop', applications: null },
  },
  ...{ identity: { idp: 'test', sub: 'alice', email: 'alice@example.com' }, expiresAtMs: 100 * hourMs },
} as unknown as Session;
const sharer = { session, tokenHash: 'token-hash', ip: '127.0.0.1', country: null, language: 'en' } as const;

const order = (own: Partial<ShareOrder> = {}): ShareOrder => ({
  ...{ emails: ['mom@family.test'], port: 1313, forMs: null, letters: 'wanted' },
  connectorKey: createKeyPair().publicKey.toString('base64url'),
  ...own,
});

function createWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-shares-'));
  const kept = createStore(join(folder, 'data'));
  onTestFinished(async () => {
    await kept.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let shown: ExplainableRules | null = null;
  const world: World = {
    ...{ nowMs: hourMs, mayShare: 'allow', hasSession: true, said: [], mailed: [] },
    store: kept,
    hosts: () => shown?.applications.flatMap(({ hosts }) => hosts) ?? [],
    settings: {
      authUrl: 'https://auth.example.com',
      tunnel: { listen: { host: '::', port: 7844 }, addresses: ['edge.example.com:7844'], bufferBytes: 1 },
      smtp: { address: null, from: { name: null, email: 'b@example.com' }, caFile: null },
      share: { domain: 'share.test', allow: [], maxDurationMs: 24 * hourMs, maxPerPerson: 2 },
    },
    ...({} as Pick<World, 'keeper' | 'watch'>),
  };
  const { sharing } = compileRulesOf('authenticated');
  if (sharing === null) throw new Error('nobody may share');
  const parts = {
    store: { ...kept, now: () => world.nowMs },
    settings: () => world.settings as Settings,
    sharing: () => ({
      template: sharing.template,
      area: {
        ...sharing.area,
        decide: () =>
          ({
            outcome: world.mayShare,
            missing: [{ what: 'hardware_key', maxAgeMs: null, source: 'any' }],
          }) as unknown as Decision,
      },
    }),
    programs: {
      programStanding: () => (world.hasSession ? { session, idlesAtMs: Number.POSITIVE_INFINITY } : null),
    },
    telemetry: {
      event: (name: string, fields: object) => void world.said.push({ name, fields: { ...fields } }),
    },
    show: (rules: ExplainableRules) => {
      shown = rules;
    },
    tellByMail: ({ to }: { readonly to: string }) => void world.mailed.push(to),
  };
  const watch = new ShareWatch(parts);
  onTestFinished(() => watch.close());
  return Object.assign(world, { watch, keeper: createShareKeeper(parts) });
}

async function begin(world: World, own?: Partial<ShareOrder>): Promise<BegunShare> {
  const begun = await world.keeper.begin(sharer, order(own), world.nowMs);
  if (begun.kind !== 'begun') throw new Error(begun.kind);
  await world.watch.refresh();
  return begun;
}

const endOf = (world: World): unknown =>
  world.said.findLast(({ name }) => name === 'share_ended')?.fields['reason'];

test('a name is four words that a tunnel can be called', () => {
  expect(new Set(shareWords).size).toBe(256);
  for (let at = 0; at < 200; at++) expect(isTunnelName(createShareName())).toBe(true);
  const longest = shareWords.toSorted((a, b) => b.length - a.length)[0] ?? '';
  expect(isTunnelName([longest, longest, longest, longest].join('-'))).toBe(true);
});

test('it is there for as long as was asked for, at most as long as is allowed, and not a moment longer', async () => {
  const world = createWorld();
  const short = await begin(world, { forMs: hourMs });
  expect(short.expiresAtMs).toBe(world.nowMs + hourMs);
  expect((await begin(world, { forMs: 48 * hourMs })).expiresAtMs).toBe(world.nowMs + 24 * hourMs);
  expect(world.hosts()).toContain(short.host);
  world.nowMs = short.expiresAtMs - 1;
  await world.watch.refresh();
  expect(world.hosts()).toContain(short.host);
  world.nowMs = short.expiresAtMs;
  await world.watch.refresh();
  expect(world.hosts()).not.toContain(short.host);
  expect(endOf(world)).toBe('expired');
  expect((await world.store.tunnels.read()).tunnels.map(({ name }) => name)).not.toContain(short.name);
});

test.each([
  ['session-ended', (world: World) => Object.assign(world, { hasSession: false })],
  ['not-allowed', (world: World) => Object.assign(world, { mayShare: 'deny' })],
  ['not-allowed', (world: World) => Object.assign(world, { mayShare: 'step_up' })],
  [
    'settings-changed',
    (world: World) => Object.assign(world, { settings: { ...world.settings, share: null } }),
  ],
  ['connector-away', (world: World) => Object.assign(world, { nowMs: world.nowMs + hourMs + 1 })],
  [
    'connector-revoked',
    async (world: World) => {
      const [connector] = (await world.store.tunnels.read()).connectors;
      await world.store.tunnels.removeConnector(connector?.id ?? '');
      world.nowMs += 61_000;
    },
  ],
] as const)('it ends with the reason %s', async (reason, change) => {
  const world = createWorld();
  const { host } = await begin(world);
  expect(world.hosts()).toEqual([host]);
  await change(world);
  await world.watch.refresh();
  expect(world.hosts()).toEqual([]);
  expect(endOf(world)).toBe(reason);
});

test('one person has as many as the settings say, and gets another when one is over', async () => {
  const world = createWorld();
  const [first] = [await begin(world), await begin(world)];
  expect(await world.keeper.begin(sharer, order(), world.nowMs)).toEqual({ kind: 'too-many', most: 2 });
  const other = { ...sharer, session: { ...session, identity: { ...session.identity, sub: 'bob' } } };
  expect(await world.keeper.end(other, first.name)).toBe(false);
  expect(await world.keeper.end(sharer, first.name)).toBe(true);
  expect(await world.keeper.end(sharer, first.name)).toBe(false);
  await begin(world);
  // Begun at one moment, the limit holds as well.
  for (const { name } of (await world.store.tunnels.read()).tunnels) await world.keeper.end(sharer, name);
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, () => world.keeper.begin(sharer, order(), world.nowMs)),
  );
  expect(outcomes.filter(({ kind }) => kind === 'begun').length).toBeLessThanOrEqual(2);
  expect((await world.store.tunnels.read()).tunnels.length).toBeLessThanOrEqual(2);
});

test('who may not share gets none, and who needs a step-up is told which', async () => {
  const world = createWorld();
  world.mayShare = 'deny';
  expect(await world.keeper.begin(sharer, order(), world.nowMs)).toEqual({ kind: 'denied' });
  expect(world.said.at(-1)).toMatchObject({
    name: 'share_refused',
    fields: { reason: 'denied', sub: 'alice' },
  });
  world.mayShare = 'step_up';
  expect(await world.keeper.begin(sharer, order(), world.nowMs)).toEqual({
    kind: 'step-up',
    needs: { step_up: 'hardware_key' },
  });
  expect((await world.store.tunnels.read()).tunnels).toEqual([]);
});

test('a key that some connector has begins no share', async () => {
  const world = createWorld();
  const { connectorKey } = order();
  await begin(world, { connectorKey });
  expect((await world.keeper.begin(sharer, order({ connectorKey }), world.nowMs)).kind).toBe('too-many');
  expect((await world.store.tunnels.read()).tunnels).toHaveLength(1);
});

test('letters go to the people named, but for the sharer, twenty a day, and to nobody who is not wanted to get one', async () => {
  const world = createWorld();
  const emails = ['mom@family.test', 'alice@example.com', 'nobody@localhost'];
  expect((await begin(world, { emails })).mailed).toEqual(['mom@family.test']);
  const named = Array.from({ length: 20 }, (_, at) => `p${at}@family.test`);
  expect((await begin(world, { emails: named })).mailed).toHaveLength(19);
  for (const { name } of (await world.store.tunnels.read()).tunnels) await world.keeper.end(sharer, name);
  expect((await begin(world)).mailed).toEqual([]);
  world.nowMs += 25 * hourMs;
  expect((await begin(world, { letters: 'none' })).mailed).toEqual([]);
  expect((await begin(world)).mailed).toEqual(['mom@family.test']);
  expect(world.mailed).toHaveLength(21);
});
