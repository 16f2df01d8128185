// Load on three nodes while each of them and the database are killed in turn. Whatever is promised to people must hold all the time.
import type { TestPerson } from '../fixtures/oidc-provider.ts';
import { askSteadily } from './ask-steadily.ts';
import { type ChaosSite, startChaosSite } from './chaos-site.ts';
import { type ChaosCounts, People } from './people.ts';

export interface ChaosResult extends ChaosCounts {
  readonly disturbances: number;
}

export interface ChaosOptions {
  readonly seconds: number;
  /** A slow machine goes on until this holds, up to six times as long. */
  readonly until?: (result: ChaosResult) => boolean;
  readonly requestsPerSecond: number;
  /** Between two disturbances, seconds. */
  readonly pauseSeconds: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Mulberry32: the same story for the same seed, as far as the timing allows. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function peopleFor(seconds: number): readonly TestPerson[] {
  return Array.from({ length: 100 + seconds * 4 }, (_, number) => ({
    id: `p${number}`,
    claims: { email: `p${number}@example.com`, email_verified: true, name: `p${number}`, groups: [] },
  }));
}

async function disturb(site: ChaosSite, turn: number, say: (line: string) => void): Promise<void> {
  const steps = [
    ['node 0 is killed', () => site.nodes[0]?.killAndRestart(1_000)],
    ['the database is killed', () => site.killDatabase(2_000)],
    ['node 1 stands still', () => site.nodes[1]?.freeze(3_000)],
    ['node 1 is killed', () => site.nodes[1]?.killAndRestart(500)],
    [
      'the database is killed while node 2 is',
      () => Promise.all([site.killDatabase(1_000), site.nodes[2]?.killAndRestart(500)]),
    ],
    ['node 2 stands still', () => site.nodes[2]?.freeze(1_500)],
  ] as const;
  const [what, run] = steps[turn % steps.length] ?? steps[0];
  say(what);
  await run();
}

/** @returns what happened; `violations` must be empty */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seconds, requestsPerSecond, pauseSeconds, say, until = () => true } = options;
  const site = await startChaosSite(peopleFor(seconds));
  const people = new People(site, createRandom(options.seed));
  try {
    for (let number = 0; number < 8; number++) await people.logIn();
    say(`${people.counts.logins} people are logged in`);
    const startedMs = performance.now();
    let turns = 0;
    const result = (): ChaosResult => ({ ...people.counts, disturbances: turns });
    /** @param aheadMs so long it must still last */
    const isOver = (aheadMs = 0): boolean => {
      const spentSeconds = (performance.now() + aheadMs - startedMs) / 1000;
      return spentSeconds > seconds && (spentSeconds > 6 * seconds || until(result()));
    };
    const repeat = async (work: () => Promise<void>, everyMs: number): Promise<void> => {
      while (!isOver()) {
        await work();
        await sleep(everyMs);
      }
    };
    const disturbing = (async () => {
      await sleep(2_000);
      while (!isOver(12_000)) {
        await disturb(site, turns++, say);
        await sleep(pauseSeconds * 1000);
      }
    })();
    await Promise.all([
      askSteadily({ requestsPerSecond, isOver }, () => people.look()),
      disturbing,
      repeat(() => people.logIn(), 700),
      repeat(() => people.end(), 900),
      repeat(() => people.stepUp(), 2_500),
    ]);
    await sleep(5_000);
    await people.lookAtAll();
    return result();
  } finally {
    await people.close();
    await site.close();
  }
}
