// One-time codes by e-mail. Whoever can read the mail of an address is its owner; nothing else is known of them. What a visitor is
// told, and when, does not depend on whether the address may log in: that is found out after they were answered.
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BouncerError } from '../../bouncer-error.ts';
import { clientNetwork } from '../../http/client-network.ts';
import { renderLetter } from '../../mail/letter.ts';
import type { Mailer } from '../../mail/mailer.ts';
import type { EmailPinProviderSettings } from '../../settings/settings.ts';
import { causeOf, faultOf } from '../../telemetry/cause-of.ts';
import type { CodeAsk, CodeMeans, CodeProvider, ProviderAnswer } from '../identity-provider.ts';
import { createLimiter } from '../limiter.ts';
import { speaksFor } from '../speaks-for.ts';
import { dropPin, makePin, pinTimeMs, takePin } from './pin-desk.ts';
import { pinLetter } from './pin-letter.ts';
import { parseMailAddress } from './typed-address.ts';
import { digitsOf } from './typed-digits.ts';

const windowMs = 600_000;
/** In ten minutes by one client (IPv6: one /64) whose browser is not known. */
const asksOfClient = 30;
const triesOfClient = 60;
/** For one code. */
const triesOfCode = 5;
/** The work after an answer begins somewhen within this time, so that the next answers do not tell by theirs. Milliseconds. */
const jitterMs = 1_000;
/** A wrong code is answered no sooner than this after it came. Milliseconds. */
const wrongCodeMs = 400;
/** What is left of a code's time when its letter is not worth sending any more, milliseconds. */
const tooLateMs = 60_000;

/** @param mailer sends for all of bouncer; not closed here */
export function createEmailPinProvider(settings: EmailPinProviderSettings, mailer: Mailer): CodeProvider {
  const asks = createLimiter(asksOfClient, windowMs);
  const clientTries = createLimiter(triesOfClient, windowMs);
  const codeTries = createLimiter(triesOfCode, 2 * pinTimeMs);
  const timers = new Set<NodeJS.Timeout>();

  /** Whether a client that nobody knows may go on. One without an address (a Unix socket) is many people. */
  const isWithin = (limiter: typeof asks, { ip, knownBrowser }: CodeAsk, nowMs: number): boolean =>
    knownBrowser !== null || ip === null || limiter.spend(clientNetwork(ip), nowMs);

  return {
    way: 'code',
    settings,
    parseTypedAddress: parseMailAddress,
    isCodeShaped: (code) => digitsOf(code) !== null,

    send: (ask, means, nowMs) => {
      if (!isWithin(asks, ask, nowMs)) return false;
      // Where everybody may read the mail there is nothing to hide, and somebody opens it at once.
      const laterMs = means.settings.showsMail ? 0 : randomInt(jitterMs);
      const timer = setTimeout(() => {
        timers.delete(timer);
        mailer.probe();
        void sendCode({ settings, mailer }, ask, means, nowMs);
      }, laterMs);
      timers.add(timer.unref());
      return true;
    },

    check: async (code, ask, means, nowMs) => {
      const pin = digitsOf(code);
      if (pin === null) return { kind: 'wrong', cause: 'not the digits of a code' };
      if (!isWithin(clientTries, ask, nowMs)) return { kind: 'too-often' };
      if (!codeTries.spend(ask.askId, nowMs)) return { kind: 'used-up' };
      const earliest = wait(wrongCodeMs);
      const taken = await takePin(pin, ask, means, nowMs);
      if (taken.kind === 'right') return { kind: 'right', answer: answerFor(settings, ask.email, nowMs) };
      await earliest;
      return taken;
    },

    isDelayed: () => mailer.isDelayed(),
    isUnreachable: () => mailer.isUnreachable(),
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** Finds out whether the address may have a code, and sends it. Never rejects. */
async function sendCode(
  { settings, mailer }: { readonly settings: EmailPinProviderSettings; readonly mailer: Mailer },
  ask: CodeAsk,
  means: CodeMeans,
  nowMs: number,
): Promise<void> {
  const { telemetry } = means;
  const fields = { ...ask.fields, provider: settings.id, email: ask.email };
  try {
    if (!speaksFor(settings, ask.email) || !means.namesAddress(ask.email))
      return telemetry.event('code_not_sent', {
        ...fields,
        reason: 'address-not-named',
        hint: 'to let this person in, name the address, or its domain, in a policy, and an address with a `+` in full; and in `email_domains`, if that is set',
      });
    if (await means.persons.isBlocked(ask.email))
      return telemetry.event('code_not_sent', {
        ...fields,
        reason: 'person-blocked',
        hint: '`bouncer person unblock` lets the person in again',
      });
    const made = await makePin(ask, means, nowMs);
    if (made.kind === 'sent-before') return;
    if (made.kind === 'too-many-mails')
      return telemetry.event('code_not_sent', { ...fields, reason: 'too-many-mails' });
    const { authUrl, branding } = means.settings;
    const letter = renderLetter(pinLetter(ask, made.pin, authUrl, nowMs), branding);
    const posting = {
      untilMs: made.expiresAtMs - tooLateMs,
      lane: laneOf(ask),
      isForStranger: ask.knownBrowser === null,
    };
    const isQueued = mailer.post(letter, posting, (end) => {
      const { attempts } = end;
      if (end.kind === 'accepted') return telemetry.event('code_sent', { ...fields, attempts });
      const { cause, hint } = end;
      const reason = unsentReasons[end.kind];
      const said = hint === null ? { cause } : { cause, hint };
      telemetry.event('code_not_sent', { ...fields, reason, attempts, ...said });
      void dropUnsent(ask, means, nowMs);
    });
    if (isQueued) return;
    telemetry.event('code_not_sent', { ...fields, reason: 'queue-full', cause: 'too much mail is waiting' });
    await dropUnsent(ask, means, nowMs);
  } catch (error) {
    if (error instanceof BouncerError)
      return telemetry.event('code_not_sent', { ...fields, reason: 'store', ...causeOf(error) });
    const { request_id } = ask.fields;
    telemetry.event('internal_error', { action: 'send-code', request_id, ...faultOf(error) });
    telemetry.event('code_not_sent', { ...fields, reason: 'fault', ...causeOf(error) });
    await dropUnsent(ask, means, nowMs);
  }
}

const unsentReasons = {
  refused: 'mail-refused',
  'given-up': 'mail-server',
  'crowded-out': 'queue-full',
} as const;

/** In the queue of mail each client stands in line for itself, and so does each browser that is known. */
function laneOf({ knownBrowser, ip }: CodeAsk): string {
  if (knownBrowser !== null) return `browser:${knownBrowser}`;
  return ip === null ? 'nobody' : `client:${clientNetwork(ip)}`;
}

/** A code that nobody can read is for guessing alone. Never rejects. */
async function dropUnsent(ask: CodeAsk, means: CodeMeans, nowMs: number): Promise<void> {
  try {
    await dropPin(ask, means, nowMs);
  } catch (error) {
    // It runs out by itself.
    means.telemetry.event('store_failed', {
      action: 'drop-code',
      request_id: ask.fields.request_id,
      ...causeOf(error),
    });
  }
}

/**
 * Who read the mail. `otp` is what RFC 8176 section 2 has for a one-time password; its `pin` is one that the person knows. Groups are
 * none, and nothing is unsettled.
 */
function answerFor({ id }: EmailPinProviderSettings, email: string, nowMs: number): ProviderAnswer {
  return {
    identity: {
      sub: email,
      email,
      name: null,
      groups: [],
      claims: {},
      idp: id,
      amr: ['otp'],
      acr: null,
      authTimeMs: nowMs,
      hardwareKey: null,
    },
    sources: {},
    providerSid: null,
    idToken: null,
    refreshToken: null,
  };
}
