// The claims of a workload's token (RFC 7519 section 4.1): for whom, how old, and what the settings ask of it. It verifies no signature.
import { findUnmet } from '../../rules/model/workload.ts';
import type { TrustedIssuerSettings } from '../../settings/settings.ts';
import { listed, seenValue } from '../said-by-provider.ts';
import type { WorkloadFault } from './workloads.ts';

/** How far an issuer's clock may be ahead of ours. Seconds. */
const clockToleranceSeconds = 60;
/** Older tokens are not taken: a token that somebody found is worth little. Seconds. */
const maxAgeSeconds = 15 * 60;
const maxSubjectLength = 1024;

type Claims = Readonly<Record<string, unknown>>;

/** What a good token says. */
export interface WorkloadClaims {
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** Whom a token is of and for; before the entry of the settings is known that it is judged by. */
export function findIssuer<T extends Pick<TrustedIssuerSettings, 'issuer' | 'audience'>>(
  { iss, aud }: Claims,
  issuers: readonly T[],
): T | WorkloadFault {
  const ofIssuer = issuers.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0)
    return fault(`\`iss\` of the token is ${seenValue(iss)}, which is no trusted issuer`);
  // A token for several parties could be passed on by each of them.
  const only = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  const found = ofIssuer.find(({ audience }) => audience === only);
  const wanted = listed(ofIssuer.map(({ audience }) => audience));
  return found ?? fault(`\`aud\` of the token is ${seenValue(aud)}, and ${wanted} alone is wanted`);
}

/** What is wrong with the claims, or what they say. */
export function checkWorkloadClaims(
  claims: Claims,
  { claims: wanted }: Pick<TrustedIssuerSettings, 'claims'>,
  nowMs: number,
): WorkloadClaims | WorkloadFault {
  const nowSeconds = nowMs / 1000;
  const { exp, iat, nbf, sub } = claims;
  if (!isTime(exp)) return fault(`\`exp\` of the token is ${seenValue(exp)}, and a time is wanted`);
  if (!isTime(iat)) return fault(`\`iat\` of the token is ${seenValue(iat)}, and a time is wanted`);
  if (exp <= nowSeconds) return old(`the token expired ${ago(nowSeconds - exp)}`);
  if (iat > nowSeconds + clockToleranceSeconds)
    return fault(`the token was issued in the future: \`iat\` is ${Math.round(iat - nowSeconds)} s ahead`);
  if (iat < nowSeconds - maxAgeSeconds)
    return old(`the token was issued ${ago(nowSeconds - iat)}, and at most 15 minutes are taken`);
  if (nbf !== undefined && (!isTime(nbf) || nbf > nowSeconds + clockToleranceSeconds))
    return fault(`the token is not valid yet: \`nbf\` is ${seenValue(nbf)}`);
  if (typeof sub !== 'string' || !isSubject(sub))
    return fault(`\`sub\` of the token is ${seenValue(sub)}, and a text in one line is wanted`);
  const unmet = findUnmet(claims, wanted);
  if (unmet !== null)
    return fault(
      `\`${unmet.path.join('.')}\` of the token is not ${listed(unmet.patterns)}, which \`trusted_issuers\` asks for`,
    );
  return { subject: sub, expiresAtMs: exp * 1000 };
}

function isSubject(text: string): boolean {
  return (
    text !== '' && text.length <= maxSubjectLength && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
  );
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function ago(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s ago` : `${Math.round(seconds / 60)} minutes ago`;
}

export function fault(cause: string): WorkloadFault {
  return { kind: 'fault', cause, isOld: false };
}

function old(cause: string): WorkloadFault {
  return { kind: 'fault', cause, isOld: true };
}
