// Fuzz target: no response of an upstream touches bouncer's cookies, speaks in its name or breaks the response.

import { validateHeaderName, validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { clientResponseHeaders, compileResponsePlan } from '../../src/http/response-headers.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { fuzzTarget } from './fuzz-target.ts';

const plan = compileResponsePlan({
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  responseHeaders: { set: [['X-Frame-Options', 'DENY']], remove: ['Server'] },
});
const cookiePair = fc
  .array(
    fc.constantFrom(
      ' ',
      '\t',
      '=',
      '"',
      '__Host-',
      '__host-',
      '__Secure-',
      'bouncer',
      'BOUNCER',
      '_',
      '.',
      '-',
      'session',
      'x',
      '1',
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));
const field = fc.oneof(
  cookiePair.map((pair) => ['Set-Cookie', `${pair}; Path=/`]),
  fc.constantFrom(
    ['Clear-Site-Data', '"cookies"'],
    ['clear-site-data', '"cache", "cookies"'],
    ['Clear-Site-Data', '*'],
    ['Clear-Site-Data', '"*"'],
    ['X-Bouncer-User', 'x'],
    ['x_bouncer_user', 'x'],
    ['Alt-Svc', 'h2="evil:443"'],
    ['Connection', 'close, x-a'],
    ['X-A', '1'],
    ['Transfer-Encoding', 'chunked'],
    ['Trailer', 'X-T'],
    ['Server', 's'],
  ),
  fc.tuple(fc.string({ maxLength: 6 }), fc.string({ unit: anyCharacter, maxLength: 6 })),
);
const upstreamFields = fc.array(field, { maxLength: 8 }).map((pairs) => pairs.flat());

/** The name under which a browser stores the cookie of a `Set-Cookie` value, and sends it back (RFC 6265bis section 5.6). */
function storedAs(value: string): string {
  const pair = value.split(';')[0] ?? '';
  const at = pair.indexOf('=');
  const name = at === -1 ? '' : pair.slice(0, at).trim();
  const content = (at === -1 ? pair : pair.slice(at + 1)).trim();
  return name === '' ? content : `${name}=${content}`;
}

export const httpResponseHeaders = fuzzTarget('http-response-headers', {
  'no browser stores a cookie that comes back as ours': fc.property(cookiePair, (pair) => {
    const fields = clientResponseHeaders(['Set-Cookie', `${pair}; Path=/`], plan);
    if (!Array.isArray(fields)) return true;
    return fields.every(
      (text, i) => fields[i - 1] !== 'Set-Cookie' || !/^(?:__host-|__secure-)?bouncer_/i.test(storedAs(text)),
    );
  }),
  'what passes can be written and leaves cookies alone': fc.property(upstreamFields, (raw) => {
    const fields = clientResponseHeaders(raw, plan);
    if (!Array.isArray(fields)) return true;
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i] ?? '';
      const value = fields[i + 1] ?? '';
      validateHeaderName(name);
      validateHeaderValue(name, value);
      const lower = name.toLowerCase();
      if (/^(?:connection|keep-alive|transfer-encoding|trailer|alt-svc|server|x.bouncer)/.test(lower))
        return false;
      if (lower === 'clear-site-data' && /cookies|\*/i.test(value)) return false;
    }
    return fields.at(-2) === 'X-Frame-Options' && fields.at(-1) === 'DENY';
  }),
});
