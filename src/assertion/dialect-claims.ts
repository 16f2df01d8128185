// The claims of a JWT as programs written for another access proxy read them. Pure: the clock and the ids are arguments.
import type { Known } from '../identity/principal.ts';

/** What the claims need besides the principal. */
export interface DialectTerms {
  readonly issuer: string;
  readonly audience: string;
  /** NumericDate (RFC 7519 section 2). */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly tokenId: string;
}

/** developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/application-token */
export function cloudflareClaims(principal: Known, terms: DialectTerms): Readonly<Record<string, unknown>> {
  const times = { iat: terms.issuedAt, nbf: terms.issuedAt, exp: terms.expiresAt };
  const common = { aud: [terms.audience], ...times, iss: terms.issuer, type: 'app' };
  if (principal.kind === 'service') return { ...common, common_name: principal.name, sub: '' };
  const { email, sub } = principal.identity;
  return { ...common, identity_nonce: terms.tokenId, sub, ...(email === null ? {} : { email }) };
}

/** pomerium.com/docs/capabilities/getting-users-identity: issuer and audience are the host alone. */
export function pomeriumClaims(principal: Known, terms: DialectTerms): Readonly<Record<string, unknown>> {
  const times = { iat: terms.issuedAt, exp: terms.expiresAt };
  const common = { iss: terms.issuer, aud: terms.audience, ...times, jti: terms.tokenId };
  if (principal.kind === 'service') return { ...common, sub: principal.name, user: principal.name };
  const { email, sub, name, groups } = principal.identity;
  return {
    ...common,
    ...{ sub, user: sub, sid: principal.id, groups },
    ...(email === null ? {} : { email }),
    ...(name === null ? {} : { name }),
  };
}
