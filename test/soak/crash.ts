// `kill -9` at random moments under load, again and again: what was acknowledged stays, what was used stays used, and it starts every time.
import { get as httpGet } from 'node:http';
import { BrowserClient } from '../fixtures/browser-client.ts';
import type { TestPerson } from '../fixtures/oidc-provider.ts';
import { createRandom } from './seeded-random.ts';
import { type SoakSite, startSoakSite } from './soak-site.ts';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface CrashResult {
  readonly kills: number;
  readonly logins: number;
  readonly ends: number;
  /** Callbacks that were sent once more, with the browser's own cookies. */
  readonly replays: number;
  readonly medianStartMs: number;
  readonly slowestStartMs: number;
  readonly violations: readonly string[];
}

/** A way back from the provider, as the browser had it. */
interface Callback {
  readonly path: string;
  readonly cookie: string;
  /** How often it made a login. */
  worked: number;
}

interface Login {
  readonly who: string;
  readonly cookie: string;
  state: 'in' | 'ending' | 'out';
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** How many of those before are looked at after each start, beside the latest. */
const latest = 12;
/** For a first login: where none comes, the kill comes all the same. */
const longestWaitMs = 20_000;

class Crashes {
  readonly #site: SoakSite;
  readonly #random: () => number;
  readonly violations: string[] = [];
  readonly logins: Login[] = [];
  #callbacks: Callback[] = [];
  #people = 0;
  ends = 0;
  replays = 0;

  constructor(site: SoakSite, random: () => number) {
    this.#site = site;
    this.#random = random;
  }

  #ask(
    host: string,
    path: string,
    cookie: string,
  ): Promise<{
    readonly status: number;
    readonly setCookies: readonly string[];
    readonly body: string;
  } | null> {
    const headers = {
      host: `${host}:${this.#site.port}`,
      cookie,
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    return new Promise((resolve) => {
      const request = httpGet(
        { host: '127.0.0.1', port: this.#site.port, path, headers, agent: false, timeout: 15_000 },
        (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString())).on('error', () => resolve(null));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              setCookies: response.headers['set-cookie'] ?? [],
              body,
            }),
          );
        },
      );
      request.on('timeout', () => request.destroy()).on('error', () => resolve(null));
    });
  }

  async logIn(): Promise<void> {
    const who = `p${this.#people++}`;
    const browser = new BrowserClient();
    const isCallback = (url: string): boolean => url.includes('/.bouncer/callback/');
    try {
      const atProvider = await browser.get(this.#site.at('wiki.localhost', '/page'));
      const back = await browser.post(atProvider.url, { person: who, method: 'pwd' }, { stopAt: isCallback });
      const url = new URL(String(back.headers['location']));
      const callback = {
        path: url.pathname + url.search,
        cookie: browser.cookieFor(url.href) ?? '',
        worked: 0,
      };
      this.#callbacks.push(callback);
      const page = await browser.get(url.href);
      const cookie = browser.cookieFor(this.#site.at('wiki.localhost'));
      if (page.status !== 200 || cookie === undefined) return;
      callback.worked += 1;
      this.logins.push({ who, cookie, state: 'in' });
    } catch {
      // It was killed meanwhile: nothing was acknowledged.
    } finally {
      await browser.close();
    }
  }

  async end(): Promise<void> {
    const those = this.logins.filter(({ state }) => state === 'in');
    const login = those[Math.floor(this.#random() * those.length)];
    if (login === undefined || those.length < 3) return;
    login.state = 'ending';
    const browser = new BrowserClient();
    const [name = '', value = ''] = login.cookie.split('=');
    browser.setCookie('wiki.localhost', name, value);
    try {
      const answer = await browser.post(
        this.#site.at('wiki.localhost', '/.bouncer/logout'),
        {},
        { stopAt: () => true },
      );
      if (![200, 302, 303].includes(answer.status) || answer.body.includes('could not be written')) return;
      login.state = 'out';
      this.ends += 1;
    } catch {
      // Not acknowledged.
    } finally {
      await browser.close();
    }
  }

  /** Until one more is acknowledged, within limits: a busy machine takes long, and a kill before it would try little. */
  async nextLogin(): Promise<void> {
    const before = this.logins.length;
    const untilMs = performance.now() + longestWaitMs;
    while (this.logins.length === before && performance.now() < untilMs) await sleep(20);
  }

  async keys(): Promise<readonly string[]> {
    const answer = await this.#ask('auth.localhost', '/.bouncer/certs', '');
    const { keys } = JSON.parse(answer?.body ?? '{"keys":[]}') as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  }

  /** After a start. */
  async check(keysBefore: readonly string[]): Promise<void> {
    const keys = await this.keys();
    for (const kid of keysBefore)
      if (!keys.includes(kid)) this.violations.push(`the signing key ${kid} is lost`);
    const known = [...this.logins.slice(-latest), ...this.#some(this.logins)];
    for (const { who, cookie, state } of known) {
      if (state === 'ending') continue;
      const status = (await this.#ask('wiki.localhost', '/page', cookie))?.status ?? 0;
      if (state === 'in' && status !== 200)
        this.violations.push(`the login of ${who} was acknowledged and is lost: ${status}`);
      if (state === 'out' && status === 200) this.violations.push(`${who} was logged out and is in again`);
    }
    for (const callback of this.#callbacks.slice(-latest)) await this.#replay(callback);
    this.#callbacks = [];
  }

  async #replay(callback: Callback): Promise<void> {
    for (let again = 0; again < 2; again++) {
      const answer = await this.#ask('auth.localhost', callback.path, callback.cookie);
      this.replays += 1;
      const madeLogin =
        answer?.setCookies.some((text) => /^(?:__Host-)?bouncer_session=[^;]/.test(text)) === true;
      if (madeLogin) callback.worked += 1;
    }
    if (callback.worked > 1) this.violations.push(`a code worked ${callback.worked} times`);
  }

  #some(logins: readonly Login[]): readonly Login[] {
    return Array.from({ length: 4 }, () => logins[Math.floor(this.#random() * logins.length)]).filter(
      (login) => login !== undefined,
    );
  }
}

function peopleFor(kills: number): readonly TestPerson[] {
  return Array.from({ length: 200 + kills * 60 }, (_, number) => ({
    id: `p${number}`,
    claims: { email: `p${number}@example.com`, email_verified: true, name: `p${number}`, groups: [] },
  }));
}

/** @returns what happened; `violations` must be empty */
export async function runCrashes({ kills, seed, say }: CrashOptions): Promise<CrashResult> {
  const site = await startSoakSite(peopleFor(kills));
  const random = createRandom(seed);
  const crashes = new Crashes(site, random);
  try {
    for (let turn = 0; turn < kills; turn++) {
      const keys = await crashes.keys();
      let isRunning = true;
      const repeat = async (work: () => Promise<void>): Promise<void> => {
        while (isRunning) await work();
      };
      const pause = async (): Promise<void> => {
        await crashes.end();
        await sleep(30);
      };
      const visitors = [repeat(() => crashes.logIn()), repeat(() => crashes.logIn()), repeat(pause)];
      await crashes.nextLogin();
      await sleep(random() * 900);
      isRunning = false;
      await site.kill();
      await Promise.all(visitors);
      await site.start();
      await crashes.check(keys);
      if (turn % 25 === 24)
        say(
          `${turn + 1} times, ${crashes.logins.length} logins, ${crashes.violations.length} promises broken`,
        );
    }
    const starts = [...site.starts].sort((a, b) => a - b);
    return {
      ...{ kills, logins: crashes.logins.length, ends: crashes.ends, replays: crashes.replays },
      medianStartMs: Math.round(starts[Math.floor(starts.length / 2)] ?? 0),
      slowestStartMs: Math.round(starts.at(-1) ?? 0),
      violations: crashes.violations,
    };
  } finally {
    await site.close();
  }
}
