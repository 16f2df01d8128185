// One-time codes by e-mail. Whoever can read the mail of an address is its owner; nothing else is known of them. What a visitor is
// told, and when, does not depend on whether the address may log in: that is found out after they were answered.
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { clientNetwork } from '../../http/client-network.ts';
import { renderLetter } from '../../mail/letter.ts';
import type { Mailer } from '../../mail/mailer.ts';
import type { EmailPinProviderSettings } from '../../settings/settings.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { CodeAsk, CodeMeans, CodeProvider, ProviderAnswer } from '../identity-provider.ts';
import { createLimiter } from '../limiter.ts';
import { speaksFor } from '../speaks-for.ts';
import { makePin, pinTimeMs, takePin } from './pin-desk.ts';
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
      const timer = setTimeout(() => {
        timers.delete(timer);
        mailer.probe();
        void sendCode({ settings, mailer }, ask, means, nowMs);
      }, randomInt(jitterMs));
      timers.add(timer.unref());
      return true;
    },

    check: async (code, ask, means, nowMs) => {
      const pin = digitsOf(code);
      if (pin === null) return { kind: 'wrong', cause: 'no six digits' };
      if (!isWithin(clientTries, ask, nowMs)) return { kind: 'too-often' };
      if (!codeTries.spend(ask.askId, nowMs)) return { kind: 'used-up' };
      const earliest = wait(wrongCodeMs);
      const cause = await takePin(pin, ask, means, nowMs);
      if (cause === null) return { kind: 'right', answer: answerFor(settings, ask.email, nowMs) };
      await earliest;
      return { kind: 'wrong', cause };
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
  if (!speaksFor(settings, ask.email) || !means.namesAddress(ask.email))
    return telemetry.event('code_not_sent', {
      ...fields,
      reason: 'address-not-named',
      hint: 'to let this person in, name the address, or its domain, in a policy, and an address with a `+` in full; and in `email_domains`, if that is set',
    });
  try {
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
    const isQueued = mailer.post(letter, made.expiresAtMs - tooLateMs, (end) => {
      const { attempts } = end;
      if (end.kind === 'accepted') return telemetry.event('code_sent', { ...fields, attempts });
      const { cause, hint } = end;
      const reason = end.kind === 'refused' ? 'mail-refused' : 'mail-server';
      telemetry.event('code_not_sent', {
        ...fields,
        reason,
        attempts,
        cause,
        ...(hint === null ? {} : { hint }),
      });
    });
    if (!isQueued)
      telemetry.event('code_not_sent', {
        ...fields,
        reason: 'queue-full',
        cause: 'too much mail is waiting',
      });
  } catch (error) {
    telemetry.event('code_not_sent', { ...fields, reason: 'store', ...causeOf(error) });
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
