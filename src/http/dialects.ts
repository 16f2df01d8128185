// What programs written for other access proxies read: the fields and the addresses of each. Pure data; what stands in them is made in
// assertion/.
import type { CanonicalPath } from './request-target.ts';

export const dialectNames = ['cloudflare', 'pomerium', 'oauth2-proxy', 'remote'] as const;
export type DialectName = (typeof dialectNames)[number];

/** What an application is told besides the assertion, in another proxy's words. */
export interface Dialect {
  readonly name: DialectName;
  /** Of the JWT, where the rules name one; `null`: that of {@link DialectName}, or it has none. */
  readonly audience: string | null;
}

/** What stands in a field of a dialect. */
export type DialectWord = 'jwt' | 'email' | 'sub' | 'user' | 'name' | 'preferred-username' | 'groups';

/**
 * The fields of each: Cloudflare Access ("Application token"), Pomerium ("Identity verification"), oauth2-proxy (`pass-user-headers` and
 * `set-xauthrequest`), and what Authelia and web servers write ("Trusted header SSO").
 */
export const dialectFields: Readonly<
  Record<DialectName, readonly (readonly [field: string, word: DialectWord])[]>
> = {
  cloudflare: [
    ['Cf-Access-Jwt-Assertion', 'jwt'],
    ['Cf-Access-Authenticated-User-Email', 'email'],
  ],
  pomerium: [['X-Pomerium-Jwt-Assertion', 'jwt']],
  'oauth2-proxy': [
    ['X-Forwarded-User', 'sub'],
    ['X-Forwarded-Email', 'email'],
    ['X-Forwarded-Preferred-Username', 'preferred-username'],
    ['X-Forwarded-Groups', 'groups'],
    ['X-Auth-Request-User', 'sub'],
    ['X-Auth-Request-Email', 'email'],
    ['X-Auth-Request-Preferred-Username', 'preferred-username'],
    ['X-Auth-Request-Groups', 'groups'],
  ],
  remote: [
    ['Remote-User', 'user'],
    ['Remote-Email', 'email'],
    ['Remote-Name', 'name'],
    ['Remote-Groups', 'groups'],
  ],
};

/** Which dialects have a JWT, and so a key and an issuer. */
export type TokenDialect = 'cloudflare' | 'pomerium';

export function isTokenDialect(name: DialectName): name is TokenDialect {
  return name === 'cloudflare' || name === 'pomerium';
}

/** Addresses on the application's host that are bouncer's where it speaks the dialect. */
export const dialectPaths = {
  cloudflareCerts: '/cdn-cgi/access/certs',
  cloudflareIdentity: '/cdn-cgi/access/get-identity',
  cloudflareLogout: '/cdn-cgi/access/logout',
  pomeriumKeys: '/.well-known/pomerium/jwks.json',
} as const;

const owners: ReadonlyMap<string, DialectName> = new Map<string, DialectName>([
  [dialectPaths.cloudflareCerts, 'cloudflare'],
  [dialectPaths.cloudflareIdentity, 'cloudflare'],
  [dialectPaths.cloudflareLogout, 'cloudflare'],
  [dialectPaths.pomeriumKeys, 'pomerium'],
]);

/** Whether exactly this address is bouncer's at an application: every other spelling is the application's. */
export function isDialectPath(dialects: readonly Dialect[], path: CanonicalPath | string): boolean {
  if (dialects.length === 0) return false;
  const owner = owners.get(path);
  return owner !== undefined && speaks(dialects, owner);
}

export function speaks(dialects: readonly Dialect[], name: DialectName): boolean {
  return dialects.some((one) => one.name === name);
}

/** The names of the fields of these dialects, in order. */
export function dialectFieldNames(dialects: readonly Dialect[]): readonly string[] {
  return dialects.flatMap(({ name }) => dialectFields[name].map(([field]) => field));
}
