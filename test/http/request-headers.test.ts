// What an application hears of a request: the client's words, then bouncer's, each once.
import { describe, expect, it } from 'vitest';
import { compileHeaderPlan } from '../../src/http/header-plan.ts';
import { headerProblem } from '../../src/http/header-table.ts';
import { upstreamRequestHeaders, upstreamRequestTrailers } from '../../src/http/request-headers.ts';
import { forgedHeaders } from './attack-cases.ts';

const input = {
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  identityHeaders: ['X-Forwarded-Email', 'X-Forwarded-Groups'],
  requestHeaders: { set: [['X-Env', 'production']] as [string, string][], remove: ['X-Debug'] },
};
const plan = compileHeaderPlan(input);
const token = `bnc_s_${'A1b2C3d4'.repeat(6)}Z`;
const our = {
  host: 'app.bouncer.test',
  forwardedFor: '192.0.2.7',
  forwardedProto: 'https' as const,
  forwardedHost: 'app.bouncer.test',
  requestId: 'r-1',
  assertion: 'a.b.c',
  identity: ['alice@example.com', 'staff'],
};
const ours = [
  ...['X-Forwarded-For', '192.0.2.7', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'app.bouncer.test'],
  ...['X-Request-Id', 'r-1', 'X-Bouncer-Jwt-Assertion', 'a.b.c'],
  ...['X-Forwarded-Email', 'alice@example.com', 'X-Forwarded-Groups', 'staff', 'X-Env', 'production'],
];
const host = ['Host', 'APP.bouncer.test:443'];
/** What goes on of the client's fields. */
function kept(...fields: string[]): string[] {
  const sent = upstreamRequestHeaders([...host, ...fields], our, plan);
  expect(sent.slice(0, 2)).toEqual(['Host', 'app.bouncer.test']);
  expect(sent.slice(-ours.length)).toEqual(ours);
  return sent.slice(2, -ours.length);
}

describe('forged fields', () => {
  it.each(forgedHeaders)('%s: %s does not reach the upstream', (_, name, value) => {
    expect(kept(name, value)).toEqual([]);
  });

  it.each([
    ...[
      'X-Bouncer-Anything',
      'x.bouncer.user',
      'X-FORWARDED-USER',
      'x_forwarded_for',
      'Forwarded',
      'X-Forwarded',
      'Remote-User',
    ],
    ...[
      'REMOTE_USER',
      'X-Remote-User',
      'X-Auth-Request-Email',
      'X-Pomerium-Jwt-Assertion',
      'Cf-Access-Jwt-Assertion',
    ],
    ...[
      'Cf-Access-Authenticated-User-Email',
      'CF-Connecting-IP',
      'CF-Connecting_IP',
      'Client-IP',
      'Real-Ip',
      'X-Host',
      'Proxy',
    ],
    ...[
      'X-Original-URL',
      'X-Original-URI',
      'X-Original-Host',
      'X-Original-Remote-Addr',
      'X-Override-URL',
      'Request-Uri',
      'Proxy-Host',
    ],
    ...[
      'X-HTTP-Method',
      'X-Method-Override',
      'X-HTTP-Host-Override',
      'X-HTTP-DestinationURL',
      'X-Custom-IP-Authorization',
    ],
    ...[
      'X-WEBAUTH-USER',
      'X-Goog-Authenticated-User-Email',
      'X-Ms-Client-Principal-Name',
      'Tailscale-User-Login',
      'OIDC_CLAIM_email',
    ],
    ...['X-Debug', 'x_debug', 'X-Env', 'x!env', 'X-Request-Id', 'Host', 'host'],
  ])('%s does not reach the upstream', (name) => {
    expect(kept(name, 'forged')).toEqual([]);
  });

  it.each([
    ['X-Api-Key', token],
    ['Private-Token', `x ${token}`],
    ['X-Authorization', `Bearer ${token}`],
    ['Referer', `https://wiki.example.com/?token=${token}`],
    ['Referer', `https://wiki.example.com/?token=${token.replaceAll('_', '%5F')}`],
    ['User-Agent', `program/1 (${token})`],
    ['Destination', `https://wiki.example.com/${token}`],
    ['Cookie', `token=${token}`],
  ])('%s does not carry a token of bouncer’s to the upstream: %s', (name, value) => {
    expect(kept(name, value)).toEqual([]);
  });

  it('takes a token of bouncer’s from among cookies, and leaves the others', () => {
    expect(kept('Cookie', `a=1; token=${token}; b=2`)).toEqual(['Cookie', 'a=1; b=2']);
  });

  it('sends no token of bouncer’s after a body', () => {
    expect(upstreamRequestTrailers(['X-Sum', 'abc', 'X-Key', token], plan)).toEqual(['X-Sum', 'abc']);
  });

  it('leaves an identity header absent when the person has no such claim', () => {
    const sent = upstreamRequestHeaders(
      [...host, 'X-Forwarded-Groups', 'admins'],
      { ...our, identity: ['a@b.c', null] },
      plan,
    );
    expect(sent).not.toContain('X-Forwarded-Groups');
    expect(sent).not.toContain('admins');
  });

  it('leaves a value of ours out rather than break the line', () => {
    const sent = upstreamRequestHeaders(host, { ...our, identity: ['a\r\nX-Admin: 1', 'caf\u00e9'] }, plan);
    expect(sent.join()).not.toMatch(/X-Admin|caf/);
  });

  it('removes the Cloudflare assertion under a custom name of ours in every spelling', () => {
    const custom = compileHeaderPlan({ ...input, assertionHeader: 'X-Company-Token' });
    const sent = upstreamRequestHeaders(
      [...host, 'x_company_token', 'forged', 'X-Company-Token', 'forged'],
      our,
      custom,
    );
    expect(sent.filter((text) => /^x.company.token$/i.test(text))).toHaveLength(1);
    expect(sent).not.toContain('forged');
  });
});

describe('the connection of the client', () => {
  it('ends at bouncer', () => {
    expect(
      kept(
        ...[
          'TE',
          'trailers',
          'Trailer',
          'X-Bouncer-User',
          'Keep-Alive',
          'timeout=5',
          'Proxy-Connection',
          'keep-alive',
        ],
        ...[
          'Proxy-Authorization',
          'Basic eDp5',
          'HTTP2-Settings',
          'AAMAAABk',
          'Upgrade',
          'h2c',
          'Connection',
          'Upgrade, HTTP2-Settings',
        ],
        ...['Transfer-Encoding', 'chunked', 'Expect', '100-continue'],
      ),
    ).toEqual([]);
  });

  it('takes with it what Connection names, but never ours', () => {
    expect(
      kept('Connection', 'close, X-Bouncer-Jwt-Assertion, X-Free', 'X-Free', 'a', 'x_free', 'b', 'Y', 'c'),
    ).toEqual(['Y', 'c']);
    expect(
      kept('Cookie', 'a=1', 'Connection', 'cookie, host, x-forwarded-for, forwarded, x-env, x-request-id'),
    ).toEqual([]);
    expect(kept('X-Free', 'a', 'Connection', 'x-free', 'Connection', 'y', 'Y', 'b')).toEqual([]);
  });

  it('does not take the length of the body with it', () => {
    expect(kept('Content-Length', '5', 'Connection', 'content-length')).toEqual(['Content-Length', '5']);
    expect(kept('Content_Length', '5')).toEqual([]);
  });
});

describe('what the client may say', () => {
  it('keeps order, case, repetition and bytes', () => {
    const fields = [
      'ACCEPT',
      '*/*',
      'X-a',
      '1',
      'x-A',
      '2',
      'Authorization',
      'Bearer x',
      'Origin',
      'https://a',
      '__proto__',
      'p',
    ];
    expect(kept(...fields)).toEqual(fields);
  });

  it.each([
    ['a=1; __Host-bouncer_session=tok; b=2', 'a=1; b=2'],
    ['__Host-bouncer_session=tok; b=2', 'b=2'],
    ['a=1;bouncer_session=tok;b=2', 'a=1;b=2'],
    ['a=1; bouncer_login_x=tok', 'a=1'],
    ['a="x; y";  b=%ZZ ;; c', 'a="x; y";  b=%ZZ ;; c'],
    ['a=bouncer; mybouncer_x=1', 'a=bouncer; mybouncer_x=1'],
    ['__host-bouncer_session=tok; a=1', 'a=1'],
    ['\t__Host-bouncer_session =tok; a=1', 'a=1'],
    ['__Host-bouncer.session=tok; a=1', 'a=1'],
    ['bouncer_session; a=1', 'a=1'],
    ['\u00e2\u0080\u0080__Host-bouncer_session=tok; n=\u00c3\u00a9', 'n=\u00c3\u00a9'],
  ])('the Cookie %j goes on as %j', (cookie, expected) => {
    expect(kept('Cookie', cookie)).toEqual(['Cookie', expected]);
  });

  it('drops a Cookie field that held nothing but ours', () => {
    expect(kept('Cookie', '__Host-bouncer_session=tok')).toEqual([]);
  });

  it('keeps the WebSocket fields on handshakes only', () => {
    const fields = ['Sec-WebSocket-Key', 'k', 'Sec-WebSocket-Protocol', 'p', 'Sec-WebSocket-Extensions', 'e'];
    expect(kept(...fields)).toEqual([]);
    expect(upstreamRequestHeaders([...host, ...fields], our, plan, 'websocket').slice(2, 8)).toEqual(fields);
  });
});

describe('an unknown client and an anonymous person', () => {
  it('have no header for what is not known', () => {
    const sent = upstreamRequestHeaders(
      host,
      { ...our, forwardedFor: null, assertion: null, identity: [] },
      plan,
    );
    expect(sent).toEqual([
      ...['Host', 'app.bouncer.test', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'app.bouncer.test'],
      ...['X-Request-Id', 'r-1', 'X-Env', 'production'],
    ]);
  });
});

describe('compileHeaderPlan', () => {
  it.each([
    'Host',
    'Connection',
    'Content-Length',
    'Transfer_Encoding',
    'X-Bouncer-User',
    'a b',
    '',
    'Cookie',
    'X-Forwarded-For',
  ])('takes no configuration that sets %j', (name) => {
    expect(headerProblem(name, 'request-set')).not.toBeNull();
    expect(() => compileHeaderPlan({ ...input, requestHeaders: { set: [[name, 'x']], remove: [] } })).toThrow(
      RangeError,
    );
    expect(() => compileHeaderPlan({ ...input, identityHeaders: [name] })).toThrow(RangeError);
  });

  it('takes no value that breaks the line, and no header twice', () => {
    expect(() =>
      compileHeaderPlan({ ...input, requestHeaders: { set: [['X', 'a\nb']], remove: [] } }),
    ).toThrow(RangeError);
    expect(() => compileHeaderPlan({ ...input, identityHeaders: ['X-A', 'x_a'] })).toThrow(RangeError);
    expect(() => compileHeaderPlan({ ...input, assertionHeader: 'Host' })).toThrow(RangeError);
  });

  it('remembers no more names than its bound', () => {
    for (let i = 0; i < 5000; i++) expect(kept(`X-Flood-${i}`, 'a')).toHaveLength(2);
    expect(kept('X-Bouncer-User', 'a')).toEqual([]);
  });
});
