// Which logins belong to a connection, in any spelling and in any list of challenges.
import { expect, test } from 'vitest';
import {
  asksForConnectionLogin,
  hasConnectionLogin,
  withoutConnectionLogins,
} from '../../src/http/connection-login.ts';

test.each([
  ['NTLM TlRMTVNTUAAB', true],
  ['ntlm', true],
  ['Negotiate\tYII', true],
  ['NEGOTIATE YII', true],
  ['Basic bnRsbTpudGxt', false],
  ['Bearer ntlm', false],
  ['NTLMv3 x', false],
  ['', false],
])('Authorization: %s', (value, expected) => {
  expect(hasConnectionLogin(['X', 'NTLM', 'authorization', value])).toBe(expected);
});

test('only Authorization carries one', () => {
  expect(hasConnectionLogin(['Proxy-Authorization', 'NTLM x', 'Cookie', 'NTLM'])).toBe(false);
});

test.each<[string[], boolean, string[] | null]>([
  [['WWW-Authenticate', 'Negotiate', 'www-authenticate', 'NTLM'], true, null],
  [['WWW-Authenticate', 'NTLM TlRMTVNTUAAC'], true, null],
  [['WWW-Authenticate', 'Basic realm="x, NTLM"'], false, ['WWW-Authenticate', 'Basic realm="x, NTLM"']],
  [
    ['A', 'b', 'WWW-Authenticate', 'Negotiate, Basic realm="a \\" , NTLM", NTLM', 'C', 'd'],
    true,
    ['A', 'b', 'WWW-Authenticate', 'Basic realm="a \\" , NTLM"', 'C', 'd'],
  ],
  [
    ['WWW-Authenticate', 'NTLM', 'WWW-Authenticate', 'Digest realm="x", nonce="y"'],
    true,
    ['WWW-Authenticate', 'Digest realm="x", nonce="y"'],
  ],
  [['X', 'NTLM'], false, null],
])('challenges %j', (fields, asks, rest) => {
  expect(asksForConnectionLogin(fields)).toBe(asks);
  expect(withoutConnectionLogins(fields)).toEqual(rest);
});

test('a list that is longer than any is left out', () => {
  const fields = ['WWW-Authenticate', `NTLM, Basic realm="${'x'.repeat(20_000)}"`];
  expect(asksForConnectionLogin(fields)).toBe(true);
  expect(withoutConnectionLogins(fields)).toBeNull();
});
