// Everybody who comes during the soak: people who log in, look, take their time, leave; streams; transfers; strangers; attackers.
import { createHash } from 'node:crypto';
import { Agent, type ClientRequest, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { exchangeRaw, wireBytes } from '../attacks/raw-exchange.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { attacks } from './attacks.ts';
import { type Answer, collect } from './collect-answer.ts';
import { type Entry, type Ledger, withinMs } from './ledger.ts';
import { downloadHash } from './soak-application.ts';
import type { SoakSite } from './soak-site.ts';

interface Stream {
  readonly entry: Entry;
  readonly kind: string;
  close(): void;
}

const answerMs = 15_000;
const uploadBytes = 256 * 1024;
const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

export class Visitors {
  readonly #site: SoakSite;
  readonly #ledger: Ledger;
  readonly #random: () => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #streams = new Set<Stream>();
  /** The end of a login was acknowledged; its streams are looked at in a second. */
  readonly #checks = new Set<NodeJS.Timeout>();
  #people = 0;
  #attack = 0;

  constructor(site: SoakSite, ledger: Ledger, random: () => number) {
    this.#site = site;
    this.#ledger = ledger;
    this.#random = random;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get #host(): string {
    return `wiki.localhost:${this.#site.port}`;
  }

  #send(
    path: string,
    cookie: string | null,
    body: Buffer | null = null,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer | null> {
    return new Promise((resolve) => {
      const headers = { host: this.#host, ...page, ...more, ...(cookie === null ? {} : { cookie }) };
      const method = body === null ? 'GET' : 'POST';
      const to = { host: '127.0.0.1', port: this.#site.port, path, method, headers, agent: this.#agent };
      const request: ClientRequest = httpRequest({ ...to, timeout: answerMs }, (response) =>
        collect(response, resolve),
      );
      request.on('timeout', () => request.destroy()).on('error', () => resolve(null));
      request.end(body ?? undefined);
    });
  }

  /** @param who a person of the provider; by default the next that nobody was yet */
  async logIn(who: string = `p${this.#people++}`): Promise<Entry | null> {
    const startedMs = performance.now();
    const browser = new BrowserClient();
    const url = this.#site.at('wiki.localhost', '/page');
    try {
      const answer = await logInAtProvider(browser, await browser.get(url), who, 'pwd');
      const cookie = browser.cookieFor(url);
      if (who === 'mallory') {
        if (answer.status !== 403) this.#failed(startedMs, 'mallory', answer.status);
        return null;
      }
      if (answer.status !== 200 || cookie === undefined) throw new Error(`status ${answer.status}`);
      return this.#remember(cookie, `${who}@example.com`, 'logins');
    } catch (error) {
      this.#ledger.fail(startedMs, `a login: ${String(error).slice(0, 120)}`);
      return null;
    } finally {
      await browser.close();
    }
  }

  #failed(startedMs: number, what: string, status: number): void {
    if (status === 200) this.#ledger.misjudge(`${what} got in`);
    else this.#ledger.fail(startedMs, `${what} got ${status}`);
  }

  #remember(cookie: string, email: string, what: 'logins' | 'stepUps'): Entry {
    this.#ledger.count(what);
    const [hasKey, isOfAnotherTime] = [what === 'stepUps', this.#isClockMoved];
    const entry = { cookie, email, hasKey, endStartedMs: null, endedMs: null, isOfAnotherTime };
    this.#ledger.add(entry);
    return entry;
  }

  #isClockMoved = false;

  /**
   * Logins that are made now, and those that anybody uses, streams included, may be of another time. With the clock right again it is
   * seen who is still in: from then on they are to stay.
   */
  async clockMoved(state: 'moved' | 'right'): Promise<void> {
    this.#isClockMoved = state === 'moved';
    if (state === 'moved') {
      for (const entry of this.#ledger.entries) if (entry.endStartedMs === null) entry.isOfAnotherTime = true;
      return;
    }
    for (const entry of [...this.#ledger.entries])
      if (entry.endStartedMs === null && entry.isOfAnotherTime) await this.#settle(entry);
  }

  async #settle(entry: Entry): Promise<void> {
    const sentMs = performance.now();
    const answer = await this.#send('/page', entry.cookie);
    this.#ledger.judge(entry, sentMs, answer);
    if (answer?.status === 200 && entry.endStartedMs === null) entry.isOfAnotherTime = false;
  }

  async look(): Promise<void> {
    const { entries } = this.#ledger;
    const entry =
      this.#random() < 0.9
        ? this.#ledger.alive(this.#random)
        : entries[Math.floor(this.#random() * entries.length)];
    if (entry === undefined || (entry.endStartedMs !== null && entry.endedMs === null)) return;
    const sentMs = performance.now();
    this.#ledger.judge(entry, sentMs, await this.#send('/page', entry.cookie));
  }

  /** Nobody in particular, at a page and at one that is for admins. */
  async stranger(): Promise<void> {
    const sentMs = performance.now();
    const anonymous = await this.#send('/page', null);
    if (anonymous === null || anonymous.status !== 302)
      this.#failed(sentMs, 'nobody', anonymous?.status ?? 0);
    const entry = this.#ledger.alive(this.#random);
    if (entry === undefined) return;
    const denied = await this.#send('/admin', entry.cookie);
    if (denied === null || ![403, 302].includes(denied.status))
      this.#failed(sentMs, `${entry.email} at /admin`, denied?.status ?? 0);
  }

  async transfer(): Promise<void> {
    const entry = this.#ledger.alive(this.#random);
    if (entry === undefined) return;
    const startedMs = performance.now();
    const body = Buffer.alloc(uploadBytes, `upload ${Math.floor(this.#random() * 1e9)} `);
    const up = await this.#send('/upload', entry.cookie, body);
    if (up?.body !== createHash('sha256').update(body).digest('hex'))
      this.#unlessEnded(entry, startedMs, `an upload: ${up?.status ?? 'no answer'}`);
    const down = await this.#send('/download', entry.cookie);
    if (
      createHash('sha256')
        .update(down?.body ?? '')
        .digest('hex') !== downloadHash
    )
      this.#unlessEnded(entry, startedMs, `a download: ${down?.status ?? 'no answer'}`);
    this.#ledger.count('transfers');
  }

  #unlessEnded(entry: Entry, startedMs: number, what: string): void {
    if (entry.endStartedMs === null && !entry.isOfAnotherTime) this.#ledger.fail(startedMs, what);
  }

  async end(): Promise<void> {
    const entry = this.#ledger.alive(this.#random);
    if (entry === undefined) return;
    const startedMs = performance.now();
    entry.endStartedMs = startedMs;
    try {
      await (this.#random() < 0.5 ? this.#logOut(entry) : this.#revoke(entry));
    } catch (error) {
      this.#ledger.fail(startedMs, `an end: ${String(error).slice(0, 120)}`);
      return;
    }
    entry.endedMs = performance.now();
    this.#ledger.count('ends');
    const check = setTimeout(() => {
      this.#checks.delete(check);
      for (const stream of this.#streams)
        if (stream.entry === entry && this.#ledger.isCalm(startedMs))
          this.#ledger.lateStream(`a ${stream.kind} of ${entry.email}`);
    }, withinMs + 500);
    this.#checks.add(check);
  }

  async #logOut({ cookie }: Entry): Promise<void> {
    const form = { origin: this.#site.at('wiki.localhost', ''), 'sec-fetch-site': 'same-origin' };
    const answer = await this.#send('/.bouncer/logout', cookie, Buffer.from('a=b'), form);
    if (answer === null || ![200, 302, 303].includes(answer.status))
      throw new Error(`status ${answer?.status ?? 'none'}`);
    if (answer.body.includes('could not be written')) throw new Error('not written yet');
  }

  /** As an operator does, from a process of their own. */
  async #revoke({ email }: Entry): Promise<void> {
    const store = createStore(join(this.#site.folder, 'data'));
    try {
      await store.sessions.endLogins({ by: 'email', email });
    } finally {
      await store.close();
    }
  }

  async stepUp(): Promise<void> {
    const entry = this.#ledger.alive(this.#random);
    if (entry === undefined || entry.hasKey) return;
    const startedMs = performance.now();
    entry.endStartedMs = startedMs;
    const browser = new BrowserClient();
    const [name = '', value = ''] = entry.cookie.split('=');
    browser.setCookie('wiki.localhost', name, value);
    const vault = this.#site.at('wiki.localhost', '/vault');
    try {
      const asked = await browser.get(vault);
      if (asked.status === 200 && asked.url === vault)
        this.#ledger.misjudge(`${entry.email} without a key at the vault`);
      const answer = await logInAtProvider(browser, asked, entry.email.split('@')[0] ?? '', 'hwk');
      const cookie = browser.cookieFor(vault);
      if (answer.status !== 200 || cookie === undefined) throw new Error(`status ${answer.status}`);
      entry.endedMs = performance.now();
      this.#remember(cookie, entry.email, 'stepUps');
    } catch (error) {
      this.#ledger.fail(startedMs, `a step-up: ${String(error).slice(0, 120)}`);
    } finally {
      await browser.close();
    }
  }

  openWebSocket(): void {
    const entry = this.#ledger.alive(this.#random);
    if (entry === undefined) return;
    const headers = { host: this.#host, origin: this.#site.at('wiki.localhost', ''), cookie: entry.cookie };
    const socket = new WebSocket(`ws://127.0.0.1:${this.#site.port}/ws`, {
      headers,
      handshakeTimeout: answerMs,
    });
    const stream = { entry, kind: 'WebSocket', close: () => socket.terminate() };
    socket.on('open', () => {
      this.#streams.add(stream);
      this.#ledger.count('streams');
      socket.send('hello');
    });
    socket.on('error', () => {}).on('close', () => this.#streams.delete(stream));
  }

  openEventStream(): void {
    const entry = this.#ledger.alive(this.#random);
    if (entry === undefined) return;
    const headers = { host: this.#host, cookie: entry.cookie };
    const request = httpRequest({
      host: '127.0.0.1',
      port: this.#site.port,
      path: '/events',
      headers,
      agent: false,
    });
    const stream = { entry, kind: 'event stream', close: () => request.destroy() };
    request.on('response', (response) => {
      if (response.statusCode !== 200) return void response.resume();
      this.#streams.add(stream);
      this.#ledger.count('streams');
      response.resume().on('error', () => {});
    });
    request.on('error', () => {}).on('close', () => this.#streams.delete(stream));
    request.end();
  }

  /** One of the attacks, in turn; the application notes who gets through. */
  async attack(): Promise<void> {
    const entry = this.#ledger.alive(this.#random);
    const one = attacks[this.#attack++ % attacks.length];
    if (one === undefined) return;
    const sentMs = performance.now();
    const text = one(this.#host, entry?.cookie ?? 'a=b');
    const { responses } = await exchangeRaw(this.#site.port, wireBytes(text), { quietMs: 0 });
    this.#ledger.count('attacks');
    const status = responses[0]?.status ?? 0;
    if (status >= 500 && ![501, 505, 508].includes(status))
      this.#ledger.fail(sentMs, `an attack got ${status}`);
  }

  /** Every login that was acknowledged and not ended is still in, and every one that ended is out. */
  async lookAtAll(): Promise<void> {
    for (const entry of this.#ledger.entries) {
      if (entry.endStartedMs !== null && entry.endedMs === null) continue;
      this.#ledger.judge(entry, performance.now(), await this.#send('/page', entry.cookie));
    }
  }

  close(): void {
    for (const check of this.#checks) clearTimeout(check);
    for (const stream of [...this.#streams]) stream.close();
    this.#agent.destroy();
  }
}
