// What a person sees of their share, line by line: its address, who looks at what, and how it ended. The address alone goes to standard
// output.
import { logText } from '../../http/log-text.ts';
import type { Visited } from '../../tunnel/wire/control-messages.ts';
import { isColored, type Terminal } from '../terminal.ts';
import type { OwnShare, ShareWish } from './begin-share.ts';
import { renderQrCode } from './qr-code.ts';

/** `asked`: by whoever runs it. `expired`: its time is up. `ended`: the bouncer ended it. */
export type ShareOver = 'asked' | 'expired' | 'ended';

/** Somebody who is kept out is told of once in this time, milliseconds: whoever tries again and again need not fill the screen. */
const quietMs = 10_000;

/** What the answer that a visitor got in place of the site's says of it. That nothing listens is known here first, by the connector. */
const troubles: Readonly<Record<string, string>> = {
  upstream_broken: 'did not answer as a web site does: is it the right port?',
  upstream_timeout: 'did not answer in time: whoever opens the address reads so',
};

const dim = '\u001b[2m';
const bold = '\u001b[1m';
const plain = '\u001b[0m';

export class ShareScreen {
  readonly #terminal: Terminal;
  readonly #share: OwnShare;
  readonly #wish: ShareWish;
  readonly #requests = new Map<string, number>();
  #isShown = false;
  #isAway = false;
  /** What was said last of the site, until it answers. */
  #trouble: string | null = null;
  #refusals = 0;
  #refusalAtMs = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, share: OwnShare, wish: ShareWish) {
    this.#terminal = terminal;
    this.#share = share;
    this.#wish = wish;
  }

  /** People can open it. */
  onConnected(): void {
    if (this.#isAway) this.#line('back: people can open it again');
    this.#isAway = false;
    if (this.#isShown) return;
    this.#isShown = true;
    const { stdout } = this.#terminal;
    const { url, mailed } = this.#share;
    stdout.write(`${url}\n`);
    if (stdout.isTTY === true)
      stdout.write(renderQrCode(url, { isColored: isColored(stdout, this.#terminal.env) }));
    this.#say(
      `It shows what is at ${this.#site} to ${this.#wish.emails.join(', ')}, who log in, and to nobody else.`,
    );
    const told = mailed.map((one) => logText(one, 80)).join(', ');
    if (mailed.length > 0) this.#say(`A letter with the address goes to ${told}.`);
    else this.#say('Nobody is told of it by mail: send them the address.');
    this.#say(
      `It ends with Ctrl-C, when your login ends, or at ${clockOf(this.#share.expiresAtMs, Date.now())}.\n`,
    );
  }

  /** None of the connections to the bouncer stands. */
  onAway(): void {
    if (this.#isAway || !this.#isShown) return;
    this.#isAway = true;
    this.#line('the bouncer cannot be reached: nobody can open it until it can');
  }

  onSiteMissing(): void {
    this.#sayTrouble(`nothing answers at ${this.#site}: whoever opens the address reads so until it does`);
  }

  #sayTrouble(text: string): void {
    if (this.#trouble === text) return;
    this.#trouble = text;
    this.#line(text);
  }

  get #site(): string {
    return `http://localhost:${this.#wish.port}`;
  }

  onVisit({ who, method, path, status, ms, reason }: Visited): void {
    if (who === null) {
      this.#onRefusal();
      return;
    }
    if (reason === undefined) this.#trouble = null;
    const name = logText(who, 80);
    const before = this.#requests.get(name) ?? 0;
    this.#requests.set(name, before + 1);
    if (before === 0) this.#line(`${this.#paint(bold, name)} is looking`);
    this.#line(
      this.#paint(dim, `${name}  ${logText(method, 16)} ${logText(path, 120)}  ${status}  ${ms} ms`),
    );
    const trouble = reason === undefined ? undefined : troubles[reason];
    if (trouble !== undefined) this.#sayTrouble(`${this.#site} ${trouble}`);
  }

  /** Who it was is not known here: an address is not for whoever can bring somebody to open a link. */
  #onRefusal(): void {
    this.#refusals++;
    const nowMs = performance.now();
    if (nowMs - this.#refusalAtMs < quietMs) return;
    this.#refusalAtMs = nowMs;
    this.#line('somebody logged in who is not named, and was kept out');
  }

  onOver(how: ShareOver): void {
    const { login } = this.#share;
    const why = {
      asked: 'The share is over.',
      expired: 'The share is over: its time is up.',
      ended: `The share is over: ${login.authUrl} ended it. Your login there ended, you may not share any more, or somebody who runs it ended it.`,
    } as const;
    this.#say(`\n${why[how]}`);
    const looked = [...this.#requests].map(([who, count]) => `${who} (${count})`);
    this.#say(
      looked.length === 0 ? 'Nobody has looked.' : `Who has looked, with requests: ${looked.join(', ')}.`,
    );
    if (this.#refusals > 0) this.#say(`Kept out: ${this.#refusals} requests of others.`);
  }

  /** The bouncer does not know of the end. */
  onUntold(): void {
    const { login, expiresAtMs } = this.#share;
    this.#say(
      `${login.authUrl} could not be told. Nobody reaches your site any more; the address goes away by itself, at ${clockOf(expiresAtMs, Date.now())} at the latest.`,
    );
  }

  #line(text: string): void {
    this.#say(`${clock(Date.now())}  ${text}`);
  }

  #say(text: string): void {
    this.#terminal.stderr.write(`${text}\n`);
  }

  #paint(how: string, text: string): string {
    return isColored(this.#terminal.stderr, this.#terminal.env) ? `${how}${text}${plain}` : text;
  }
}

/** Of this machine's place, as its owner's clock shows it. */
function clock(atMs: number): string {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The same of a time that may be on another day, which it says then: a share may last beyond midnight. */
export function clockOf(atMs: number, nowMs: number): string {
  const day = dayOf(atMs);
  return day === dayOf(nowMs) ? clock(atMs) : `${clock(atMs)} on ${day}`;
}

function dayOf(atMs: number): string {
  const at = new Date(atMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
