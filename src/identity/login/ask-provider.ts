// Sends a browser to its provider: the request with its state, and the cookie that binds the answer to this browser.
import { causeOf } from '../../telemetry/cause-of.ts';
import type { AccountPrompt, RedirectProvider } from '../identity-provider.ts';
import { createId, createToken, hashToken } from '../opaque-token.ts';
import { providerDigest } from '../provider-digest.ts';
import { hasOtherWay } from './choose-provider.ts';
import { endUrl, type LoginContext, problemOf, problemStep, reportFailure } from './login-context.ts';
import { hasNeeds, type LoginNeeds } from './login-needs.ts';
import { carriedReturnTo, type LoginEnd, sealState } from './login-records.ts';
import type { LoginStep, Visit } from './login-step.ts';
import { redirectUriOf } from './redirect-uri.ts';

/**
 * What a provider is asked for, so that it never takes a login for fresh which bouncer finds too old: its clock may be a little
 * behind ours, it counts in whole seconds, and a login that would be too old again at once helps nobody. Seconds.
 */
function maxAgeToAskFor(maxAgeSeconds: number | null): number | null {
  if (maxAgeSeconds === null) return null;
  return Math.max(0, maxAgeSeconds - 1 - Math.min(30, Math.floor(maxAgeSeconds / 10)));
}

/**
 * The redirect to a provider's authorization endpoint (OpenID Connect Core section 3.1.2.1), or the problem with it.
 *
 * @param wish where the login ends, what it has to bring, and how to ask for another account, where one is needed; by default as the
 *   provider's metadata says
 */
export async function askProvider(
  parts: LoginContext,
  visit: Visit,
  wish: { readonly end: LoginEnd; readonly needs: LoginNeeds; readonly accountPrompt?: AccountPrompt },
  provider: RedirectProvider,
): Promise<LoginStep> {
  const { settings, sealer, providerCookies } = parts;
  const { nowMs } = visit;
  const id = createId();
  const secrets = { binding: createToken(), nonce: createToken(), codeVerifier: createToken() };
  const { end } = wish;
  const isLong = end.host === null && carriedReturnTo(end.returnTo) === null;
  const isStepUp =
    visit.session !== null && visit.session.identity.idp === provider.settings.id && hasNeeds(wish.needs);
  try {
    const prompt = wish.needs.isOtherAccount
      ? (wish.accountPrompt ?? (await provider.accountPrompt()))
      : null;
    const state = sealState(
      sealer,
      {
        id,
        bindingHash: hashToken(secrets.binding),
        providerId: provider.settings.id,
        providerDigest: providerDigest(provider.settings),
        end: isLong ? { host: null, returnTo: '/' } : end,
        needs: wish.needs,
        accountPrompt: prompt,
      },
      nowMs,
    );
    const location = await provider.authorizationUrl({
      redirectUri: redirectUriOf(settings.authUrl, provider.settings.id),
      state,
      nonce: secrets.nonce,
      codeVerifier: secrets.codeVerifier,
      wantsHardwareKey: wish.needs.isHardwareKey,
      accountPrompt: prompt,
      maxAgeSeconds: maxAgeToAskFor(wish.needs.maxAgeSeconds ?? wish.needs.wishedAgeSeconds),
      loginHint: isStepUp ? (visit.session?.identity.email ?? null) : null,
    });
    const begin = (record: Readonly<Record<string, unknown>>): readonly string[] | null =>
      providerCookies.begin(visit.cookie, settings, { id, record }, nowMs);
    const long = isLong ? begin({ ...secrets, returnTo: end.returnTo }) : null;
    return { kind: 'redirect', location, setCookies: long ?? begin(secrets) ?? [] };
  } catch (error) {
    const problem = problemOf(error);
    reportFailure(parts, visit, problem, {
      provider: provider.settings.id,
      ...causeOf(error),
    });
    return { ...problemStep(problem, endUrl(settings, wish.end)), hasOtherWay: hasOtherWay(parts, wish) };
  }
}
