// Fuzz target: no text leads a browser, a decoder or a careless joiner of strings away from the origin.
import fc from 'fast-check';
import { checkReturnAddress } from '../../src/http/return-address.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { fuzzTarget } from './fuzz-target.ts';

const origin = 'https://app.bouncer.test';
const piece = fc.constantFrom(
  ...[
    '/',
    '/',
    '\\',
    'evil.test',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    '%5c',
    '%09',
    '%0d%0a',
    '\t',
    '\n',
    ' ',
    'http:',
    'https:',
    'javascript:',
  ],
  ...[
    '.',
    '..',
    ';',
    '%252f',
    '\u3002',
    '\uff0f',
    '\u2028',
    'a',
    'wiki',
    '=',
    '&',
    'url',
    '//',
    '%00',
    'app.bouncer.test',
    '[::1]',
  ],
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 9 }).map((pieces) => `/${pieces.join('')}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.string({ unit: anyCharacter, maxLength: 30 }),
);

export const httpReturnAddress = fuzzTarget('http-return-address', {
  'the address stays on the origin, decoded as often as one likes': fc.property(text, (given) => {
    let address = checkReturnAddress(given, origin);
    for (let i = 0; i < 4; i++) {
      if (new URL(address, origin).origin !== origin || !/^\/(?![/\\\s])/.test(address)) return false;
      try {
        address = decodeURIComponent(address);
      } catch {
        return true;
      }
    }
    return true;
  }),
  'it is the text as given, or the root': fc.property(text, (given) => {
    const address = checkReturnAddress(given, origin);
    return address === given || address === '/';
  }),
  'checking twice changes nothing': fc.property(text, (given) => {
    const address = checkReturnAddress(given, origin);
    return checkReturnAddress(address, origin) === address;
  }),
});
