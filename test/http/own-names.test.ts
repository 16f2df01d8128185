// Whose name stands in an address: only the upstream's own is ever replaced.
import { describe, expect, it } from 'vitest';
import { ownName, rewriteLocation } from '../../src/http/own-names.ts';

const locations = {
  names: [
    ownName('http', 'wiki.example.com'),
    ownName('http', '127.0.0.1:8090'),
    ownName('https', '[2001:db8::1]'),
  ].filter((name) => name !== null),
  origin: 'https://wiki.example.com',
};

describe('rewriteLocation', () => {
  it.each([
    ['http://127.0.0.1:8090/login?next=http://127.0.0.1:8090/a', '/login?next=http://127.0.0.1:8090/a'],
    ['http://127.0.0.1:8090', ''],
    ['HTTP://WIKI.example.com./%e9#top', '/%e9#top'],
    ['http://wiki.example.com:80?x', '?x'],
    ['//127.0.0.1:8090/a', '/a'],
    ['//wiki.example.com/a', '/a'],
    ['https://[2001:DB8:0::1]:443/a', '/a'],
  ])('%s is the application', (value, rest) => {
    expect(rewriteLocation(value, locations)).toBe(locations.origin + rest);
  });

  it.each([
    '/a',
    'a/b',
    '',
    'https://wiki.example.com/a',
    'https://127.0.0.1:8090/a',
    'http://127.0.0.1/a',
    'http://127.0.0.1:80901/a',
    'http://127.0.0.1:8090.evil.test/a',
    'http://x@127.0.0.1:8090/a',
    'http://127.0.0.1:8090\\@evil.test/',
    'http://evil.test/http://127.0.0.1:8090/',
    'http:/127.0.0.1:8090/a',
    ' http://127.0.0.1:8090/a',
    'ftp://127.0.0.1:8090/a',
    'http://[2001:db8::1]/a',
    `http://127.0.0.1:8090/${'a'.repeat(9000)}`,
  ])('%j stays', (value) => {
    expect(rewriteLocation(value, locations)).toBe(value);
  });
});
