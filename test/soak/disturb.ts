// What happens to bouncer and around it during the soak, one thing after the other.
import type { Mischief } from './soak-application.ts';
import { type SoakSite, soakRules } from './soak-site.ts';
import type { Visitors } from './visitors.ts';

export interface Disturbance {
  readonly name: string;
  /** Nobody must notice: what fails meanwhile has no excuse. */
  readonly isSilent?: true;
  /** How often it happens: in the first of so many rounds; in each by default. */
  readonly everyTurns?: number;
  run(site: SoakSite, visitors: Visitors): Promise<void>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const mischief = (what: Mischief, forMs: number): Disturbance => ({
  name: {
    none: '',
    hang: 'the application hangs',
    cut: 'it breaks off',
    lie: 'it lies about lengths',
    gone: 'it is gone and comes back',
  }[what],
  async run({ application }) {
    await application.behave(what);
    await sleep(forMs);
    await application.behave('none');
  },
});

const moveClock = (seconds: number): Disturbance => ({
  name: `the clock jumps by ${seconds} s and back`,
  async run(site, visitors) {
    await visitors.clockMoved('moved');
    site.moveClock(seconds);
    await sleep(3_000);
    site.moveClock(0);
    await sleep(2_000);
    await visitors.clockMoved('right');
  },
});

/** In the order in which they happen, again and again. */
export const disturbances: readonly Disturbance[] = [
  {
    name: 'good rules are read',
    isSilent: true,
    run: async (site) => {
      site.writeRules(`${soakRules}\n# ${Date.now()}\n`);
      await sleep(2_000);
    },
  },
  mischief('hang', 4_000),
  {
    name: 'bad rules are not',
    isSilent: true,
    run: async (site) => {
      site.writeRules('applications: [{ name: wiki, host: [');
      await sleep(3_000);
      site.writeRules(soakRules);
      await sleep(1_000);
    },
  },
  {
    name: 'it is killed, and starts again',
    run: async (site) => {
      await site.kill();
      await site.start();
    },
  },
  mischief('cut', 2_000),
  {
    name: 'the provider is gone and comes back',
    run: async ({ provider }) => {
      await provider.stop();
      await sleep(4_000);
      await provider.start();
      await sleep(3_000);
    },
  },
  {
    name: 'nobody reads the log',
    isSilent: true,
    run: async (site) => {
      site.readLog('stuck');
      await sleep(6_000);
      site.readLog('read');
    },
  },
  mischief('lie', 2_000),
  {
    name: 'the disk is full',
    run: async (site) => {
      if (!site.canFill) return;
      site.fillDisk();
      await sleep(5_000);
      site.emptyDisk();
      await sleep(3_000);
    },
  },
  moveClock(3_600),
  mischief('gone', 2_000),
  // It ends every login, so that it takes a while until as many are there again.
  { ...moveClock(-3_600), everyTurns: 4 },
];
