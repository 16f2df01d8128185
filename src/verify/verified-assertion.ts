// What an application learns from an assertion, and the check that the claims are what the contract says.
import { VerificationError } from './verification-error.ts';

/** The claims of a verified assertion, by the names in the token (RFC 7519). Times are seconds since the epoch. */
export interface VerifiedAssertion {
  /** Where people log in: the bouncer that signed. */
  readonly iss: string;
  /** This application, and no other. */
  readonly aud: readonly [string];
  /** Stable and unique within `idp`: what to store for a person. Never store the e-mail address as an identity. */
  readonly sub: string;
  /** A verified address in lower case; absent when the identity provider vouched for none. */
  readonly email?: string;
  /** Present, and `true`, together with `email`. */
  readonly email_verified?: true;
  readonly name?: string;
  /** What the identity provider says; empty when it says nothing, or more than fits. */
  readonly groups: readonly string[];
  /** Present, and `true`, when the person is in more groups than fit into a header. Decide by groups in bouncer's rules then. */
  readonly groups_omitted?: true;
  /** The id of the identity provider in bouncer's settings. */
  readonly idp: string;
  /** How the person logged in (RFC 8176). */
  readonly amr: readonly string[];
  /** When the person last proved who they are; absent when the identity provider did not say: treat that as long ago. */
  readonly auth_time?: number;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** Unique for each minted token. */
  readonly jti: string;
  /** The login session: the same for one person in all applications, until they log out. */
  readonly sid: string;
  readonly type: 'user';
}

/**
 * The claims as a {@link VerifiedAssertion}. Other claims are left out.
 *
 * @param claims a payload whose signature, issuer and times were verified
 * @throws VerificationError `wrong_audience` or `wrong_claims`
 */
export function readClaims(claims: Readonly<Record<string, unknown>>, audience: string): VerifiedAssertion {
  const { aud, email, name, type } = claims;
  if (!Array.isArray(aud) || aud.length !== 1 || aud[0] !== audience)
    throw new VerificationError('wrong_audience', 'the assertion is not for this application alone');
  if (type !== 'user') throw wrong('type');
  const hasEmail = email !== undefined || claims['email_verified'] !== undefined;
  if (hasEmail && claims['email_verified'] !== true) throw wrong('email_verified');
  return {
    iss: text(claims, 'iss'),
    aud: [audience],
    sub: text(claims, 'sub'),
    ...(hasEmail ? { email: text(claims, 'email'), email_verified: true as const } : {}),
    ...(name === undefined ? {} : { name: text(claims, 'name') }),
    groups: texts(claims, 'groups'),
    ...(claims['groups_omitted'] === undefined ? {} : { groups_omitted: isTrue(claims, 'groups_omitted') }),
    idp: text(claims, 'idp'),
    amr: texts(claims, 'amr'),
    ...(claims['auth_time'] === undefined ? {} : { auth_time: time(claims, 'auth_time') }),
    iat: time(claims, 'iat'),
    nbf: time(claims, 'nbf'),
    exp: time(claims, 'exp'),
    jti: text(claims, 'jti'),
    sid: text(claims, 'sid'),
    type,
  };
}

function text(claims: Readonly<Record<string, unknown>>, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string' || value === '') throw wrong(name);
  return value;
}

function isTrue(claims: Readonly<Record<string, unknown>>, name: string): true {
  if (claims[name] !== true) throw wrong(name);
  return true;
}

function texts(claims: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = claims[name];
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string'))
    throw wrong(name);
  return value;
}

function time(claims: Readonly<Record<string, unknown>>, name: string): number {
  const value = claims[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(name);
  return value;
}

function wrong(name: string): VerificationError {
  return new VerificationError('wrong_claims', `the claim ${name} is not what an assertion has`);
}
