// What an application learns from an assertion, and the check that the claims are what the contract says.
import { VerificationError } from './verification-error.ts';

/** What the assertions of people and programs have in common, by the names in the token (RFC 7519). Times are seconds since the epoch. */
interface CommonClaims {
  /** Where people log in: the bouncer that signed. */
  readonly iss: string;
  /** This application, and no other. */
  readonly aud: readonly [string];
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** Unique for each minted token. */
  readonly jti: string;
}

/** Somebody who logged in. */
export interface PersonAssertion extends CommonClaims {
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
  /**
   * The latest use of a hardware key in this session. `attested`: an attestation proves its make, `aaguid`. Absent: none was used, or
   * nobody knows.
   */
  readonly hardware_key?: {
    /** Absent when the identity provider did not say when. */
    readonly used_at?: number;
    /** Whose word it is. */
    readonly source: 'bouncer' | 'provider';
    readonly aaguid?: string;
    readonly attested: boolean;
  };
  /** The login session: the same for one person in all applications, until they log out. */
  readonly sid: string;
  readonly type: 'user';
}

/** A program with a service token. It has nothing that only people have. */
export interface ServiceAssertion extends CommonClaims {
  /** The name of the token. */
  readonly sub: string;
  /** The same, by the name that other access proxies have for it. */
  readonly common_name: string;
  readonly name?: undefined;
  readonly email?: undefined;
  readonly groups?: undefined;
  readonly idp?: undefined;
  readonly amr?: undefined;
  readonly sid?: undefined;
  readonly type: 'service';
}

/** The claims of a verified assertion. `type` says whose. */
export type VerifiedAssertion = PersonAssertion | ServiceAssertion;

/**
 * The claims as a {@link VerifiedAssertion}. Other claims are left out.
 *
 * @param claims a payload whose signature, issuer and times were verified
 * @throws VerificationError `wrong_audience` or `wrong_claims`
 */
export function checkClaims(claims: Readonly<Record<string, unknown>>, audience: string): VerifiedAssertion {
  const { aud, email, name, type } = claims;
  if (!Array.isArray(aud) || aud.length !== 1 || aud[0] !== audience)
    throw new VerificationError('wrong_audience', 'the assertion is not for this application alone');
  const common: CommonClaims = {
    iss: text(claims, 'iss'),
    aud: [audience],
    iat: time(claims, 'iat'),
    nbf: time(claims, 'nbf'),
    exp: time(claims, 'exp'),
    jti: text(claims, 'jti'),
  };
  if (type === 'service') return serviceAssertion(claims, common);
  if (type !== 'user') throw wrong('type');
  const hasEmail = email !== undefined || claims['email_verified'] !== undefined;
  if (hasEmail && claims['email_verified'] !== true) throw wrong('email_verified');
  return {
    ...common,
    sub: text(claims, 'sub'),
    ...(hasEmail ? { email: text(claims, 'email'), email_verified: true as const } : {}),
    ...(name === undefined ? {} : { name: text(claims, 'name') }),
    groups: texts(claims, 'groups'),
    ...(claims['groups_omitted'] === undefined ? {} : { groups_omitted: isTrue(claims, 'groups_omitted') }),
    idp: text(claims, 'idp'),
    amr: texts(claims, 'amr'),
    ...(claims['auth_time'] === undefined ? {} : { auth_time: time(claims, 'auth_time') }),
    ...(claims['hardware_key'] === undefined ? {} : { hardware_key: hardwareKeyOf(claims['hardware_key']) }),
    sid: text(claims, 'sid'),
    type,
  };
}

function hardwareKeyOf(value: unknown): NonNullable<PersonAssertion['hardware_key']> {
  if (typeof value !== 'object' || value === null) throw wrong('hardware_key');
  const key = value as Readonly<Record<string, unknown>>;
  const { source, attested } = key;
  if ((source !== 'bouncer' && source !== 'provider') || typeof attested !== 'boolean')
    throw wrong('hardware_key');
  // A make is only told where it is proven.
  if ((key['aaguid'] !== undefined) !== attested) throw wrong('hardware_key');
  return {
    ...(key['used_at'] === undefined ? {} : { used_at: time(key, 'used_at') }),
    source,
    ...(attested ? { aaguid: text(key, 'aaguid') } : {}),
    attested,
  };
}

/** Whatever tells of a person in it was not put there by bouncer. */
function serviceAssertion(claims: Readonly<Record<string, unknown>>, common: CommonClaims): ServiceAssertion {
  const name = text(claims, 'sub');
  if (text(claims, 'common_name') !== name) throw wrong('common_name');
  for (const foreign of ['name', 'email', 'email_verified', 'groups', 'idp', 'amr', 'sid', 'hardware_key'])
    if (claims[foreign] !== undefined) throw wrong(foreign);
  return { ...common, sub: name, common_name: name, type: 'service' };
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
