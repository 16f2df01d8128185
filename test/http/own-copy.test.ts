// Memory, measured after a full collection: what is remembered of foreign messages must not keep the messages.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { canonicalIp, compileTrustedProxies } from '../../src/http/client-address.ts';
import { headerName } from '../../src/http/header-name.ts';
import { ownCopy } from '../../src/http/own-copy.ts';
import { rememberKinds } from '../../src/http/remember-kinds.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Shows names or addresses of at least 13 characters, which V8 does not copy, each cut from another message of 64 KiB. */
function show(read: (text: string) => unknown, piece: (number: number) => string): void {
  for (let number = 0; number < 500; number++) {
    const text = piece(number);
    const message = `${text}${'x'.repeat(65_536)}`;
    // A text that was put together is written down when it is looked at.
    message.charCodeAt(70_000);
    read(Buffer.from(message, 'latin1').toString('latin1').slice(0, text.length));
  }
}

const kindOf = rememberKinds((name) => name.length);
const proxies = compileTrustedProxies(['192.0.2.0/24']);
const nameOf = (number: number): string => `X-Made-Up-Name-${1000 + number}`;
const addressOf = (number: number): string => `198.51.${100 + (number % 100)}.${100 + ((number / 100) | 0)}`;

describe('what is remembered of 32 MB of messages', () => {
  test.each<readonly [string, (text: string) => unknown, (number: number) => string]>([
    ['kinds of names', kindOf, nameOf],
    ['names', headerName, nameOf],
    ['addresses', canonicalIp, addressOf],
    ['trust in addresses', (ip) => proxies.isTrusted(ip), addressOf],
  ])('%s: not the messages', (_, read, piece) => {
    const before = heldBytes();
    show(read, piece);
    expect(heldBytes() - before).toBeLessThan(4 * 1024 * 1024);
    // It is remembered all the same.
    expect(read(piece(0))).toEqual(read(piece(0)));
  });

  test('a copy is the same text', () => {
    const every = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
    expect(ownCopy(every)).toBe(every);
    expect(ownCopy('')).toBe('');
  });
});
