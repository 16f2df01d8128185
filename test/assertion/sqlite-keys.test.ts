import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAssertions } from '../../src/assertion/create-assertions.ts';
import { listKeys, rotateKeys } from '../../src/assertion/rotate-keys.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { minute, recordEvents, sessionOf, settingsOf } from './assertion-fixture.ts';
import { memorySecrets } from './memory-key-store.ts';

let folder = '';
let open: { close(): void }[] = [];
const settings = settingsOf();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-keys-'));
});
afterEach(() => {
  for (const one of open.reverse()) one.close();
  open = [];
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function openStore(): Store {
  const store = createStore(join(folder, 'data'));
  open.push(store);
  return store;
}

async function start(store: Store) {
  const now = () => Date.now();
  const options = {
    ...{ keyStore: store.keys, secrets: memorySecrets(), telemetry: recordEvents() },
    ...{ settings: () => settings, now },
  };
  const assertions = await createAssertions(options);
  open.push(assertions);
  return assertions;
}

const kidsOf = (assertions: Awaited<ReturnType<typeof start>>) =>
  assertions.jwks(Date.now()).keys.map((key) => key.kid);

test('the keys survive a restart', async () => {
  const before = await start(openStore());
  const after = await start(openStore());
  expect(kidsOf(after)).toEqual(kidsOf(before));
});

test('keys at rest are readable by their owner alone', async () => {
  const store = openStore();
  await start(store);
  expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(join(folder, 'data')))
    expect([name, statSync(join(folder, 'data', name)).mode & 0o077]).toEqual([name, 0]);
});

test('a rotation through the store by another process is published within seconds, and signs later', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const assertions = await start(openStore());
  const [first] = kidsOf(assertions);
  const next = await rotateKeys(openStore().keys, Date.now());
  await vi.advanceTimersByTimeAsync(6_000);
  expect(kidsOf(assertions)).toEqual([first, next.kid]);
  const kidAt = (nowMs: number) => {
    const token = assertions.mint(sessionOf({ revision: nowMs }), 'wiki', nowMs);
    return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  };
  expect(kidAt(next.signsFromMs - 1)).toBe(first);
  expect(kidAt(next.signsFromMs + minute)).toBe(next.kid);
});

test('bouncers that start at once on one new store agree', async () => {
  const root = join(import.meta.dirname, '../..');
  const program = `
    const [{ createStore }, { maintainKeys }] = await Promise.all([
      import('${root}/src/store/sqlite/open-sqlite-store.ts'), import('${root}/src/assertion/maintain-keys.ts')]);
    const store = createStore('${join(folder, 'data')}');
    const telemetry = { event() {}, request() {} };
    await maintainKeys({ keyStore: store.keys, telemetry, lifetimeMs: 300000, nowMs: Date.now() });
    store.close();`;
  const starts = Array.from({ length: 3 }, () => `"${process.execPath}" --input-type=module -e "$PROGRAM" &`);
  execFileSync('sh', ['-c', `${starts.join('\n')} wait`], { env: { ...process.env, PROGRAM: program } });
  const [one, other] = [await start(openStore()), await start(openStore())];
  expect(kidsOf(one)).toEqual(kidsOf(other));
  expect(
    (await listKeys(openStore().keys, Date.now())).filter((key) => key.state === 'signing'),
  ).toHaveLength(1);
});
