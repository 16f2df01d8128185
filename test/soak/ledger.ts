// What was promised to whom: logins that were acknowledged, ends that were acknowledged, streams that hang on them. It judges every answer.
import type { SoakSite } from './soak-site.ts';

/** One login. Times by the steady clock, milliseconds. */
export interface Entry {
  readonly cookie: string;
  readonly email: string;
  /** Its login was stepped up: it opens the vault without being asked. */
  readonly hasKey: boolean;
  /** From here on nobody knows, until it is acknowledged. */
  endStartedMs: number | null;
  /** The end was acknowledged; `null` when it was not, or is not known. */
  endedMs: number | null;
  /** Made or used while the clock was moved: it may be taken for one of another time. */
  isOfAnotherTime: boolean;
}

/** An end counts after this time. */
export const withinMs = 1_000;
/** How long the consequences of a disturbance may be felt. */
const settleMs = 6_000;

export interface SoakCounts {
  readonly requests: number;
  /** Answers that a disturbance explains. */
  readonly disturbed: number;
  readonly unexplained: number;
  readonly misjudged: number;
  readonly lateStreams: number;
  readonly logins: number;
  readonly ends: number;
  readonly stepUps: number;
  readonly streams: number;
  readonly transfers: number;
  readonly attacks: number;
  /** While nothing was disturbed. */
  readonly slowestMs: number;
  /** Texts of what was wrong, the first fifty. */
  readonly problems: readonly string[];
}

const mostProblems = 50;

export class Ledger {
  readonly #site: SoakSite;
  readonly entries: Entry[] = [];
  /** Those whose end has not begun, and some whose end has. */
  readonly #alive: Entry[] = [];
  readonly #counts = {
    ...{ requests: 0, disturbed: 0, unexplained: 0, misjudged: 0, lateStreams: 0, logins: 0, ends: 0 },
    ...{ stepUps: 0, streams: 0, transfers: 0, attacks: 0, slowestMs: 0 },
  };
  readonly #problems: string[] = [];

  constructor(site: SoakSite) {
    this.#site = site;
  }

  get counts(): SoakCounts {
    const intruders = this.#site.application.intruders;
    return {
      ...this.#counts,
      slowestMs: Math.round(this.#counts.slowestMs),
      misjudged: this.#counts.misjudged + intruders.length,
      problems: [...this.#problems, ...intruders.map((text) => `reached the application: ${text}`)].slice(
        0,
        mostProblems,
      ),
    };
  }

  count(what: 'logins' | 'ends' | 'stepUps' | 'streams' | 'transfers' | 'attacks'): void {
    this.#counts[what] += 1;
  }

  isCalm(sinceMs: number): boolean {
    return !this.#site.disturbances.touch(sinceMs, performance.now(), settleMs);
  }

  /** Something failed: explained by a disturbance, or not. */
  fail(sinceMs: number, what: string): void {
    if (!this.isCalm(sinceMs)) {
      this.#counts.disturbed += 1;
      return;
    }
    this.#counts.unexplained += 1;
    this.#note(`failed without a cause: ${what}`);
  }

  misjudge(what: string): void {
    this.#counts.misjudged += 1;
    this.#note(`misjudged: ${what}`);
  }

  /** A stream of a login went on after its end. */
  lateStream(what: string): void {
    this.#counts.lateStreams += 1;
    this.#note(`outlived its login: ${what}`);
  }

  #note(text: string): void {
    if (this.#problems.length < mostProblems) this.#problems.push(text);
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.#alive.push(entry);
  }

  /** How many are logged in, as far as is known. */
  get aliveCount(): number {
    return this.#alive.reduce((count, { endStartedMs }) => count + Number(endStartedMs === null), 0);
  }

  /** Of all whose end has not begun. */
  alive(random: () => number): Entry | undefined {
    while (this.#alive.length > 0) {
      const index = Math.floor(random() * this.#alive.length);
      const entry = this.#alive[index];
      if (entry === undefined || entry.endStartedMs === null) return entry;
      this.#alive[index] = this.#alive.at(-1) ?? entry;
      this.#alive.pop();
    }
    return undefined;
  }

  /**
   * Judge the answer to a request for a page of the application.
   *
   * @param entry whose cookie it carried
   * @param answer `null`: none came
   */
  judge(
    entry: Entry,
    sentMs: number,
    answer: { readonly status: number; readonly body: string } | null,
  ): void {
    this.#counts.requests += 1;
    const tookMs = performance.now() - sentMs;
    if (this.isCalm(sentMs)) this.#counts.slowestMs = Math.max(this.#counts.slowestMs, tookMs);
    const { endStartedMs, endedMs, email } = entry;
    if (answer === null || answer.status >= 500) {
      this.fail(sentMs, `${answer?.status ?? 'no answer'} after ${Math.round(tookMs)} ms`);
    } else if (answer.status === 200) {
      if (endedMs !== null && sentMs - endedMs > withinMs)
        this.misjudge(`${email} got in ${Math.round(sentMs - endedMs)} ms after the acknowledged end`);
      else if (answer.body !== email && !(answer.body.startsWith('half') || answer.body === ''))
        this.misjudge(`${email} was taken for ${answer.body.slice(0, 60)}`);
      else if (answer.body !== email) this.fail(sentMs, `a page of ${email} broke off`);
    } else if (endStartedMs === null && !entry.isOfAnotherTime) {
      this.misjudge(`${email} is logged in and got ${answer.status}`);
    } else if (endStartedMs === null) {
      // The clock ended it: nobody knows since when, and somebody else takes its place.
      entry.endStartedMs = sentMs;
    }
  }
}
