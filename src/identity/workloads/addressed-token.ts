// Finds a token of a trusted issuer in the `Authorization` of a request: one that names this bouncer as its audience is bouncer's, good or
// not, and no application gets it. Every other `Authorization` is the application's own affair. Nothing is verified here.
import type { GatedRequest } from '../../http/gated-request.ts';
import type { Presented, TokenWay } from '../../http/own-token.ts';
import type { TrustedIssuerSettings } from '../../settings/settings.ts';
import { parseRecord } from '../../source/is-record.ts';

type Issuers = readonly Pick<TrustedIssuerSettings, 'issuer' | 'audience'>[];

/** Longer ones than the gate lets pass by default do not come; what is longer is nobody's. */
const maxTokenLength = 16 * 1024;

/**
 * What a request presents, with a token of a trusted issuer counted in.
 *
 * @param issuers of the settings; with none, it is what the gate found
 */
export function presentedWith(request: GatedRequest, issuers: Issuers): Presented | null {
  const presented = request.presented ?? null;
  const value = issuers.length === 0 ? null : authorizationOf(request.rawHeaders);
  const found = value === null ? null : findToken(value, issuers);
  if (found === null) return presented;
  return presented === null ? { kind: 'token', ...found, clientId: null } : { kind: 'several' };
}

/** It stands once: the gate refuses a second one. */
function authorizationOf(rawHeaders: readonly string[]): string | null {
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 13 && rawHeaders[i]?.toLowerCase() === 'authorization')
      return rawHeaders[i + 1] ?? null;
  return null;
}

function findToken(
  value: string,
  issuers: Issuers,
): { readonly way: TokenWay; readonly token: string } | null {
  const end = value.indexOf(' ');
  const scheme = value.slice(0, Math.max(end, 0)).toLowerCase();
  if (scheme === 'bearer') {
    const token = value.slice(end).trim();
    return isAddressed(token, issuers) ? { way: 'bearer', token } : null;
  }
  if (scheme !== 'basic') return null;
  const pair = Buffer.from(value.slice(end), 'base64').toString('latin1');
  const token = pair.slice(pair.indexOf(':') + 1);
  return isAddressed(token, issuers) ? { way: 'basic', token } : null;
}

/** As lenient as the most lenient reader: what one of them would take for a token to bouncer must be found here. */
function isAddressed(token: string, issuers: Issuers): boolean {
  if (token.length > maxTokenLength) return false;
  const [, payload, signature, ...rest] = token.split('.', 4);
  if (payload === undefined || signature === undefined || rest.length > 0) return false;
  const claims = parseRecord(Buffer.from(payload, 'base64url').toString());
  if (claims === null) return false;
  const { iss, aud } = claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return issuers.some(({ issuer, audience }) => issuer === iss && audiences.includes(audience));
}
