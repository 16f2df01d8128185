// Memory: of an idle bouncer, and of one that knows 10,000 sessions. They are put into its store before it starts.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createId, createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { providerDigest } from '../../src/identity/provider-digest.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { startBouncer } from './bench-bouncer.ts';
import { idleMemory, loadWithWrk } from './bench-load.ts';
import { programFile } from './bench-origin.ts';
import type { Peer, PeerContext } from './bench-peer.ts';
import { makeFolder, pause, type Running, run } from './bench-processes.ts';
import type { MemoryFigures } from './bench-statistics.ts';

const sessionCount = 10_000;

interface Known {
  readonly context: PeerContext;
  readonly folder: string;
  readonly cookiesFile: string;
  readonly seconds: number;
}

/** Measure idle memory and what a session costs. Starts bouncers of its own. */
export async function measureMemory(context: PeerContext, seconds: number): Promise<MemoryFigures> {
  const folder = makeFolder();
  const { idleRssKb, idlePssKb, cookies, cookieName } = await prepareSessions(context, folder, sessionCount);
  const cookiesFile = join(folder, 'cookies');
  writeFileSync(cookiesFile, cookies.map((token) => `${cookieName}=${token}\n`).join(''));
  const known = { context, folder, cookiesFile, seconds };
  // To write a heap snapshot takes memory that a process keeps: what it weighs is measured in another one.
  const { before, after, ...cpu } = await weigh(known);
  return {
    idleRssKb,
    idlePssKb,
    heapBytesPerSession: await heapOfEach(known),
    rssBytesPerSession: ((after - before) * 1_024) / sessionCount,
    sessionsAboveIdleKb: after - idleRssKb,
    ...cpu,
  };
}

/** The resident set before and after all sessions were used twice, kilobytes, and the CPU time of both uses. */
async function weigh(
  known: Known,
): Promise<{ before: number; after: number } & Pick<MemoryFigures, 'firstUseCpuUs' | 'reuseCpuUs'>> {
  const peer = await startBouncer(known.context, { folder: known.folder });
  try {
    const asked = await warmUp(peer, known.seconds);
    const { rssKb: before } = await idleMemory(peer.process);
    const firstUseCpuUs = await cpuOfEach(peer, known.cookiesFile, asked);
    const reuseCpuUs = await cpuOfEach(peer, known.cookiesFile, asked);
    const { rssKb: after } = await idleMemory(peer.process);
    return { before, after, firstUseCpuUs, reuseCpuUs };
  } finally {
    await peer.process.stop();
  }
}

/** Live heap a session, bytes. */
async function heapOfEach(known: Known): Promise<number> {
  const diagnostics = makeFolder();
  const nodeArgs = ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${diagnostics}`];
  const peer = await startBouncer(known.context, { folder: known.folder, nodeArgs });
  try {
    const asked = await warmUp(peer, known.seconds);
    const before = await liveHeapBytes(peer.process, diagnostics);
    for (let use = 0; use < 2; use++) await cpuOfEach(peer, known.cookiesFile, asked);
    return ((await liveHeapBytes(peer.process, diagnostics)) - before) / sessionCount;
  } finally {
    await peer.process.stop();
  }
}

/** The same load with one session first, so that only the sessions differ. @returns what all of them are asked with */
async function warmUp(peer: Peer, seconds: number): Promise<{ count: number; host: string }> {
  await loadWithWrk(peer, '/1k', { seconds, connections: 32 });
  return { count: sessionCount, host: String(peer.headers['Host']) };
}

/** Put sessions into the store of a folder, and weigh a bouncer before. @returns the tokens for the cookies */
export async function prepareSessions(
  context: PeerContext,
  folder: string,
  count: number,
): Promise<{
  readonly cookies: readonly string[];
  readonly cookieName: string;
  readonly idleRssKb: number;
  readonly idlePssKb: number;
}> {
  const idle = await startBouncer(context, { folder });
  const { rssKb: idleRssKb, pssKb: idlePssKb } = await idleMemory(idle.process);
  await idle.process.stop();
  const cookieName = (idle.headers['Cookie'] ?? '').split('=')[0] ?? '';
  const host = String(idle.headers['Host']).split(':')[0] ?? '';
  return { cookies: await insertSessions(folder, host, count), cookieName, idleRssKb, idlePssKb };
}

/** CPU µs a request of one request with each cookie. */
export async function cpuOfEach(
  { port, process: process_ }: { readonly port: number; readonly process: Running },
  cookiesFile: string,
  { count, host }: { readonly count: number; readonly host: string },
): Promise<number> {
  const before = process_.cpuUs();
  const args = [programFile('load-each-cookie.ts'), String(port), '/1k', '32', cookiesFile, host];
  const errors = await run(process.execPath, args, 120_000);
  if (errors.trim() !== '0') throw new Error(`of the sessions, ${errors.trim()} were refused`);
  return (process_.cpuUs() - before) / count;
}

/** Of the one provider in a folder's settings. */
function digestIn(folder: string): string {
  const settings = loadSettings(join(folder, 'bouncer.yaml'), {});
  const provider = settings.ok ? settings.value.identityProviders[0] : undefined;
  if (provider === undefined) throw new Error('the settings of the benchmark are not valid');
  return providerDigest(provider);
}

/** @returns the tokens for the cookies */
async function insertSessions(folder: string, host: string, count: number): Promise<string[]> {
  const store = createStore(join(folder, 'data'));
  const digest = digestIn(folder);
  const nowMs = Date.now();
  const tokens: string[] = [];
  for (let index = 0; index < count; index++) {
    const token = createToken();
    tokens.push(token);
    const sub = randomBytes(12).toString('hex');
    await store.sessions.createLogin(
      {
        id: createId(),
        identity: {
          sub,
          email: `person-${index}@example.com`,
          name: `Person Number ${index}`,
          groups: ['staff', 'engineering', `team-${index % 200}`],
          claims: {},
          idp: 'bench',
          amr: ['pwd'],
          acr: null,
          authTimeMs: nowMs,
          hardwareKey: null,
        },
        providerSid: null,
        secrets: null,
        isRefreshable: false,
        mustAskPerson: false,
        providerDigest: digest,
        ip: null,
        userAgent: null,
        revision: 1,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + 86_400_000,
        lastSeenMs: nowMs,
        checkedAtMs: nowMs,
        unansweredSinceMs: null,
        vouchedAtMs: null,
      },
      { hash: hashToken(token), host, createdAtMs: nowMs },
      null,
    );
  }
  await store.close();
  return tokens;
}

/** What is reachable: the sizes of all nodes of a heap snapshot, which is taken after a full garbage collection. */
async function liveHeapBytes(process_: Running, folder: string): Promise<number> {
  process.kill(process_.pid, 'SIGUSR2');
  for (let attempt = 0; attempt < 300; attempt++) {
    await pause(100);
    const file = readdirSync(folder).find((name) => name.endsWith('.heapsnapshot'));
    if (file === undefined) continue;
    try {
      const snapshot = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        readonly snapshot: { readonly meta: { readonly node_fields: readonly string[] } };
        readonly nodes: readonly number[];
      };
      rmSync(join(folder, file));
      const fields = snapshot.snapshot.meta.node_fields;
      const at = fields.indexOf('self_size');
      let bytes = 0;
      for (let index = at; index < snapshot.nodes.length; index += fields.length)
        bytes += snapshot.nodes[index] ?? 0;
      return bytes;
    } catch {
      // Still being written.
    }
  }
  throw new Error('bouncer wrote no heap snapshot');
}
