// The queue of mail: in memory, bounded, with another try for what the server puts off. Nobody waits for it. Mail that is not wanted
// any more when its turn comes, or when the process ends, is lost, and whoever posted it is told. Each lane has its turn: who asks for
// much mail waits longer, and gives way where the queue is full. Strangers wait for everybody else.
import type { SmtpSettings } from '../settings/settings.ts';
import { type Delivery, type DeliveryFailure, deliver } from './deliver.ts';
import type { RenderedLetter } from './letter.ts';

/** What became of a mail. */
export type MailEnd =
  | { readonly kind: 'accepted'; readonly attempts: number }
  /** `crowded-out`: the queue was full, and its lane had most of it. */
  | ({
      readonly kind: 'refused' | 'given-up' | 'crowded-out';
      readonly attempts: number;
    } & DeliveryFailure);

export interface Posting {
  /** After this it is worth nothing any more, milliseconds since the epoch. */
  readonly untilMs: number;
  /** On whose behalf: mails of one lane stand behind one another, and not before those of others. */
  readonly lane: string;
  /** Whether anybody at all could have asked for it: such mails wait for the others, and cannot take all of the queue. */
  readonly isForStranger: boolean;
}

export interface Mailer {
  /**
   * Queues a mail. It does nothing before the caller is done.
   *
   * @param onEnd called once, later
   * @returns false when the queue is full, and the mail is not in it
   */
  post(letter: RenderedLetter, posting: Posting, onEnd: (end: MailEnd) => void): boolean;
  /** Looks later whether the server answers, unless that is known from a moment ago. */
  probe(): void;
  /** What the last look found. Never what became of any mail: that would tell whom there was mail for. */
  isDelayed(): boolean;
  /** Whether the last attempt found no server that takes mail of ours. For operators. */
  isUnreachable(): boolean;
  /** Ends what is under way within moments. */
  close(): Promise<void>;
}

export interface MailerParts {
  /** The settings as they are now. */
  readonly smtp: () => SmtpSettings | null;
  /** Milliseconds. */
  readonly now: () => number;
  /** Told when mail stops (why) or starts (`null`) to get through. */
  readonly onReachable: (failure: DeliveryFailure | null) => void;
}

const mostQueued = 500;
/** Of those, mails that strangers asked for: with many addresses of their own they are many lanes. */
const mostForStrangers = 400;
const mostAtOnce = 4;
/** Between the attempts; the last goes on. Greylisting wants one to five minutes. Milliseconds. */
const waitsMs = [2_000, 10_000, 30_000, 60_000] as const;
/** How long a look at the server holds, milliseconds. */
const probeAgeMs = 10_000;

const stopping = 'bouncer is stopping';

interface Item extends Posting {
  readonly letter: RenderedLetter;
  readonly onEnd: (end: MailEnd) => void;
  attempts: number;
  last: DeliveryFailure | null;
}

class MailQueue implements Mailer {
  readonly #parts: MailerParts;
  readonly #ready: Item[] = [];
  readonly #waiting = new Map<Item, NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  /** When lanes had their last turn, counted in turns; of the last ones. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #isDelayed = false;
  #isTroubled = false;
  #probedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: MailerParts) {
    this.#parts = parts;
  }

  post(letter: RenderedLetter, posting: Posting, onEnd: (end: MailEnd) => void): boolean {
    if (this.#isClosed) return false;
    if (!this.#hasRoom(posting) && !this.#makeRoom(posting)) return false;
    this.#ready.push({ ...posting, letter, onEnd, attempts: 0, last: null });
    setImmediate(() => this.#pump());
    return true;
  }

  probe(): void {
    const nowMs = this.#parts.now();
    if (this.#isClosed || Math.abs(nowMs - this.#probedAtMs) < probeAgeMs) return;
    this.#probedAtMs = nowMs;
    setImmediate(() => {
      const probing: Promise<void> = this.#attempt(null)
        .then((delivery) => {
          this.#isDelayed = delivery.kind !== 'accepted';
        })
        .finally(() => this.#underWay.delete(probing));
      this.#underWay.add(probing);
    });
  }

  isDelayed(): boolean {
    return this.#isDelayed;
  }

  isUnreachable(): boolean {
    return this.#isTroubled;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    for (const item of this.#ready.splice(0)) giveUp(item, stopping);
    for (const [item, timer] of this.#waiting) {
      clearTimeout(timer);
      giveUp(item, stopping);
    }
    this.#waiting.clear();
    await Promise.all(this.#underWay);
  }

  get #isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  get #queued(): readonly Item[] {
    return [...this.#waiting.keys(), ...this.#ready];
  }

  #hasRoom({ isForStranger }: Posting): boolean {
    const all = this.#queued;
    if (all.length >= mostQueued) return false;
    return !isForStranger || all.filter((item) => item.isForStranger).length < mostForStrangers;
  }

  /** Takes the newest mail of the longest lane out, if that is longer than this one would be. No stranger's takes that of another. */
  #makeRoom({ lane, isForStranger }: Posting): boolean {
    const all = this.#queued.filter((item) => item.isForStranger || !isForStranger);
    const lengths = new Map<string, number>();
    for (const item of all) lengths.set(item.lane, (lengths.get(item.lane) ?? 0) + 1);
    const most = Math.max(...lengths.values());
    if (most <= (lengths.get(lane) ?? 0) + 1) return false;
    const newest = all.findLast((item) => lengths.get(item.lane) === most);
    if (newest === undefined) return false;
    clearTimeout(this.#waiting.get(newest));
    this.#waiting.delete(newest);
    const index = this.#ready.indexOf(newest);
    if (index !== -1) this.#ready.splice(index, 1);
    const { attempts, onEnd } = newest;
    const cause = 'too much mail is waiting, and most of it was asked for from one place';
    onEnd({ kind: 'crowded-out', attempts, cause, hint: null });
    return true;
  }

  /** The oldest mail of the lane whose last turn is longest ago; a stranger's where there is no other. */
  #next(): Item | undefined {
    const isForStranger = this.#ready.every((item) => item.isForStranger);
    let [found, foundTurn] = [0, Number.POSITIVE_INFINITY];
    for (const [index, item] of this.#ready.entries()) {
      if (item.isForStranger !== isForStranger) continue;
      const turn = this.#turns.get(item.lane) ?? 0;
      if (turn < foundTurn) [found, foundTurn] = [index, turn];
    }
    const [item] = this.#ready.splice(found, 1);
    if (item === undefined) return undefined;
    this.#turns.delete(item.lane);
    this.#turns.set(item.lane, ++this.#turn);
    const [oldest] = this.#turns.keys();
    if (oldest !== undefined && this.#turns.size > mostQueued) this.#turns.delete(oldest);
    return item;
  }

  #pump(): void {
    while (this.#underWay.size < mostAtOnce && !this.#isClosed) {
      const item = this.#next();
      if (item === undefined) return;
      if (this.#parts.now() >= item.untilMs) giveUp(item, 'too many mails were before it');
      else this.#run(this.#work(item));
    }
  }

  #run(job: Promise<void>): void {
    const running: Promise<void> = job.finally(() => {
      this.#underWay.delete(running);
      this.#pump();
    });
    this.#underWay.add(running);
  }

  async #work(item: Item): Promise<void> {
    item.attempts += 1;
    const delivery = await this.#attempt(item.letter);
    const { attempts } = item;
    if (delivery.kind === 'accepted') return item.onEnd({ kind: 'accepted', attempts });
    const { cause, hint } = delivery;
    if (delivery.kind === 'refused') return item.onEnd({ kind: 'refused', attempts, cause, hint });
    item.last = { cause, hint };
    if (this.#isClosed) return giveUp(item, stopping);
    const waitMs = waitsMs[Math.min(attempts, waitsMs.length) - 1] ?? 0;
    if (this.#parts.now() + waitMs >= item.untilMs)
      return giveUp(item, 'the mail server put it off for too long');
    const timer = setTimeout(() => {
      this.#waiting.delete(item);
      this.#ready.push(item);
      this.#pump();
    }, waitMs);
    this.#waiting.set(item, timer.unref());
  }

  /** @param letter `null`: only looks whether the server would take one */
  async #attempt(letter: RenderedLetter | null): Promise<Delivery> {
    const settings = this.#parts.smtp();
    const delivery: Delivery =
      settings === null
        ? { kind: 'refused', isOurTrouble: false, cause: 'the settings have no `smtp` any more', hint: null }
        : await deliver(settings, letter, this.#abort.signal);
    if (!this.#isClosed) this.#note(delivery);
    return delivery;
  }

  #note(delivery: Delivery): void {
    const failure = delivery.kind !== 'accepted' && delivery.isOurTrouble ? delivery : null;
    if (this.#isTroubled === (failure !== null)) return;
    this.#isTroubled = failure !== null;
    this.#parts.onReachable(failure);
  }
}

function giveUp({ onEnd, attempts, last }: Item, why: string): void {
  const cause = last === null ? why : `${why}: ${last.cause}`;
  onEnd({ kind: 'given-up', attempts, cause, hint: last?.hint ?? null });
}

/** @returns the queue; nothing is loaded or opened before the first mail */
export function createMailer(parts: MailerParts): Mailer {
  return new MailQueue(parts);
}
