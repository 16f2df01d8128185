// What somebody gets who must log in or step up first: a navigation is sent there, everything else is told so (SPEC section 5).

import type { Snapshot } from '../configuration/snapshot.ts';
import { isPageNavigation } from '../http/client-kind.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { originOf } from '../http/origin-of.ts';
import { loginUrl } from '../identity/login/login-needs.ts';
import { identityOf, type Principal } from '../identity/principal.ts';
import type { Decision, Missing } from '../rules/model/decision.ts';
import type { RefusalDetails } from './refusal.ts';

/** A redirect to the login on the same host, or the details of a 401. */
export type Challenge =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'refuse'; readonly details: RefusalDetails };

/** Choose the challenge for a decision that says `login` or `step_up`. */
export function challengeFor(
  request: GatedRequest,
  decision: Decision,
  principal: Principal,
  snapshot: Snapshot,
): Challenge {
  const { settings } = snapshot;
  const isNavigation = isPageNavigation(request);
  const returnTo = isNavigation ? request.target.path + request.target.query : '/';
  const location = loginUrl(returnTo, decision.missing);
  if (isNavigation) return { kind: 'redirect', location };
  const loginHref = `${originOf(settings, request.host)}${location}`;
  if (decision.outcome !== 'step_up') {
    return {
      kind: 'refuse',
      details: {
        retryPath: location,
        extraHeaders: { 'WWW-Authenticate': `Bearer realm="${request.host}"` },
        extraJson: { login_url: loginHref },
      },
    };
  }
  const provider = settings.identityProviders.find((one) => one.id === identityOf(principal)?.idp);
  return {
    kind: 'refuse',
    details: {
      retryPath: location,
      extraHeaders: {
        'WWW-Authenticate': stepUpChallenge(decision.missing, provider?.hardwareKey.acrValues ?? null),
      },
      extraJson: { login_url: loginHref },
    },
  };
}

/**
 * The `WWW-Authenticate` value of a step-up challenge (RFC 9470 section 3).
 *
 * @param missing what the person must still do
 * @param acrValues the provider's word for "with a hardware key", when it has one
 */
function stepUpChallenge(missing: readonly Missing[], acrValues: string | null): string {
  const parameters = [
    'error="insufficient_user_authentication"',
    'error_description="a stronger or fresher login is required"',
  ];
  let maxAgeMs = Number.POSITIVE_INFINITY;
  for (const item of missing) {
    if (item.what === 'hardware_key' && acrValues !== null) parameters.push(`acr_values="${acrValues}"`);
    if (item.what !== 'login' && item.maxAgeMs !== null) maxAgeMs = Math.min(maxAgeMs, item.maxAgeMs);
  }
  if (Number.isFinite(maxAgeMs)) parameters.push(`max_age="${Math.floor(maxAgeMs / 1000)}"`);
  return `Bearer ${parameters.join(', ')}`;
}
