// What people do while things break, and the ledger of what was promised to them: who is in, who is out since when.
import { get } from 'node:http';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { addressOf } from '../fixtures/postgres.ts';
import type { ChaosNode, ChaosSite } from './chaos-site.ts';

/** One cookie for the wiki and what is known of it. Times by the steady clock. */
interface Entry {
  readonly cookie: string;
  readonly browser: BrowserClient;
  readonly email: string;
  /** A key was used: another step-up would not ask for one. */
  readonly hasKey: boolean;
  /** When somebody began to end it: from here on nobody knows, until it is acknowledged. */
  endStartedMs: number | null;
  /** When its end was acknowledged; `null` when it was not, or is not known. */
  endedMs: number | null;
}

export interface ChaosCounts {
  readonly requests: number;
  readonly logins: number;
  readonly ends: number;
  readonly stepUps: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** The longest time after an acknowledged end at which a request was sent that was still let in, milliseconds. */
  readonly latestEntryMs: number;
  readonly violations: readonly string[];
}

/** A revocation counts after this time. */
const withinMs = 1_000;
/** How long a node, or all of them, may need after a disturbance until nothing of it is felt. */
const settleMs = 5_000;
const timeoutMs = 20_000;
/** How long it is looked whether somebody who was ended stays out. */
const lookedAtForMs = 20_000;
/** Nobody is ended while no more than so many are in. */
const fewestIn = 6;

function isAlive({ endStartedMs }: Entry): boolean {
  return endStartedMs === null;
}

export class People {
  readonly #site: ChaosSite;
  readonly #random: () => number;
  readonly #entries: Entry[] = [];
  readonly #violations: string[] = [];
  readonly #byStatus = new Map<string, number>();
  readonly #browsers = new Set<BrowserClient>();
  #store: Store | null = null;
  #people = 0;
  #requests = 0;
  #logins = 0;
  #ends = 0;
  #stepUps = 0;
  #latestEntryMs = 0;

  constructor(site: ChaosSite, random: () => number) {
    this.#site = site;
    this.#random = random;
  }

  get counts(): ChaosCounts {
    return {
      requests: this.#requests,
      logins: this.#logins,
      ends: this.#ends,
      stepUps: this.#stepUps,
      byStatus: Object.fromEntries([...this.#byStatus].sort()),
      latestEntryMs: Math.round(this.#latestEntryMs),
      violations: this.#violations,
    };
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  #blame(text: string): void {
    this.#violations.push(text);
  }

  /** Nobody was disturbed meanwhile, so that everything must have worked. */
  #isCalm(sinceMs: number): boolean {
    const nowMs = performance.now();
    const { database, nodes } = this.#site;
    return (
      !database.touch(sinceMs, nowMs, settleMs) &&
      nodes.every(({ disturbances }) => !disturbances.touch(sinceMs, nowMs, settleMs))
    );
  }

  /** Every request of this browser goes to any node that is up. */
  #openBrowser(): BrowserClient {
    const { port, nodes } = this.#site;
    const browser = new BrowserClient((url) => {
      const node = this.#pick(nodes.filter(({ disturbances }) => !disturbances.isNow)) ?? nodes[0];
      return url.replace(`:${port}/`, `:${node?.port}/`);
    });
    this.#browsers.add(browser);
    return browser;
  }

  async logIn(): Promise<void> {
    const startedMs = performance.now();
    const browser = this.#openBrowser();
    const id = `p${this.#people++}`;
    const wiki = this.#site.at('wiki.localhost', '/page');
    try {
      const response = await logInAtProvider(browser, await browser.get(wiki), id, 'pwd');
      const cookie = browser.cookieFor(wiki);
      if (response.status !== 200 || cookie === undefined) throw new Error(`status ${response.status}`);
      this.#logins += 1;
      this.#entries.push({
        cookie,
        browser,
        email: `${id}@example.com`,
        hasKey: false,
        endStartedMs: null,
        endedMs: null,
      });
    } catch (error) {
      await browser.close();
      this.#browsers.delete(browser);
      if (this.#isCalm(startedMs))
        this.#blame(`a login failed without a cause: ${String(error).slice(0, 200)}`);
    }
  }

  #alive(isWanted: (entry: Entry) => boolean = () => true): Entry | undefined {
    return this.#pick(this.#entries.filter((entry) => isAlive(entry) && isWanted(entry)));
  }

  /** By the person, at any node, or by an operator; only while so many are in that it can be seen whether they stay. */
  async end(): Promise<void> {
    const entry = this.#alive();
    if (entry === undefined || this.#entries.filter(isAlive).length <= fewestIn) return;
    const startedMs = performance.now();
    entry.endStartedMs = startedMs;
    try {
      if (this.#random() < 0.5) await this.#logOut(entry);
      else await this.#revoke(entry);
      entry.endedMs = performance.now();
      this.#ends += 1;
    } catch (error) {
      if (this.#isCalm(startedMs))
        this.#blame(`an end failed without a cause: ${String(error).slice(0, 200)}`);
    }
  }

  async #logOut({ browser }: Entry): Promise<void> {
    const url = this.#site.at('wiki.localhost', '/.bouncer/logout');
    const response = await browser.post(url, {}, { stopAt: () => true });
    if (response.status !== 200 && response.status !== 302 && response.status !== 303)
      throw new Error(`status ${response.status}`);
  }

  async #revoke({ email }: Entry): Promise<void> {
    const { databaseUrl, masterKey } = this.#site;
    this.#store ??= await openStore({
      dataDir: '',
      postgres: { address: addressOf(databaseUrl), listenAddress: null, caFile: null },
      masterKeys: [masterKey],
    });
    try {
      await this.#store.sessions.endLogins({ by: 'email', email });
    } catch (error) {
      await this.#store.close();
      this.#store = null;
      throw error;
    }
  }

  /** More for the same login: none of its old tokens is good any more. */
  async stepUp(): Promise<void> {
    const entry = this.#alive(({ hasKey }) => !hasKey);
    if (entry === undefined) return;
    const startedMs = performance.now();
    entry.endStartedMs = startedMs;
    const { browser, email } = entry;
    const vault = this.#site.at('wiki.localhost', '/vault');
    try {
      const asked = await browser.get(vault);
      const response = await logInAtProvider(browser, asked, email.replace('@example.com', ''), 'hwk');
      const cookie = browser.cookieFor(vault);
      if (response.status !== 200 || cookie === undefined || cookie === entry.cookie)
        throw new Error(`status ${response.status}`);
      entry.endedMs = performance.now();
      this.#stepUps += 1;
      this.#entries.push({ cookie, browser, email, hasKey: true, endStartedMs: null, endedMs: null });
    } catch (error) {
      if (this.#isCalm(startedMs))
        this.#blame(`a step-up failed without a cause: ${String(error).slice(0, 200)}`);
    }
  }

  /** One look at the wiki with any cookie that still means something. */
  async look(): Promise<void> {
    const nowMs = performance.now();
    const ended = this.#entries.filter(({ endedMs }) => endedMs !== null && nowMs - endedMs < lookedAtForMs);
    // As often at somebody who must get in as at somebody who must not, however many there are of each.
    const entry = this.#random() < 0.5 ? this.#alive() : this.#pick(ended);
    const node = this.#pick(this.#site.nodes);
    if (entry === undefined || node === undefined) return;
    this.#requests += 1;
    const sentMs = performance.now();
    const status = await this.#ask(node, entry.cookie);
    const word = String(status ?? 'no answer');
    this.#byStatus.set(word, (this.#byStatus.get(word) ?? 0) + 1);
    this.#judge(entry, node, sentMs, status);
  }

  #ask(node: ChaosNode, cookie: string): Promise<number | null> {
    const headers = {
      host: `wiki.localhost:${this.#site.port}`,
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      cookie,
    };
    return new Promise((resolve) => {
      const request = get(
        { host: '127.0.0.1', port: node.port, path: '/page', headers, agent: false, timeout: timeoutMs },
        (response) => {
          response.resume();
          response.on('error', () => {});
          resolve(response.statusCode ?? null);
        },
      );
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(null));
    });
  }

  #judge(entry: Entry, node: ChaosNode, sentMs: number, status: number | null): void {
    const nowMs = performance.now();
    const { database } = this.#site;
    const isNodeDisturbed = node.disturbances.touch(sentMs, nowMs, settleMs);
    const isDatabaseDisturbed = database.touch(sentMs, nowMs, settleMs);
    const { endStartedMs, endedMs } = entry;
    if (status === 200) {
      if (endedMs === null || sentMs <= endedMs) return;
      // While a node cannot ask, it serves from memory by design.
      const couldKnow = !database.touch(endedMs, sentMs, withinMs);
      if (couldKnow) this.#latestEntryMs = Math.max(this.#latestEntryMs, sentMs - endedMs);
      if (couldKnow && sentMs - endedMs > withinMs)
        this.#blame(
          `${node.name} let somebody in ${Math.round(sentMs - endedMs)} ms after the acknowledged end`,
        );
    } else if (status === null) {
      if (!isNodeDisturbed) this.#blame(`${node.name} did not answer`);
    } else if (status >= 500) {
      if (!isNodeDisturbed && !isDatabaseDisturbed) this.#blame(`${node.name} answered ${status}`);
    } else if (endStartedMs === null || endStartedMs > nowMs) {
      this.#blame(`${node.name} answered ${status} to somebody who is logged in`);
    }
  }

  /** Everybody whose login was acknowledged and not ended is still in, on every node. */
  async lookAtAll(): Promise<void> {
    for (const entry of this.#entries.filter(isAlive)) {
      for (const node of this.#site.nodes) {
        const status = await this.#ask(node, entry.cookie);
        if (status !== 200)
          this.#blame(`at the end, ${node.name} answered ${status} to somebody who is logged in`);
      }
    }
  }

  async close(): Promise<void> {
    for (const browser of this.#browsers) await browser.close();
    await this.#store?.close();
  }
}
