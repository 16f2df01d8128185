// Makes codes and takes them back. The store holds a keyed hash of each, and how many tries and mails an address has had; of an
// address that may not log in it holds nothing.
import { randomInt } from 'node:crypto';
import type { CodeAsk, CodeMeans } from '../identity-provider.ts';
import { hashToken, isSameSecret } from '../opaque-token.ts';

/** How long a code holds, milliseconds. */
export const pinTimeMs = 600_000;
const dayMs = 86_400_000;
/** Mails a day to one address that strangers ask for, all together, and that one browser asks for which was let in with it before. */
const mailsADay = { strangers: 10, known: 20 } as const;
/** Tries a day for one address, likewise. */
const triesADay = { strangers: 20, known: 20 } as const;

/** A budget of its own for a browser that is known, so that no stranger can use it up. */
function budgetKey(kind: 'mails' | 'tries', { email, knownBrowser }: CodeAsk): string {
  const whose = knownBrowser === null ? [email] : [email, knownBrowser];
  return `code-${kind}:${hashToken(JSON.stringify([kind, ...whose]))}`;
}

function pinKey(ask: CodeAsk): string {
  return `code:${hashToken(JSON.stringify(['code', ask.askId, ask.email]))}`;
}

function macOf({ askId, email }: CodeAsk, pin: string, { sealer }: CodeMeans): string {
  return sealer.mac('code', [askId, email, pin]);
}

export type MadePin =
  | { readonly kind: 'made'; readonly pin: string; readonly expiresAtMs: number }
  /** The same ask was answered before: a form that was sent twice. */
  | { readonly kind: 'sent-before' }
  | { readonly kind: 'too-many-mails' };

/** Makes the one code of an ask. @throws BouncerError `store_unavailable` */
export async function makePin(ask: CodeAsk, means: CodeMeans, nowMs: number): Promise<MadePin> {
  const { once } = means;
  const expiresAtMs = nowMs + pinTimeMs;
  const marker = `${pinKey(ask)}:asked`;
  if (await once.has(marker, nowMs)) return { kind: 'sent-before' };
  const limit = ask.knownBrowser === null ? mailsADay.strangers : mailsADay.known;
  if (!(await once.spend(budgetKey('mails', ask), limit, nowMs + dayMs, nowMs)))
    return { kind: 'too-many-mails' };
  if (!(await once.mark(marker, expiresAtMs, nowMs))) return { kind: 'sent-before' };
  const pin = String(randomInt(1_000_000)).padStart(6, '0');
  await once.put(pinKey(ask), macOf(ask, pin, means), expiresAtMs);
  return { kind: 'made', pin, expiresAtMs };
}

/**
 * Takes a code, once. The same is done for an address that may not log in, so that no time tells them apart: its tries are counted
 * on one row for all of those.
 *
 * @param pin six digits
 * @returns `null`: it was right; else why not, for the log
 * @throws BouncerError `store_unavailable`
 */
export async function takePin(
  pin: string,
  ask: CodeAsk,
  means: CodeMeans,
  nowMs: number,
): Promise<string | null> {
  const { once } = means;
  const stored = await once.look(pinKey(ask), nowMs);
  const limit = ask.knownBrowser === null ? triesADay.strangers : triesADay.known;
  const isCounted = stored !== null;
  const hasTry = await once.spend(
    isCounted ? budgetKey('tries', ask) : 'code-tries:nobody',
    isCounted ? limit : 1_000_000_000,
    nowMs + dayMs,
    nowMs,
  );
  const isRight = isSameSecret(stored ?? '', macOf(ask, pin, means));
  if (stored === null) return 'no code is out for it: none was sent, or it was used or ran out';
  if (!hasTry) return 'the tries of the day for this address are used up';
  if (!isRight) return 'another code was sent';
  return (await once.take(pinKey(ask), nowMs)) === stored ? null : 'it was used at the same moment';
}
