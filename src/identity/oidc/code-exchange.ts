// The code of a login becomes who the person is: the token request (OpenID Connect Core section 3.1.3), the ID token, UserInfo.
import * as client from 'openid-client';
import { isRecord } from '../../source/is-record.ts';
import type { CodeFlowSecrets, ProviderAnswer } from '../identity-provider.ts';
import type { Claims } from './claim-at.ts';
import { claimSources } from './claim-sources.ts';
import type { Discovered } from './discovery.ts';
import { noIdToken } from './explain-answer.ts';
import { completeGroups } from './graph-groups.ts';
import { identityFromClaims, needsUserInfo } from './identity-from-claims.ts';
import { judgeIdToken } from './judge-id-token.ts';
import { invalidAnswer } from './provider-failure.ts';
import { sidOf } from './provider-sid.ts';
import { restated, saidMembers } from './said-members.ts';

/** What the browser brought back, and what it is held against. */
export interface CodeCallback {
  readonly url: URL;
  readonly state: string;
  readonly secrets: CodeFlowSecrets;
}

/** @throws BouncerError `login_failed`, and whatever openid-client or the limited fetch throws */
export async function exchangeCode(
  found: Discovered,
  { url, state, secrets }: CodeCallback,
  nowMs: number,
): Promise<ProviderAnswer> {
  const { settings } = found;
  const config = found.configure(async (address, init) => whatWasSaid(await found.fetch(address, init)));
  const tokens = await client.authorizationCodeGrant(config, url, {
    expectedState: state,
    expectedNonce: secrets.nonce,
    pkceCodeVerifier: secrets.codeVerifier,
    idTokenExpected: true,
  });
  const { id_token: idToken, access_token: accessToken } = tokens;
  if (idToken === undefined) {
    const { cause, hint } = noIdToken(settings);
    throw invalidAnswer(cause, hint);
  }
  const verdict = await judgeIdToken(found, idToken, accessToken, nowMs);
  if (verdict.kind !== 'verified') throw invalidAnswer(verdict.cause, verdict.hint);
  const { claims } = verdict;
  const more = await userInfo(found, accessToken, claims);
  const identity = identityFromClaims(settings, claims, more, nowMs);
  return {
    identity: await completeGroups(found, accessToken, identity, null),
    sources: claimSources(settings, claims, more),
    providerSid: sidOf(claims),
    idToken,
    refreshToken: tokens.refresh_token ?? null,
  };
}

/** The answer without the members that say nothing; anything else than an object as it came. */
async function whatWasSaid(response: Response): Promise<Response> {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (!isRecord(answer) || !Object.values(answer).some((value) => value === null || value === ''))
    return response;
  return restated(response, saidMembers(answer));
}

async function userInfo(found: Discovered, accessToken: string, idToken: Claims): Promise<Claims | null> {
  if (found.metadata.userinfo_endpoint === undefined || !needsUserInfo(found.settings, idToken)) return null;
  const answer: unknown = await client.fetchUserInfo(found.config, accessToken, String(idToken['sub']));
  if (!isRecord(answer))
    throw invalidAnswer(
      'UserInfo is not an object',
      'is that the address of UserInfo? see the metadata of the provider',
    );
  return answer;
}
