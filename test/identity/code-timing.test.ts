// That no time tells whether an address may log in: nothing is waited for before the answer, and the two kinds of addresses are
// answered alike when they are measured in one run.
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type MailServer, startBadMailServer, startMailServer } from '../fixtures/mail-server.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { type LoginSite, type SiteOptions, startLoginSite, visitApplication } from './login-site.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Addresses of each kind; `BOUNCER_TIMED=1000` makes it a thousand, and says what was found. */
const timed = Number(process.env['BOUNCER_TIMED'] ?? 0);
const named = Array.from(
  { length: Math.max(timed, inWholeRun(600, 300)) },
  (_, i) => `person${i}@family.example`,
);

async function site(port: number, options: Partial<SiteOptions> = {}): Promise<LoginSite> {
  const started = await startLoginSite({
    providers: () => [
      { id: 'email', type: 'email_pin', label: 'Code', emailDomains: null, othersEmailDomains: [] },
    ],
    named,
    smtp: {
      address: { host: '127.0.0.1', port, user: null, password: null, tls: 'none' },
      from: { name: null, email: 'bouncer@example.com' },
      caFile: null,
    },
    ...options,
  });
  closers.push(started.close);
  return started;
}

async function mailServer(): Promise<MailServer> {
  const started = await startMailServer();
  closers.push(started.close);
  return started;
}

function browser(): BrowserClient {
  const made = new BrowserClient();
  closers.push(() => made.close());
  return made;
}

async function loginOf(running: LoginSite, one: BrowserClient): Promise<string> {
  const page = await visitApplication(running, one);
  return (JSON.parse(page.body) as { loginId: string }).loginId;
}

const codeUrl = (running: LoginSite): string => `${running.authUrl}/.bouncer/code`;

describe('before the answer to an address', () => {
  it('nothing is asked of the store or the mail server, not even when both hang', async () => {
    const asked: string[] = [];
    const silent = await startBadMailServer(() => {});
    closers.push(silent.close);
    const running = await site(silent.port, {
      wrapStore: (store): Store => ({
        ...store,
        once: new Proxy(store.once, {
          get: (_, name) => () => {
            asked.push(String(name));
            return new Promise(() => {});
          },
        }),
      }),
    });
    const one = browser();
    const login = await loginOf(running, one);
    for (const email of ['person1@family.example', 'stranger@else.example']) {
      const before = asked.length;
      const answer = await one.post(codeUrl(running), { login, email }, { stopAt: () => true });
      expect(answer.status).toBe(302);
      expect(answer.headers['location']).toBe(`/.bouncer/code?login=${login}`);
      // The work begins somewhen in the second after it.
      expect(asked.slice(before).filter((name) => name !== 'has')).toEqual([]);
    }
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(1);
    await expect.poll(silent.open, { timeout: 60_000 }).toBeGreaterThan(0);
  });
});

/** How likely a random one of `a` is larger than a random one of `b`: 0.5 when nothing tells them apart. */
function dominance(a: readonly number[], b: readonly number[]): number {
  const sorted = [...b].sort((x, y) => x - y);
  const below = (value: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return a.reduce((sum, value) => sum + below(value), 0) / (a.length * b.length);
}

/** How many standard deviations the measure lies from chance (Mann and Whitney 1947; many values, hardly any equal). */
function standardScore(found: number, a: number, b: number): number {
  return (found - 0.5) / Math.sqrt((a + b + 1) / (12 * a * b));
}

function median(values: readonly number[]): string {
  return ([...values].sort((x, y) => x - y)[values.length >> 1] ?? 0).toFixed(2);
}

describe('the time until the answer', () => {
  it('is the same for an address that is named and one that is not', async () => {
    const mail = await mailServer();
    const running = await site(mail.port);
    const times: Record<'named' | 'other', number[]> = { named: [], other: [] };
    const one = browser();
    const login = await loginOf(running, one);
    // Each is a client of its own, as one client may not ask so often.
    let clients = 0;
    const ask = async (kind: 'named' | 'other', email: string): Promise<void> => {
      clients += 1;
      const headers = { 'x-forwarded-for': `198.51.${Math.floor(clients / 250)}.${1 + (clients % 250)}` };
      const startedMs = performance.now();
      const answer = await one.post(codeUrl(running), { login, email }, { stopAt: () => true, headers });
      times[kind].push(performance.now() - startedMs);
      expect(answer.status).toBe(302);
    };
    for (let round = 0; round < named.length; round++) {
      const pair = [
        () => ask('named', named[round]!),
        () => ask('other', `person${round}@strange.example`),
      ] as const;
      // In turns, so that what one leaves behind meets both alike.
      for (const step of round % 2 === 0 ? pair : [...pair].reverse()) await step();
    }
    await expect.poll(() => mail.mails.length, { timeout: 110_000 }).toBeGreaterThan(named.length / 2);
    const found = dominance(times.named, times.other);
    expect(found).toBeGreaterThan(0.4);
    expect(found).toBeLessThan(0.6);
    if (timed > 0) {
      const z = standardScore(found, times.named.length, times.other.length);
      expect(Math.abs(z)).toBeLessThan(3.3);
      console.info(
        `${times.named.length} answers for addresses that are named and ${times.other.length} for others: median ${median(times.named)} and ${median(times.other)} ms, the former the longer in ${(found * 100).toFixed(1)} % of pairs (Mann-Whitney z = ${z.toFixed(2)}; 1.96 would be a difference at 5 %)`,
      );
    }
  });

  it('is the same for a wrong code, and would be told apart if it were not', async () => {
    const mail = await mailServer();
    const running = await site(mail.port);
    const rounds = 28;
    const times: Record<'named' | 'other', number[]> = { named: [], other: [] };
    const [inside, outside] = [browser(), browser()];
    const logins = { named: await loginOf(running, inside), other: await loginOf(running, outside) };
    for (let round = 0; round < rounds; round++) {
      const emails = { named: named[round]!, other: `person${round}@strange.example` };
      const headers = { 'x-forwarded-for': `198.51.100.${round}` };
      await inside.post(codeUrl(running), { login: logins.named, email: emails.named }, { headers });
      await outside.post(codeUrl(running), { login: logins.other, email: emails.other }, { headers });
      await expect.poll(() => mail.mails.length, { timeout: 60_000, interval: 20 }).toBe(round + 1);
      const attempt = async (kind: 'named' | 'other', one: BrowserClient): Promise<void> => {
        const startedMs = performance.now();
        await one.post(codeUrl(running), { login: logins[kind], code: '000000' }, { headers });
        times[kind].push(performance.now() - startedMs);
      };
      await Promise.all([attempt('named', inside), attempt('other', outside)]);
    }
    expect(dominance(times.named, times.other)).toBeGreaterThan(0.25);
    expect(dominance(times.named, times.other)).toBeLessThan(0.75);
    expect(Math.min(...times.named, ...times.other)).toBeGreaterThanOrEqual(390);
    // The measure itself finds a difference of a few milliseconds; on a busy machine, one of as many as most differ by anyway.
    const sorted = [...times.named, ...times.other].sort((a, b) => a - b);
    const spread = (sorted[Math.floor(sorted.length * 0.9)] ?? 0) - (sorted[0] ?? 0);
    const longer = times.named.map((ms) => ms + Math.max(50, spread));
    expect(dominance(longer, times.other)).toBeGreaterThan(0.75);
  });
});
