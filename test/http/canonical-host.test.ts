// One canonical host: strict grammar, lower case, no trailing dot, nothing guessed.
import { describe, expect, it } from 'vitest';
import { canonicalHostOf, parseHost } from '../../src/http/canonical-host.ts';
import { invalidHosts } from './attack-cases.ts';

describe('parseHost', () => {
  it.each([
    ['app.bouncer.test', 'app.bouncer.test', null],
    ['APP.Bouncer.TEST', 'app.bouncer.test', null],
    ['app.bouncer.test.', 'app.bouncer.test', null],
    ['app.bouncer.test.:443', 'app.bouncer.test', 443],
    ['app.bouncer.test:1337', 'app.bouncer.test', 1337],
    ['localhost:8080', 'localhost', 8080],
    ['my_app', 'my_app', null],
    ['xn--caf-dma.example', 'xn--caf-dma.example', null],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:443', '[::1]', 443],
    ['[2001:DB8:0:0:0:0:0:1]', '[2001:db8::1]', null],
    ['[::ffff:192.0.2.1]', '[::ffff:c000:201]', null],
    ['1password.example', '1password.example', null],
    ['a.0xyz', 'a.0xyz', null],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`, null],
  ])('%s is the host %s', (text, host, port) => {
    expect(parseHost(text)).toEqual({ host, port });
  });

  it.each([
    ...invalidHosts.map(([, host]) => host),
    ...[
      '.',
      '..',
      'a..b',
      '.a',
      'a..',
      '-a.test',
      'a-.test',
      'a b',
      ' a',
      'a ',
      'a\tb',
      'a@b',
      'user:pw@host',
      'a:',
      'a:0',
    ],
    ...[
      'a:080',
      'a:65536',
      'a:123456',
      'a:8080:80',
      'a?b',
      'a#b',
      'a\\b',
      'a%2eb',
      'caf\u00e9.test',
      'a\u3002b',
      '*.a',
    ],
    ...[
      '127.1',
      '0177.0.0.1',
      '0x7f.0.0.1',
      '0x7f000001',
      '2130706433',
      '256.0.0.1',
      '1.2.3',
      '1.2.3.4.5',
      '127.0.0.01',
    ],
    ...[
      '[::1',
      '::1',
      '[::1]x',
      '[::1]:',
      '[fe80::1%25eth0]',
      '[fe80::1%eth0]',
      '[v1.a]',
      '[127.0.0.1]',
      '[]',
      '[::1]]',
    ],
    ...['xn--a.test', 'xn--.test', `${'a'.repeat(64)}.test`, `${'a.'.repeat(127)}`.repeat(2), 'http://a'],
  ])('%j is not a host', (text) => {
    expect(parseHost(text)).toBeNull();
  });

  it('matches by whole names only', () => {
    expect(parseHost('evilapp.bouncer.test')?.host).not.toBe('app.bouncer.test');
  });
});

describe('canonicalHostOf', () => {
  it('reads a host of the configuration by the same grammar, and takes no port', () => {
    expect(canonicalHostOf('App.Example.')).toBe('app.example');
    expect(canonicalHostOf('app.example:443')).toBeNull();
  });
});
