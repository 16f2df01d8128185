import { expect, it } from 'vitest';
import { looksLikeSecret } from '../../src/source/looks-like-secret.ts';

it.each([
  ['in base64, with slashes', 'aB3/xY9kLmNoPqRsTuVwXyZ0123/456789abcDEF='],
  ['in base64, with slashes close together', '/aB3/xY9kLm+NoPq/RsT/uVwXy/Z0123a/bcDEF4='],
  ['of Entra ID, with a dot', 'Q8x8Q~abc.dEf1234567890GhIjKlMnOpQrSt'],
  ['in base64url', 'xY9kLmNoPqRsTuVwXyZ0123_456-789abcDEF'],
  ['in hexadecimal digits', '0123456789abcdef0123456789abcdef'],
  ['of a long JWK', 'a'.repeat(101)],
])('a secret where the path of a file belongs is not shown: %s', (_, text) => {
  expect(looksLikeSecret('file', text)).toBe(true);
});

it.each([
  '/run/secrets/google-client-secret',
  'secrets/Google2.txt',
  './key.pem',
  'C:\\Users\\me\\secret.txt',
  '/var/lib/kubelet/pods/5b0d7a2e-93c1-4d0f-8f55-2a3f1c9d8e10/volumes/secret',
  '/nix/store/0c5wv1xkmb3yqpl2zr9a7n8d6f4g0h1j-secret/value',
  'client-secret',
])('the path of a file is shown: %s', (path) => {
  expect(looksLikeSecret('file', path)).toBe(false);
});

it.each([
  'Xk9fQ2pLmN8wZr4T',
  'hunter2hunter2',
  'GOCSPX-abcdefgh',
  'a secret',
  '0123456789abcdef0123456789abcdef',
])('a secret where the name of a variable belongs is not shown: %s', (text) => {
  expect(looksLikeSecret('env', text)).toBe(true);
});

it.each(['GOOGLE_CLIENT_SECRET', 'OAUTH2SECRET', 'oauth2_proxy_secret', 'clientSecret', 'S3KEY'])(
  'the name of a variable is shown: %s',
  (name) => {
    expect(looksLikeSecret('env', name)).toBe(false);
  },
);
