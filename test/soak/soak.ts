// One bouncer under load for as long as wanted, while everything around it and it itself is disturbed in turn. Ends with what was counted.
import type { TestPerson } from '../fixtures/oidc-provider.ts';
import { disturbances } from './disturb.ts';
import { Ledger, type SoakCounts } from './ledger.ts';
import { createRandom } from './seeded-random.ts';
import { startSoakSite, type Weight } from './soak-site.ts';
import { watchStandstills } from './standstill.ts';
import { Visitors } from './visitors.ts';

/** What has happened so far. */
export interface SoakSoFar extends SoakCounts {
  readonly disturbances: Readonly<Record<string, number>>;
}

export interface SoakOptions {
  readonly seconds: number;
  /** A slow machine goes on until this holds, up to four times as long. */
  readonly until?: (soFar: SoakSoFar) => boolean;
  readonly requestsPerSecond: number;
  /** Logins that are kept, and streams. */
  readonly sessions: number;
  readonly webSockets: number;
  readonly eventStreams: number;
  /** Between two disturbances, seconds: what is felt of one must be over before the next. */
  readonly pauseSeconds: number;
  readonly seed: number;
  /** False: the process lives throughout, so that what it keeps can be judged. */
  readonly withKills: boolean;
  readonly say: (line: string) => void;
}

export interface SoakResult extends SoakSoFar {
  readonly seconds: number;
  /** Of the process that came last: when all its streams were there, then every half minute, and at the end. */
  readonly weights: readonly Weight[];
  /** How often the visitors themselves did not get their turn, and for how long at most: see standstill.ts. */
  readonly standstills: number;
  readonly longestStandstillMs: number;
  readonly slowestStartMs: number;
  readonly left: readonly string[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function peopleFor({ sessions, seconds }: SoakOptions): readonly TestPerson[] {
  const ids = ['admin', ...Array.from({ length: sessions + seconds * 12 + 50 }, (_, number) => `p${number}`)];
  const person = (id: string, domain: string): TestPerson => ({
    id,
    claims: { email: `${id}@${domain}`, email_verified: true, name: id, groups: [] },
  });
  return [person('mallory', 'evil.test'), ...ids.map((id) => person(id, 'example.com'))];
}

/** @returns what happened: `misjudged`, `unexplained` and `lateStreams` must be 0 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seconds, say, until = () => true } = options;
  const site = await startSoakSite(peopleFor(options));
  const ledger = new Ledger(site);
  const random = createRandom(options.seed);
  const visitors = new Visitors(site, ledger, random);
  try {
    while (ledger.entries.length < options.sessions) {
      const before = ledger.entries.length;
      await Promise.all(
        Array.from({ length: Math.min(8, options.sessions - before) }, () => visitors.logIn()),
      );
      if (ledger.entries.length === before) throw new Error('nobody can log in');
    }
    say(`${ledger.entries.length} people are logged in`);
    const startedMs = performance.now();
    const happened = new Map<string, number>();
    const soFar = (): SoakSoFar => ({ ...ledger.counts, disturbances: Object.fromEntries(happened) });
    /** @param aheadMs so long it must still last */
    const isOver = (aheadMs = 0): boolean => {
      const spentSeconds = (performance.now() + aheadMs - startedMs) / 1000;
      return spentSeconds > seconds && (spentSeconds > 4 * seconds || until(soFar()));
    };
    const repeat = async (work: () => unknown, everyMs: number): Promise<void> => {
      while (!isOver()) {
        await work();
        await sleep(everyMs);
      }
    };
    const standstills = watchStandstills(site.disturbances);
    let weights: Weight[] = [];
    const disturbing = (async () => {
      await sleep(Math.min(10_000, seconds * 100));
      for (let turn = 0; !isOver(20_000); turn++) {
        const one = disturbances[turn % disturbances.length];
        if (one === undefined || (one.name.includes('clock') && !site.canMoveClock)) continue;
        if (one.name.includes('killed') && !options.withKills) continue;
        if (Math.floor(turn / disturbances.length) % (one.everyTurns ?? 1) !== 0) continue;
        say(one.name);
        const end = one.isSilent === true ? () => {} : site.disturbances.begin();
        await one.run(site, visitors);
        end();
        happened.set(one.name, (happened.get(one.name) ?? 0) + 1);
        await sleep(options.pauseSeconds * 1000);
        if (one.name.includes('killed')) weights = [];
      }
    })();
    const refill = async (): Promise<void> => {
      const missing = options.sessions - ledger.aliveCount;
      await Promise.all(Array.from({ length: Math.min(Math.max(missing, 1), 24) }, () => visitors.logIn()));
    };
    const topUp = (): void => {
      const missing = options.webSockets + options.eventStreams - visitors.openStreams;
      for (let i = 0; i < Math.min(missing, 20); i++)
        if (i % 6 === 5) visitors.openEventStream();
        else visitors.openWebSocket();
    };
    const weighing = async (): Promise<void> => {
      const wanted = (options.webSockets + options.eventStreams) * 0.9;
      if (weights.length === 0 && visitors.openStreams < wanted) return;
      const weight = await site.weigh().catch(() => null);
      if (weight === null) return;
      weights.push(weight);
      say(
        `${weight.liveMegabytes ?? '?'} MB in use after a collection, ${weight.megabytes} MB in all, ${visitors.openStreams} streams, ${ledger.aliveCount} logged in, ${ledger.entries.length} logins so far`,
      );
    };
    await Promise.all([
      disturbing,
      repeat(weighing, 30_000),
      load(visitors, options.requestsPerSecond, isOver),
      repeat(topUp, 250),
      repeat(refill, 800),
      repeat(() => visitors.logIn('mallory'), 15_000),
      repeat(() => visitors.end(), 900),
      repeat(() => visitors.stepUp(), 5_000),
      repeat(() => visitors.transfer(), 1_000),
      repeat(() => visitors.stranger(), 500),
      repeat(() => visitors.attack(), 100),
    ]);
    await sleep(8_000);
    await visitors.lookAtAll();
    weights.push(await site.weigh());
    standstills.close();
    return {
      ...soFar(),
      seconds,
      weights,
      standstills: standstills.count,
      longestStandstillMs: standstills.longestMs,
      slowestStartMs: Math.round(Math.max(...site.starts)),
      left: [...(site.canFill ? [] : ['a full disk']), ...(site.canMoveClock ? [] : ['jumps of the clock'])],
    };
  } finally {
    visitors.close();
    await site.close();
  }
}

/** As many a second as wanted, or as the machine can: it is asked less when it cannot keep up. */
async function load(visitors: Visitors, perSecond: number, isOver: () => boolean): Promise<void> {
  const tickMs = 20;
  const inFlight = new Set<Promise<void>>();
  let owed = 0;
  while (!isOver()) {
    owed = Math.min(owed + (perSecond * tickMs) / 1000, 100);
    while (owed >= 1 && inFlight.size < 200) {
      owed -= 1;
      const one = visitors.look().finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await sleep(tickMs);
  }
  await Promise.all(inFlight);
}
