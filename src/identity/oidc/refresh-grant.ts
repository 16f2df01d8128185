// The refresh token grant (RFC 6749 section 6), and what the provider says of the person besides. Tokens first, questions then:
// a rotated refresh token must be stored before anything else can fail.
import * as client from 'openid-client';
import type { Identity } from '../../rules/model/facts.ts';
import { isRecord } from '../../source/is-record.ts';
import type { KnownFacts, RefreshAnswer, RefreshedPerson, RefreshedTokens } from '../identity-provider.ts';
import type { Claims } from './claim-at.ts';
import { type ClaimSource, claimSources, factsAfterRefresh } from './claim-sources.ts';
import type { Discovered } from './discovery.ts';
import { identityFromClaims, needsUserInfo } from './identity-from-claims.ts';
import { judgeIdToken } from './judge-id-token.ts';
import { providerFailure } from './provider-failure.ts';
import { sidOf } from './provider-sid.ts';
import { restatedAs, saidMembers } from './said-members.ts';

/** OpenID Connect Core section 3.1.2.6, and what Auth0 says where a refresh takes a second factor. */
const personWanted: ReadonlySet<string> = new Set([
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
  'mfa_required',
]);

/** @throws whatever openid-client or the limited fetch throws */
export async function refreshGrant(found: Discovered, refreshToken: string): Promise<RefreshAnswer> {
  let idToken: unknown = null;
  let rotated: unknown = null;
  // openid-client throws the whole answer away with one member that it does not like, and a rotated refresh token with it: it gets
  // what is needed here and no more.
  const config = found.configure(async (url, init) => {
    const response = await found.fetch(url, init);
    const answer: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    if (!isRecord(answer)) return response;
    const body = saidMembers(answer);
    // An error is one whatever the status or the type of the answer says it is: some providers send theirs with 200, or as a text.
    const isError = typeof body['error'] === 'string' && body['access_token'] === undefined;
    if (isError && response.status < 500) return restatedAs(400, response, body);
    if (response.status !== 200) return response;
    const { access_token, token_type = 'Bearer', refresh_token } = body;
    idToken = body['id_token'] ?? null;
    rotated = refresh_token;
    return restatedAs(200, response, { access_token, token_type, refresh_token });
  });
  try {
    const tokens = await client.refreshTokenGrant(config, refreshToken);
    return {
      kind: 'tokens',
      tokens: {
        accessToken: tokens.access_token,
        idToken: idToken === null || idToken === '' ? null : String(idToken),
        refreshToken: tokens.refresh_token ?? null,
      },
    };
  } catch (error) {
    // What else is wrong with an answer that brings a new refresh token, the old one may be worth nothing any more.
    if (typeof rotated === 'string' && rotated !== '')
      return { kind: 'tokens', tokens: { accessToken: null, idToken: null, refreshToken: rotated } };
    if (!(error instanceof client.ResponseBodyError)) throw error;
    // RFC 6749 section 5.2: the grant is invalid, expired or revoked.
    if (error.error === 'invalid_grant') return { kind: 'ended', cause: 'invalid_grant' };
    if (personWanted.has(error.error)) return { kind: 'ask-person', cause: error.error };
    throw error;
  }
}

type UserInfoAnswer =
  | { readonly kind: 'said'; readonly claims: Claims }
  | { readonly kind: 'silent'; readonly cause: string | null }
  | { readonly kind: 'another-subject' };

async function askUserInfo(found: Discovered, accessToken: string, sub: string): Promise<UserInfoAnswer> {
  let answer: unknown;
  try {
    answer = await client.fetchUserInfo(found.config, accessToken, client.skipSubjectCheck);
  } catch (error) {
    return {
      kind: 'silent',
      cause: providerFailure('UserInfo', error, { settings: found.settings, redirectUri: null }).message,
    };
  }
  const said = isRecord(answer) ? answer['sub'] : undefined;
  if (!isRecord(answer) || typeof said !== 'string')
    return { kind: 'silent', cause: 'UserInfo does not say of whom it is' };
  return said === sub ? { kind: 'said', claims: answer } : { kind: 'another-subject' };
}

/**
 * Who the person is now, by the tokens of a refresh. What did not speak changes nothing; a contradiction ends the login
 * (OpenID Connect Core sections 12.2 and 5.3.2).
 *
 * @throws BouncerError `login_failed` for an ID token that cannot be used, `provider_unavailable` when its keys cannot be had
 */
export async function describeRefreshed(
  found: Discovered,
  { accessToken, idToken }: RefreshedTokens,
  known: KnownFacts,
  nowMs: number,
): Promise<RefreshedPerson> {
  const { settings } = found;
  const { sub } = known.identity;
  if (accessToken === null)
    return {
      ...{ kind: 'facts', ...known, providerSid: null, idToken: null },
      silence: 'the answer of the token endpoint has a new refresh token and no access token',
    };
  const verdict = idToken === null ? null : await judgeIdToken(found, idToken, accessToken, nowMs);
  if (verdict?.kind === 'contradiction') return { kind: 'ended', cause: verdict.cause };
  const claims = verdict?.claims ?? null;
  if (claims !== null && claims['sub'] !== sub)
    return { kind: 'ended', cause: 'an ID token of another person' };

  const isWanted = needsUserInfo(settings, claims ?? {}) || Object.values(known.sources).includes('userinfo');
  const info: UserInfoAnswer =
    isWanted && found.metadata.userinfo_endpoint !== undefined
      ? await askUserInfo(found, accessToken, sub)
      : { kind: 'silent', cause: null };
  if (info.kind === 'another-subject') return { kind: 'ended', cause: 'UserInfo of another person' };

  const said = info.kind === 'said' ? info.claims : null;
  const spoke = new Set<ClaimSource>([
    ...(claims === null ? [] : (['id_token'] as const)),
    ...(said === null ? [] : (['userinfo'] as const)),
  ]);
  const documents = [{ sub, ...claims }, said] as const;
  const fresh: Identity = identityFromClaims(settings, documents[0], documents[1], nowMs);
  const facts =
    spoke.size === 0
      ? known
      : factsAfterRefresh(known, { identity: fresh, sources: claimSources(settings, ...documents) }, spoke);
  return {
    kind: 'facts',
    ...facts,
    providerSid: claims === null ? null : sidOf(claims),
    idToken,
    silence: info.kind === 'silent' ? info.cause : null,
  };
}
