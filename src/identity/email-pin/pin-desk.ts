// Makes codes and takes them back. The store holds a keyed hash of each, and how many tries and mails an address has had; of an
// address that may not log in it holds nothing. Whoever guesses makes codes longer, and keeps nobody out.
import { randomInt } from 'node:crypto';
import type { CodeAsk, CodeMeans } from '../identity-provider.ts';
import { hashToken, isSameSecret } from '../opaque-token.ts';
import { pinLengths } from './typed-digits.ts';

/** How long a code holds, milliseconds. */
export const pinTimeMs = 600_000;
const dayMs = 86_400_000;
/** Mails a day to one address that strangers ask for, all together, and that one browser asks for which was let in with it before. */
const mailsADay = { strangers: 10, known: 20 } as const;
/** Tries a day for one address, likewise. */
const triesADay = { strangers: 20, known: 20 } as const;
/**
 * Tries a day that strangers have at codes of six digits, whatever the addresses: a policy for a whole domain names as many addresses as
 * somebody can think of. After it theirs are longer for a day, and six digits are none.
 */
const shortTriesADay = 200;
/** Stands while strangers' codes are longer. */
const guardKey = 'code-guard';
/** The same work for who has no code, which counts nothing. */
const nobodys = 1_000_000_000;

/** A budget of its own for a browser that is known, so that no stranger can use it up. */
function budgetKey(kind: 'mails' | 'tries', { email, knownBrowser }: CodeAsk): string {
  const whose = knownBrowser === null ? [email] : [email, knownBrowser];
  return `code-${kind}:${hashToken(JSON.stringify([kind, ...whose]))}`;
}

function pinKey(askId: string, { email }: CodeAsk): string {
  return `code:${hashToken(JSON.stringify(['code', askId, email]))}`;
}

/** Stands once a code logged somebody in. */
function usedKey(askId: string, ask: CodeAsk): string {
  return `${pinKey(askId, ask)}:used`;
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
  const isGuarded = ask.knownBrowser === null && (await once.has(guardKey, nowMs));
  const length = isGuarded ? pinLengths.guarded : pinLengths.usual;
  const pin = String(randomInt(10 ** length)).padStart(length, '0');
  await once.put(pinKey(ask.askId, ask), macOf(ask.askId, ask, pin, means), expiresAtMs);
  return { kind: 'made', pin, expiresAtMs };
}

/** Ends a code whose letter went nowhere, so that nobody guesses it. @throws BouncerError `store_unavailable` */
export async function dropPin(ask: CodeAsk, { once }: CodeMeans, nowMs: number): Promise<void> {
  await once.take(pinKey(ask.askId, ask), nowMs);
}

export type TakenPin =
  | { readonly kind: 'right' }
  | { readonly kind: 'used-before' }
  /** @property cause for the log */
  | { readonly kind: 'wrong'; readonly cause: string };

const wrong = (cause: string): TakenPin => ({ kind: 'wrong', cause });

/**
 * Takes a code, once. The same is done for an address that may not log in, so that no time tells them apart: its tries are counted
 * on rows for all of those.
 *
 * @param pin as many digits as a code may have
 * @throws BouncerError `store_unavailable`
 */
export async function takePin(pin: string, ask: CodeAsk, means: CodeMeans, nowMs: number): Promise<TakenPin> {
  const { once } = means;
  const out = await findPin(ask, means, nowMs);
  const spend = (key: string, limit: number): Promise<boolean> | boolean =>
    out === null
      ? once.spend('code-tries:nobody', nobodys, nowMs + dayMs, nowMs)
      : once.spend(key, limit, nowMs + dayMs, nowMs);
  const limit = ask.knownBrowser === null ? triesADay.strangers : triesADay.known;
  const hasTry = await spend(budgetKey('tries', ask), limit);
  const isShort = ask.knownBrowser === null && pin.length === pinLengths.usual;
  const isGuarded = await once.has(guardKey, nowMs);
  const hasShortTry = !isShort || ((await spend('code-tries:short', shortTriesADay)) && !isGuarded);
  const isRight = isSameSecret(out?.mac ?? '', macOf(out?.askId ?? ask.askId, ask, pin, means));
  if (out === null)
    return (await wasUsed(ask, means, nowMs))
      ? { kind: 'used-before' }
      : wrong('no code is out for it: none was sent, or it was used or ran out');
  if (!hasTry) return wrong('the tries of the day for this address are used up');
  if (!hasShortTry) {
    await guard(ask, means, nowMs);
    return wrong('six digits are no code for now: so many were tried here that codes are longer');
  }
  if (!isRight) return wrong('another code was sent');
  // First, so that whoever finds no code any more finds this.
  await once.mark(usedKey(out.askId, ask), nowMs + pinTimeMs, nowMs);
  const isTaken = (await once.take(pinKey(out.askId, ask), nowMs)) === out.mac;
  return { kind: isTaken ? 'right' : 'used-before' };
}

interface FoundPin {
  readonly askId: string;
  readonly mac: string;
}

/** The code that is out for this browser and address. All that it asked for are looked at, whichever has it. */
async function findPin(ask: CodeAsk, { once }: CodeMeans, nowMs: number): Promise<FoundPin | null> {
  let out: FoundPin | null = null;
  for (const askId of [ask.askId, ...ask.otherAskIds]) {
    const mac = await once.look(pinKey(askId, ask), nowMs);
    if (mac !== null) out ??= { askId, mac };
  }
  return out;
}

async function wasUsed(ask: CodeAsk, { once }: CodeMeans, nowMs: number): Promise<boolean> {
  let isUsed = false;
  for (const askId of [ask.askId, ...ask.otherAskIds])
    if (await once.has(usedKey(askId, ask), nowMs)) isUsed = true;
  return isUsed;
}

/** From now on, for a day, strangers get longer codes. The log is told once. */
async function guard(ask: CodeAsk, { once, telemetry }: CodeMeans, nowMs: number): Promise<void> {
  if (await once.mark(guardKey, nowMs + dayMs, nowMs))
    telemetry.event('codes_guessed', { request_id: ask.fields.request_id, tries: shortTriesADay });
}
