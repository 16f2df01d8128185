// Mail that goes nowhere: the newest letters, kept in memory for a page that shows them while somebody tries bouncer on one machine.
import type { RenderedLetter } from './letter.ts';
import type { MailEnd, Mailer, Posting } from './mailer.ts';

export interface KeptLetter extends RenderedLetter {
  /** Counts up from 1. */
  readonly number: number;
  /** When it was posted, milliseconds since the epoch. */
  readonly atMs: number;
}

/** Takes the place of the queue: every letter arrives, at once. */
export interface Mailbox extends Mailer {
  /** Newest first. */
  letters(): readonly KeptLetter[];
}

/** How many letters are kept. */
export const mostKept = 50;
/** Of all letters together, in characters. */
const mostCharacters = 1_000_000;

/** @param now milliseconds since the epoch */
export function createMailbox(now: () => number): Mailbox {
  let kept: readonly KeptLetter[] = [];
  let count = 0;
  return {
    post(letter: RenderedLetter, _posting: Posting, onEnd: (end: MailEnd) => void): boolean {
      count += 1;
      kept = withinBounds([{ ...letter, number: count, atMs: now() }, ...kept]);
      setImmediate(() => onEnd({ kind: 'accepted', attempts: 1 }));
      return true;
    },
    letters: () => kept,
    probe() {},
    isDelayed: () => false,
    isUnreachable: () => false,
    async close() {
      kept = [];
    },
  };
}

/** The newest ones. The first is kept whatever its size. */
function withinBounds(letters: readonly KeptLetter[]): readonly KeptLetter[] {
  let characters = 0;
  const end = letters.findIndex(({ text, html }, index) => {
    characters += text.length + html.length;
    return index === mostKept || (index > 0 && characters > mostCharacters);
  });
  return end === -1 ? letters : letters.slice(0, end);
}
