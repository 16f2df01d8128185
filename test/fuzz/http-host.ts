// Fuzz target: a host that passes is the host that URL parsers see, in one spelling.
import fc from 'fast-check';
import { parseHost } from '../../src/http/canonical-host.ts';
import { fuzzTarget } from './fuzz-target.ts';

const piece = fc.constantFrom(
  ...[
    'app',
    'APP',
    'bouncer',
    'test',
    '.',
    '..',
    '-',
    '_',
    ':',
    ':80',
    ':443',
    ':0',
    ':08',
    ':65536',
    '[',
    ']',
    '::1',
  ],
  ...[
    '[::1]',
    '[::ffff:1.2.3.4]',
    '[FE80::1%25eth0]',
    '127.0.0.1',
    '127.1',
    '0x7f',
    '0177',
    '1',
    'xn--',
    'xn--zca',
    'xn--a',
  ],
  ...[
    '@',
    '/',
    '\\',
    '#',
    '?',
    ' ',
    '%',
    '%2e',
    ',',
    '\u0000',
    '\u00e9',
    '\u3002',
    '\uff0e',
    '*',
    '8',
    'a'.repeat(60),
  ],
);
const authority = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.webAuthority({ withPort: true, withIPv4Extended: true, withIPv6: true, withUserInfo: true }),
  fc.string({ maxLength: 30 }),
);

export const httpHost = fuzzTarget('http-host', {
  'reading the canonical host again gives the same': fc.property(authority, (text) => {
    const parsed = parseHost(text);
    if (parsed === null) return true;
    const again = parseHost(parsed.host);
    return again !== null && again.host === parsed.host && again.port === null;
  }),
  'URL parsers see the same host and port': fc.property(authority, (text) => {
    const parsed = parseHost(text);
    if (parsed === null) return true;
    const url = new URL(`http://${text}/`);
    const host = url.hostname.replace(/\.$/, '');
    return host === parsed.host && Number(url.port || 80) === (parsed.port ?? 80) && url.username === '';
  }),
  'case and one trailing dot change nothing': fc.property(authority, (text) => {
    const parsed = parseHost(text);
    if (parsed === null) return true;
    return (
      parseHost(text.toUpperCase())?.host === parsed.host &&
      parseHost(text.toLowerCase())?.host === parsed.host
    );
  }),
});
