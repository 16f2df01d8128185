// Fuzz target: whatever the head, the gate answers; what it lets through has one meaning.
import fc from 'fast-check';
import { checkRequestHead } from '../../src/http/gate.ts';
import { refusals } from '../../src/http/refusals.ts';
import { fuzzTarget } from './fuzz-target.ts';

const limits = { headerBytes: 16_384, headerCount: 100, urlBytes: 8192 };

const names = fc.constantFrom(
  ...[
    'Host',
    'host',
    'HOST',
    'H\u00f6st',
    'Content-Length',
    'content_length',
    'Content-Length ',
    'Transfer-Encoding',
  ],
  ...[
    'transfer_encoding',
    'Transfer~Encoding',
    'Connection',
    'Upgrade',
    'Expect',
    'Origin',
    'Cookie',
    'Accept',
    'X-A',
  ],
  ...[
    '__proto__',
    'constructor',
    '',
    ' ',
    'a b',
    'a:b',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Authorization',
  ],
);
const values = fc.constantFrom(
  ...[
    '',
    'app.bouncer.test',
    'a, b',
    '0',
    '5',
    '05',
    '+5',
    '5, 5',
    '0x5',
    '99999999999999999999',
    'chunked',
    'Chunked',
  ],
  ...[
    ',chunked',
    'chunked,',
    'identity',
    'gzip, chunked',
    'chunked\t',
    'websocket',
    'h2c',
    'Upgrade',
    'keep-alive',
  ],
  ...[
    '100-continue',
    'x',
    'a\r\nb: c',
    'a\u0000b',
    '\u0085a',
    '\u00ff',
    '13',
    'dGhlIHNhbXBsZSBub25jZQ==',
    '*/*',
    '\u2028',
  ],
);
const field = fc.tuple(
  fc.oneof(names, fc.string({ maxLength: 8 })),
  fc.oneof(values, fc.string({ maxLength: 12 })),
);
const fields = fc.array(field, { maxLength: 8 }).map((pairs) => pairs.flat());
const head = fc.record({
  method: fc.oneof(
    fc.constantFrom('GET', 'POST', 'get', 'TRACE', 'CONNECT', 'PROPFIND', 'HEAD', ''),
    fc.string({ maxLength: 6 }),
  ),
  url: fc.oneof(
    fc.constantFrom('/', '/a?b', '*', '', 'http://app.bouncer.test/x', '//evil', '/%zz', '/#'),
    fc.string({ maxLength: 20 }),
  ),
  httpVersion: fc.constantFrom('1.1', '1.0', '2.0', '0.9', '1.2'),
  rawHeaders: fields,
});

/** What decides about framing, route or answer is ASCII. */
const isRead =
  /^(?:host|content-length|transfer-encoding|connection|upgrade|expect|origin|accept|authorization|destination|sec-websocket-(?:key|version))$/i;

function count(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === name).length;
}

const good = {
  method: 'POST',
  url: '/a',
  httpVersion: '1.1',
  rawHeaders: ['Host', 'app.bouncer.test', 'Content-Length', '5'],
};

export const httpGate = fuzzTarget('http-gate', {
  'every head gets an answer from the table': fc.property(head, (raw) => {
    const result = checkRequestHead(raw, limits);
    return result.ok || refusals[result.refusal.reason].status === result.refusal.status;
  }),
  'what passes has one host and one framing': fc.property(
    head,
    fc.constantFrom([], ['Host', 'app.bouncer.test'], ['Host', 'app.bouncer.test', 'Content-Length', '5']),
    (raw, start) => {
      const rawHeaders = [...start, ...raw.rawHeaders];
      const result = checkRequestHead(
        { ...raw, rawHeaders, method: 'POST', url: '/a', httpVersion: '1.1' },
        limits,
      );
      if (!result.ok) return true;
      const lengths = count(rawHeaders, 'content-length');
      const codings = count(rawHeaders, 'transfer-encoding');
      return (
        count(rawHeaders, 'host') === 1 &&
        lengths + codings <= 1 &&
        rawHeaders.every(
          (text, i) => /^[\t -~]*$/.test(text) || (i % 2 === 1 && !isRead.test(rawHeaders[i - 1] ?? '')),
        ) &&
        rawHeaders.every(
          (text, i) => !/^transfer-/i.test(rawHeaders[i - 1] ?? '') || /^chunked$/i.test(text),
        ) &&
        rawHeaders.every((text) => /^[\t -~\u0080-\u00ff]*$/.test(text)) &&
        rawHeaders.every((text, i) => i % 2 === 1 || /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text))
      );
    },
  ),
  'a second framing field beside a good one never passes': fc.property(
    fc.constantFrom(
      'Host',
      'hOST',
      'Content-Length',
      'content-length',
      'Content_Length',
      'Transfer-Encoding',
      'Transfer.Encoding',
    ),
    values,
    fc.boolean(),
    (name, value, isFirst) => {
      const rawHeaders = isFirst ? [name, value, ...good.rawHeaders] : [...good.rawHeaders, name, value];
      return !checkRequestHead({ ...good, rawHeaders }, limits).ok;
    },
  ),
});
