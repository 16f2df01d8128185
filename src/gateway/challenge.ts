// What somebody gets who must log in or step up first: a navigation is sent there, everything else is told so.

import type { Snapshot } from '../configuration/snapshot.ts';
import { isGitClient, isPageNavigation } from '../http/client-kind.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { addressForShell } from '../http/log-text.ts';
import { originOf } from '../http/origin-of.ts';
import { type Reason, refusals } from '../http/refusals.ts';
import { loginUrl } from '../identity/login/login-needs.ts';
import { identityOf, type Principal } from '../identity/principal.ts';
import { refillMs } from '../identity/tokens/failure-share.ts';
import type { Rejection } from '../identity/tokens/service-token.ts';
import type { Decision, Missing } from '../rules/model/decision.ts';
import type { RefusalDetails } from './refusal.ts';
import { wantsBasic } from './wants-basic.ts';

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
        extraHeaders: { 'WWW-Authenticate': loginChallenge(request, snapshot) },
        extraJson: {
          login_url: loginHref,
          ...(isGitClient(request) ? { hint: gitHintFor(originOf(settings, request.host)) } : {}),
        },
      },
    };
  }
  const provider = settings.identityProviders.find((one) => one.id === identityOf(principal)?.idp);
  const acrValues = provider?.type === 'oidc' ? provider.hardwareKey.acrValues : null;
  return {
    kind: 'refuse',
    details: {
      retryPath: location,
      extraHeaders: {
        'WWW-Authenticate': stepUpChallenge(decision.missing, acrValues),
      },
      extraJson: {
        login_url: loginHref,
        ...(identityOf(principal) !== null && isGitClient(request)
          ? {
              hint: stepUpHintFor(
                addressForShell({ origin: originOf(settings, request.host), pathname: request.target.path }),
              ),
            }
          : {}),
      },
    },
  };
}

function gitHintFor(origin: string): string {
  return `log in with \`bouncer login ${origin}\`, or give a service token as the password; any user name will do`;
}

/** A step-up ends what programs hold: they get more only by another login. */
function stepUpHintFor(address: string): string {
  return `run \`bouncer login ${address}\`, which asks for it in your browser`;
}

/** Git and other programs ask for a name and a password where they are told Basic, and give up where they are not (RFC 7617). */
function loginChallenge(request: GatedRequest, { rules }: Snapshot): string {
  return wantsBasic(request, rules.findApplication(request.host))
    ? `Basic realm="${request.host}", charset="UTF-8"`
    : `Bearer realm="${request.host}"`;
}

/** What whoever writes the program can do about it. */
const hintFor: Partial<Record<Reason, string>> = {
  'token-in-url': 'send it as `Authorization: Bearer`, and replace it: addresses are written into logs',
  'token-invalid':
    'send the whole secret, after `Bearer` or as the password of Basic; it may have been replaced or revoked meanwhile',
  'token-elsewhere': 'a token is for the applications that it was made for',
  'token-expired': 'ask whoever runs this service for a new secret',
  'credentials-ambiguous': 'send either a token or the cookie of a login, and one token alone',
};

function cureText(cure: NonNullable<Rejection['cure']>, origin: string): string {
  switch (cure) {
    case 'log-in-again':
      return `log in again: bouncer login ${origin}`;
    case 'make-another':
      return 'make another token on the page where this one came from';
    case 'ask-the-issuer':
      return 'ask the issuer for a new token: this one has expired, or was issued more than 15 minutes ago';
    case 'none-taken':
      return 'this application takes no personal tokens: whoever runs it can say `clients: basic` in its rules';
    default:
      return cure satisfies never;
  }
}

/** What goes with the refusal of a token: how to do better (RFC 6750 section 3), and when. */
export function rejectionDetails(
  { reason, cause, cure }: Rejection,
  request: GatedRequest | null,
  { settings }: Snapshot,
): RefusalDetails {
  const hint =
    cure === undefined || request === null
      ? hintFor[reason]
      : cureText(cure, originOf(settings, request.host));
  const details = { cause, ...(hint === undefined ? {} : { extraJson: { hint } }) };
  const { status } = refusals[reason];
  if (status === 429) return { ...details, extraHeaders: { 'Retry-After': String(refillMs / 1000) } };
  if (status !== 401 || request === null) return details;
  const realm = `realm="${request.host}"`;
  const presented = request.presented ?? null;
  const isBasic = presented !== null && presented.kind !== 'several' && presented.way === 'basic';
  const error = reason === 'token-in-url' ? 'invalid_request' : 'invalid_token';
  const challenge =
    isBasic || isGitClient(request) ? `Basic ${realm}, charset="UTF-8"` : `Bearer ${realm}, error="${error}"`;
  return { ...details, extraHeaders: { 'WWW-Authenticate': challenge } };
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
    if (item.what === 'hardware_key' && item.source !== 'bouncer' && acrValues !== null)
      parameters.push(`acr_values="${acrValues}"`);
    if (item.what !== 'login' && item.maxAgeMs !== null) maxAgeMs = Math.min(maxAgeMs, item.maxAgeMs);
  }
  if (Number.isFinite(maxAgeMs)) parameters.push(`max_age="${Math.floor(maxAgeMs / 1000)}"`);
  return `Bearer ${parameters.join(', ')}`;
}
