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

function pinKey(askId: string, { email }: CodeAsk): string {
  return `code:${hashToken(JSON.stringify(['code', askId, email]))}`;
}

/** Stands once an ask was answered. */
function markerKey(askId: string, ask: CodeAsk): string {
  return `${pinKey(askId, ask)}:asked`;
}

function macOf(askId: string, { email }: CodeAsk, pin: string, { sealer }: CodeMeans): string {
  return sealer.mac('code', [askId, email, pin]);
}

export type MadePin =
  | { readonly kind: 'made'; readonly pin: string; readonly expiresAtMs: number }
  /** The same ask was answered before: a form that was sent twice. */
  | { readonly kind: 'sent-before' }
  | { readonly kind: 'too-many-mails' };

/** Makes the one code of an ask, and ends those of the same browser for the same address. @throws BouncerError `store_unavailable` */
export async function makePin(ask: CodeAsk, means: CodeMeans, nowMs: number): Promise<MadePin> {
  const { once } = means;
  const expiresAtMs = nowMs + pinTimeMs;
  const marker = markerKey(ask.askId, ask);
  if (await once.has(marker, nowMs)) return { kind: 'sent-before' };
  const limit = ask.knownBrowser === null ? mailsADay.strangers : mailsADay.known;
  if (!(await once.spend(budgetKey('mails', ask), limit, nowMs + dayMs, nowMs)))
    return { kind: 'too-many-mails' };
  if (!(await once.mark(marker, expiresAtMs, nowMs))) return { kind: 'sent-before' };
  for (const other of ask.otherAskIds) {
    // An older ask whose turn comes later than this one's makes no code any more.
    await once.mark(markerKey(other, ask), expiresAtMs, nowMs);
    await once.take(pinKey(other, ask), nowMs);
  }
  const pin = String(randomInt(1_000_000)).padStart(6, '0');
  await once.put(pinKey(ask.askId, ask), macOf(ask.askId, ask, pin, means), expiresAtMs);
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
  let out: { readonly askId: string; readonly mac: string } | null = null;
  for (const askId of [ask.askId, ...ask.otherAskIds]) {
    const mac = await once.look(pinKey(askId, ask), nowMs);
    if (mac !== null) out ??= { askId, mac };
  }
  const limit = ask.knownBrowser === null ? triesADay.strangers : triesADay.known;
  const isCounted = out !== null;
  const hasTry = await once.spend(
    isCounted ? budgetKey('tries', ask) : 'code-tries:nobody',
    isCounted ? limit : 1_000_000_000,
    nowMs + dayMs,
    nowMs,
  );
  const isRight = isSameSecret(out?.mac ?? '', macOf(out?.askId ?? ask.askId, ask, pin, means));
  if (out === null) return 'no code is out for it: none was sent, or it was used or ran out';
  if (!hasTry) return 'the tries of the day for this address are used up';
  if (!isRight) return 'another code was sent';
  return (await once.take(pinKey(out.askId, ask), nowMs)) === out.mac
    ? null
    : 'it was used at the same moment';
}
