// Fuzz target: one cookie of ours is read or none, and none of ours goes on to an upstream.
import fc from 'fast-check';
import { findCookie } from '../../src/http/cookie-header.ts';
import { withoutOwnCookies } from '../../src/http/own-cookie.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { fuzzTarget } from './fuzz-target.ts';

const name = '__Host-bouncer_session';
const foreign = fc.constantFrom(
  'a=1',
  'b="x; y"',
  '$Version=1',
  'x__Host-bouncer_session=no',
  'sessionid=2',
  '',
  ' ',
  '=',
  'c=;',
  'd=%ZZ',
);
const jar = fc.array(fc.oneof(foreign, fc.constantFrom(`${name}=good`, ` ${name}=good`, `\t${name}=other`)), {
  maxLength: 7,
});

export const httpCookie = fuzzTarget('http-cookie', {
  'the value comes from exactly one pair': fc.property(jar, (pairs) => {
    const own = pairs.filter((pair) => pair.trim().startsWith(`${name}=`));
    const read = findCookie(pairs.join(';'), name);
    if (own.length === 0) return read === null;
    if (own.length > 1) return read === 'doubled';
    return read === own[0]?.trim().slice(name.length + 1);
  }),
  'any header is read without a throw': fc.property(
    fc.string({ unit: anyCharacter, maxLength: 80 }),
    (header) => {
      const read = findCookie(`${header};${name}=v`, name);
      return read === 'v' || read === 'doubled' || read === null;
    },
  ),
  'foreign cookies keep their bytes, ours are gone': fc.property(
    fc.array(
      fc.constantFrom(
        'a=1',
        'b=2',
        `${name}=x`,
        'bouncer_login_1=y',
        '__host-bouncer_session=z',
        'c=bouncer',
      ),
      { maxLength: 8 },
    ),
    (pairs) => {
      const kept = pairs.filter((pair) => !/^(?:__host-)?bouncer_/i.test(pair)).join('; ');
      return (withoutOwnCookies(pairs.join('; ')) ?? '') === kept;
    },
  ),
});
