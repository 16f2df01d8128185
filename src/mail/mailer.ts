// The queue of mail: in memory, bounded, with another try for what the server puts off. Nobody waits for it. Mail that is not wanted
// any more when its turn comes, or when the process ends, is lost, and whoever posted it is told.
import type { SmtpSettings } from '../settings/settings.ts';
import { type Delivery, type DeliveryFailure, deliver } from './deliver.ts';
import type { RenderedLetter } from './letter.ts';

/** What became of a mail. */
export type MailEnd =
  | { readonly kind: 'accepted'; readonly attempts: number }
  | ({ readonly kind: 'refused' | 'given-up'; readonly attempts: number } & DeliveryFailure);

export interface Mailer {
  /**
   * Queues a mail. It does nothing before the caller is done.
   *
   * @param untilMs after this it is worth nothing any more
   * @param onEnd called once, later
   * @returns false when the queue is full, and the mail is not in it
   */
  post(letter: RenderedLetter, untilMs: number, onEnd: (end: MailEnd) => void): boolean;
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
const mostAtOnce = 4;
/** Between the attempts; the last goes on. Greylisting wants one to five minutes. Milliseconds. */
const waitsMs = [2_000, 10_000, 30_000, 60_000] as const;
/** How long a look at the server holds, milliseconds. */
const probeAgeMs = 10_000;

interface Item {
  readonly letter: RenderedLetter;
  readonly untilMs: number;
  readonly onEnd: (end: MailEnd) => void;
  attempts: number;
  last: DeliveryFailure | null;
}

/** @returns the queue; nothing is loaded or opened before the first mail */
export function createMailer({ smtp, now, onReachable }: MailerParts): Mailer {
  const ready: Item[] = [];
  const waiting = new Map<Item, NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  const abort = new AbortController();
  let isDelayed = false;
  let isTroubled = false;
  let probedAtMs = Number.NEGATIVE_INFINITY;

  const note = (delivery: Delivery): void => {
    const failure = delivery.kind !== 'accepted' && delivery.isOurTrouble ? delivery : null;
    if (isTroubled === (failure !== null)) return;
    isTroubled = failure !== null;
    onReachable(failure);
  };

  const attempt = async (letter: RenderedLetter | null): Promise<Delivery> => {
    const settings = smtp();
    const delivery: Delivery =
      settings === null
        ? { kind: 'refused', isOurTrouble: false, cause: 'the settings have no `smtp` any more', hint: null }
        : await deliver(settings, letter, abort.signal);
    if (!abort.signal.aborted) note(delivery);
    return delivery;
  };

  const giveUp = (item: Item, cause: string): void =>
    item.onEnd({
      kind: 'given-up',
      attempts: item.attempts,
      cause: item.last === null ? cause : `${cause}: ${item.last.cause}`,
      hint: item.last?.hint ?? null,
    });

  const work = async (item: Item): Promise<void> => {
    item.attempts += 1;
    const delivery = await attempt(item.letter);
    const { attempts } = item;
    if (delivery.kind === 'accepted') return item.onEnd({ kind: 'accepted', attempts });
    const { cause, hint } = delivery;
    if (delivery.kind === 'refused') return item.onEnd({ kind: 'refused', attempts, cause, hint });
    item.last = { cause, hint };
    if (abort.signal.aborted) return giveUp(item, 'bouncer is stopping');
    const waitMs = waitsMs[Math.min(attempts, waitsMs.length) - 1] ?? 0;
    if (now() + waitMs >= item.untilMs) return giveUp(item, 'the mail server put it off for too long');
    const timer = setTimeout(() => {
      waiting.delete(item);
      ready.push(item);
      pump();
    }, waitMs);
    waiting.set(item, timer.unref());
  };

  const run = (job: Promise<void>): void => {
    const running: Promise<void> = job.finally(() => {
      underWay.delete(running);
      pump();
    });
    underWay.add(running);
  };

  const pump = (): void => {
    while (underWay.size < mostAtOnce && !abort.signal.aborted) {
      const item = ready.shift();
      if (item === undefined) return;
      if (now() >= item.untilMs) giveUp(item, 'too many mails were before it');
      else run(work(item));
    }
  };

  return {
    post: (letter, untilMs, onEnd) => {
      if (abort.signal.aborted || ready.length + waiting.size >= mostQueued) return false;
      ready.push({ letter, untilMs, onEnd, attempts: 0, last: null });
      setImmediate(pump);
      return true;
    },
    probe: () => {
      if (abort.signal.aborted || Math.abs(now() - probedAtMs) < probeAgeMs) return;
      probedAtMs = now();
      setImmediate(() => {
        const probing: Promise<void> = attempt(null)
          .then((delivery) => {
            isDelayed = delivery.kind !== 'accepted';
          })
          .finally(() => underWay.delete(probing));
        underWay.add(probing);
      });
    },
    isDelayed: () => isDelayed,
    isUnreachable: () => isTroubled,
    close: async () => {
      abort.abort();
      for (const item of ready.splice(0)) giveUp(item, 'bouncer is stopping');
      for (const [item, timer] of waiting) {
        clearTimeout(timer);
        giveUp(item, 'bouncer is stopping');
      }
      waiting.clear();
      await Promise.all(underWay);
    },
  };
}
