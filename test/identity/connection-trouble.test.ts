import { describe, expect, test } from 'vitest';
import { explainConnection, explainProxied } from '../../src/identity/connection-trouble.ts';

const origin = 'https://id.example.com';

describe('a provider that cannot be reached is told by what the system says', () => {
  test.each([
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'of an authority that this machine does not know',
      '`ca_file` of this provider',
    ],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'of an authority that this machine does not know',
      'NODE_EXTRA_CA_CERTS',
    ],
    ['CERT_HAS_EXPIRED', 'its certificate has expired', 'this machine’s clock'],
    ['CERT_NOT_YET_VALID', 'its certificate is not valid yet', 'this machine’s clock'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name', '`issuer`'],
    ['ENOTFOUND', 'nobody knows its name', 'is `issuer` spelt right'],
    ['EAI_AGAIN', 'names cannot be looked up now', 'does DNS work'],
    ['ECONNREFUSED', 'nothing listens there', 'the port in `issuer`'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS there', 'the port in `issuer`'],
    ['EHOSTUNREACH', 'no way leads there', 'firewall'],
    ['UND_ERR_CONNECT_TIMEOUT', 'no way leads there', 'firewall'],
    ['ECONNRESET', 'no answer came', `is \`${origin}\` up`],
  ])('%s', (code, what, hint) => {
    const { cause, hint: said } = explainConnection(code, origin);
    expect(cause.startsWith(`\`${origin}\` cannot be reached: `)).toBe(true);
    expect([cause.includes(what), cause.endsWith(`(${code})`)]).toEqual([true, true]);
    expect(said).toContain(hint);
  });

  test('and behind a proxy by what the proxy does, never by what it is logged in with', () => {
    const proxy = new URL('http://me:secret@proxy.example.com:3128');
    const said = explainProxied(new Error('x'), { code: 'ECONNREFUSED', origin, proxy });
    expect(said.cause).toContain(
      'through the proxy `proxy.example.com:3128`: the proxy itself does not answer',
    );
    expect(said.hint).toContain('`HTTPS_PROXY`');
    expect(JSON.stringify(said)).not.toContain('secret');
    // What comes through it is about the provider again.
    expect(explainProxied(new Error('x'), { code: 'CERT_HAS_EXPIRED', origin, proxy })).toEqual(
      explainConnection('CERT_HAS_EXPIRED', origin),
    );
  });
});
