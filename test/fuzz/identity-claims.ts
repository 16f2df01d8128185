// Fuzz target: whatever a provider says, an identity is ours in shape, and nobody's address reads as somebody else's.
import fc from 'fast-check';
import { assertionClaims } from '../../src/assertion/assertion-claims.ts';
import { parseEmailAddress } from '../../src/http/email-address.ts';
import { parseVisitQuery } from '../../src/identity/login/parse-visit-query.ts';
import { claimAt } from '../../src/identity/oidc/claim-at.ts';
import { identityFromClaims, needsUserInfo } from '../../src/identity/oidc/identity-from-claims.ts';
import { sessionOf } from '../assertion/assertion-fixture.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { providerSettings } from '../identity/login-site.ts';
import { fuzzTarget } from './fuzz-target.ts';

const piece = fc.constantFrom(
  ...[
    '@',
    '.',
    '..',
    'a',
    'A',
    'admin',
    'example.com',
    'evil.test',
    '"',
    '\\',
    ' ',
    '\t',
    '\r\n',
    '\u0000',
    '(x)',
    '<',
    '>',
    ',',
  ],
  ...[
    '\u212a',
    '\u0131',
    '\u00e9',
    '\u3002',
    '\uff20',
    '%40',
    '=?utf-8?q?x?=',
    '[127.0.0.1]',
    '-',
    '+tag',
    "'",
    ';',
    '\u202e',
    '\ud83d\ude00',
  ],
);
const address = fc.oneof(
  fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
  fc.string({ unit: anyCharacter, maxLength: 30 }),
);
const json = fc.jsonValue({ maxDepth: 3 });
const claimNames = [
  'email',
  'email_verified',
  'groups',
  'name',
  'amr',
  'acr',
  'auth_time',
  'sub',
  'department',
  '__proto__',
  'constructor',
  'realm_access',
];
const claims = fc.dictionary(
  fc.constantFrom(...claimNames),
  fc.oneof(json, address, fc.constant(true), fc.array(fc.string({ maxLength: 5 }))),
  { maxKeys: 8 },
);
const provider = providerSettings({
  id: 'idp',
  issuer: 'https://idp.test',
  claims: ['department', 'realm_access.roles', '__proto__', 'constructor.name'],
  groupsClaim: 'groups',
});
const nowMs = 1_800_000_000_000;
const isText = (value: unknown): boolean => typeof value === 'string';

export const identityClaims = fuzzTarget('identity-claims', {
  'an address is ASCII with one @, and lower case of what was sent': fc.property(address, (text) => {
    const read = parseEmailAddress(text);
    if (read === null) return true;
    return (
      read === text.toLowerCase() &&
      /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]+$/.test(read) &&
      read.length <= 254
    );
  }),
  'nothing but true verifies': fc.property(address, json, (text, flag) => {
    if (flag === true || flag === 'true') return true;
    const said = { sub: 'u', email: text, email_verified: flag };
    return identityFromClaims(provider, said, null, nowMs).email === null;
  }),
  'nothing but a text is an address': fc.property(
    json,
    (value) => typeof value === 'string' || parseEmailAddress(value) === null,
  ),
  'an identity has the types that decisions rely on': fc.property(
    claims,
    fc.option(claims),
    (idToken, userInfo) => {
      const identity = identityFromClaims(provider, { ...idToken, sub: 'u' }, userInfo, nowMs);
      return (
        identity.sub === 'u' &&
        (identity.email === null || parseEmailAddress(identity.email) === identity.email) &&
        (identity.name === null || isText(identity.name)) &&
        identity.groups.every(isText) &&
        identity.amr.every(isText) &&
        (identity.authTimeMs === null || identity.authTimeMs <= nowMs) &&
        Object.getPrototypeOf(identity.claims) === null &&
        Object.isFrozen(identity)
      );
    },
  ),
  'an address and its verification come from one source': fc.property(address, address, (first, second) => {
    const one = identityFromClaims(
      provider,
      { sub: 'u', email: first },
      { sub: 'u', email: second, email_verified: true },
      nowMs,
    );
    const two = identityFromClaims(
      provider,
      { sub: 'u', email: first, email_verified: false },
      { sub: 'u', email: second, email_verified: true },
      nowMs,
    );
    return one.email === parseEmailAddress(second) && two.email === null;
  }),
  'a claim is read without a throw, and never a prototype\u2019s': fc.property(
    claims,
    fc.string({ maxLength: 12 }),
    (object, path) => {
      needsUserInfo(provider, object);
      claimAt(object, path);
      return claimAt({}, path) === undefined && claimAt({}, 'constructor.name') === undefined;
    },
  ),
  'an assertion says of an identity what it is, and ends in time': fc.property(
    claims,
    fc.integer({ min: 30_000, max: 900_000 }),
    fc.integer({ min: 1, max: 2_000_000 }),
    (idToken, lifetimeMs, leftMs) => {
      const identity = identityFromClaims(provider, { ...idToken, sub: 'u' }, null, nowMs);
      const terms = {
        issuer: 'https://auth.test',
        audience: 'app',
        lifetimeMs,
        endsAtMs: nowMs + leftMs,
        tokenId: 't',
      };
      const made = assertionClaims(sessionOf({ identity }), terms, nowMs);
      if (made.type !== 'user') return false;
      const isAddressTold =
        identity.email === null
          ? !Object.hasOwn(made, 'email') && !Object.hasOwn(made, 'email_verified')
          : made.email === identity.email && made.email_verified === true;
      return (
        isAddressTold &&
        made.exp * 1000 <= nowMs + Math.min(lifetimeMs, leftMs) &&
        made.aud.length === 1 &&
        made.sub === 'u'
      );
    },
  ),
  'every parameter of a visit stands once or none is read': fc.property(
    fc.array(
      fc.tuple(
        fc.constantFrom(
          'code',
          'state',
          'iss',
          'error',
          'code[]',
          'state[0]',
          '__proto__',
          '%63ode',
          'Code',
          '',
        ),
        fc.string({ maxLength: 6 }),
      ),
      { maxLength: 6 },
    ),
    fc.string({ unit: anyCharacter, maxLength: 20 }),
    (pairs, tail) => {
      const query = `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`;
      const read = parseVisitQuery(query);
      parseVisitQuery(`${query}&${tail}`);
      const names = pairs.map(([name]) => name.replace('%63', 'c').replace(/\[.*$/, ''));
      const isDoubled = new Set(names).size !== names.length || pairs.some(([name]) => name.includes('['));
      return isDoubled ? read === null : read !== null && read.size === names.length;
    },
  ),
});
