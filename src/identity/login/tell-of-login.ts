// After a login: a letter to who wants one, unless this browser was told of before. Nothing of it keeps anybody from getting in.

import { BouncerError } from '../../bouncer-error.ts';
import type { Identity } from '../../rules/model/facts.ts';
import { canMail } from '../../settings/can-mail.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { loginLetter, takesMail, wantsLetters, wishLetters } from '../login-letter.ts';
import { knownBrowserOf, rememberBrowser } from './known-browser.ts';
import type { LoginContext } from './login-context.ts';
import type { Visit } from './login-step.ts';

/** @returns the `Set-Cookie` values of a browser that was told of; it never rejects for the store */
export async function tellOfLogin(
  parts: LoginContext,
  visit: Visit,
  { idp, sub, email }: Identity,
): Promise<readonly string[]> {
  const { settings, store, telemetry } = parts;
  const provider = parts.providers.find(idp);
  if (!canMail(settings) || !takesMail(email)) return [];
  const { nowMs, ip, userAgent, language } = visit;
  try {
    if (!(await wantsLetters(store.once, { idp, sub }, nowMs))) return [];
    if (knownBrowserOf(parts, visit, email) !== null) return [];
    await wishLetters(store.once, { idp, sub }, nowMs);
  } catch (error) {
    if (!(error instanceof BouncerError)) throw error;
    telemetry.event('store_failed', {
      action: 'tell-of-login',
      request_id: visit.requestId,
      ...causeOf(error),
    });
    return [];
  }
  const label = provider?.settings.label ?? idp;
  const { authUrl } = settings;
  parts.tellByMail(loginLetter({ email, label, ip, userAgent, language, authUrl, atMs: nowMs }));
  // A login by a code is remembered as it is, wanted or not.
  return provider?.way === 'code' ? [] : [rememberBrowser(parts, visit, email)];
}
