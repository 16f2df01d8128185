// Every place where text from outside is read, each as one function of one text: fields of requests and answers, addresses,
// callbacks, tokens, claims, forms, and the operator's own files.

import { preferredLanguage } from '../../src/http/accept-language.ts';
import { browserKindOf } from '../../src/http/browser-kind.ts';
import { parseHost } from '../../src/http/canonical-host.ts';
import { parseTarget } from '../../src/http/canonical-path.ts';
import { clientAddress, clientCountry, compileTrustedProxies } from '../../src/http/client-address.ts';
import { isPageNavigation, isSameOrigin, isWebSocketOriginAllowed } from '../../src/http/client-kind.ts';
import { findCookie } from '../../src/http/cookie-header.ts';
import { parseEmailAddress } from '../../src/http/email-address.ts';
import { foreignCookies, forgetCookies } from '../../src/http/foreign-cookies.ts';
import { checkRequestHead } from '../../src/http/gate.ts';
import { headerName } from '../../src/http/header-name.ts';
import { compileHeaderPlan } from '../../src/http/header-plan.ts';
import { identityHeaderValue } from '../../src/http/identity-header.ts';
import { logText } from '../../src/http/log-text.ts';
import { ownCookiesOf, setsOwnCookie, withoutOwnCookies } from '../../src/http/own-cookie.ts';
import { parsePresented, withoutTokens } from '../../src/http/own-token.ts';
import { upstreamRequestHeaders } from '../../src/http/request-headers.ts';
import type { CanonicalHost } from '../../src/http/request-target.ts';
import { clientResponseHeaders, compileResponsePlan } from '../../src/http/response-headers.ts';
import { checkReturnAddress } from '../../src/http/return-address.ts';
import { parseMailAddress } from '../../src/identity/email-pin/typed-address.ts';
import { createLoginCookies } from '../../src/identity/login/login-cookies.ts';
import { openState } from '../../src/identity/login/login-records.ts';
import { parseVisitQuery } from '../../src/identity/login/parse-visit-query.ts';
import { identityFromClaims } from '../../src/identity/oidc/identity-from-claims.ts';
import { parseKeySet } from '../../src/identity/oidc/key-set.ts';
import { checkTokenShape } from '../../src/identity/oidc/token-shape.ts';
import { createSealer } from '../../src/identity/sealer.ts';
import { isSecretShaped } from '../../src/identity/tokens/service-secret.ts';
import { cookieFacts } from '../../src/pages/cookie-page.ts';
import { wantsJson } from '../../src/pages/wants-json.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { parseMailbox, parseSmtpUrl } from '../../src/settings/smtp-url.ts';
import { renderProblems } from '../../src/source/render-problems.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';
import { renderRequestLine } from '../../src/telemetry/log-line.ts';
import { renderPrettyRequest } from '../../src/telemetry/pretty-line.ts';
import { textsIn } from '../../src/texts/texts.ts';
import { html, safeHref } from '../../src/ui/html.ts';
import { initialOf } from '../../src/ui/initial-of.ts';
import { checkCompactForm, checkHeader } from '../../src/verify/token-form.ts';
import { sessionOf } from '../assertion/assertion-fixture.ts';
import { providerSettings } from '../identity/login-site.ts';
import { rulesOf } from '../rules/rules-text.ts';
import type { EntryPoint } from './pump.ts';

/** The defaults of `limits`: what is longer never gets to a reader. */
const head = 16_384;
const address = 8_192;
const cookieRoom = 131_072;
const limits = { headerBytes: head, cookieBytes: cookieRoom, headerCount: 100, urlBytes: address };

const trust = compileTrustedProxies(['127.0.0.0/8']);
const requestPlan = compileHeaderPlan({
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  identityHeaders: ['X-Forwarded-Email'],
  requestHeaders: { set: [], remove: ['X-Removed'] },
});
const responsePlan = compileResponsePlan({
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  responseHeaders: { set: [], remove: [] },
});
const ours = {
  host: 'app.bouncer.test',
  forwardedFor: null,
  forwardedProto: 'https',
  forwardedHost: 'app.bouncer.test',
  requestId: 'r',
  assertion: null,
  identity: [null],
} as const;

/** The fields that somebody here reads, in requests. */
const requestFields = [
  ...['Host', 'Content-Length', 'Transfer-Encoding', 'Expect', 'Upgrade', 'Origin', 'Destination', 'Accept'],
  ...['User-Agent', 'Sec-Fetch-Mode', 'Sec-Fetch-Dest', 'Sec-Fetch-Site', 'Sec-Purpose', 'Sec-WebSocket-Key'],
  ...[
    'Sec-WebSocket-Version',
    'Cookie',
    'Connection',
    'Authorization',
    'Referer',
    'X-Request-Id',
    'X-Unknown',
  ],
];

/** The gate, and what the steps behind it read of the same field. */
function readRequest(name: string, text: string): void {
  const fields = name === 'Host' ? [name, text] : ['Host', 'app.bouncer.test', name, text];
  const method = name === 'Destination' ? 'MOVE' : 'GET';
  const result = checkRequestHead({ method, url: '/a', httpVersion: '1.1', rawHeaders: fields }, limits);
  if (!result.ok) return;
  isPageNavigation(result.request);
  isSameOrigin(result.request, 'https://app.bouncer.test');
  isWebSocketOriginAllowed(result.request, 'https://app.bouncer.test', ['https://other.test']);
  wantsJson(result.request);
  upstreamRequestHeaders(fields, ours, requestPlan, 'websocket');
}

const application = rulesOf(`applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies: [{ name: all, action: bypass, include: [everyone] }]
    paths:
      - { path: /a/a/a, policies: [{ name: all, action: bypass, include: [everyone] }] }
      - { path: /admin, policies: [{ name: all, action: bypass, include: [everyone] }] }
`).findApplication('wiki.example.com' as CanonicalHost);

function parseAddressWords(text: string): void {
  const target = parseTarget(text);
  if (!('problem' in target)) application?.selectArea(target);
}

const sealer = createSealer(new Uint8Array(32).fill(7));
const cookies = createLoginCookies(sealer, 'provider-login-cookie');
const web = { authUrl: 'https://auth.example.com' } as never;
const session = sessionOf({});
const record = {
  ...{
    requestId: 'r',
    host: 'h',
    method: 'GET',
    path: '/',
    status: 200,
    decision: 'allow',
    reason: 'r',
    policy: null,
  },
  ...{
    application: null,
    sub: null,
    email: null,
    idp: null,
    session: null,
    ip: null,
    durationMs: 1,
    upstreamMs: 1,
    bytesOut: 0,
  },
};
const base64url = (text: string): string => Buffer.from(text).toString('base64url');

export const entryPoints: readonly EntryPoint[] = [
  ...requestFields.map((name) => ({
    name: `the field ${name}`,
    longest: head - 100,
    read: (text: string) => readRequest(name, text),
  })),
  {
    name: 'the name of a field',
    longest: head - 100,
    read: (text) => [headerName(text), requestPlan.verdict(text), responsePlan.verdict(text)],
  },
  ...['X-Forwarded-For', 'X-Real-IP'].map((name) => ({
    name: `the client address in ${name}`,
    longest: head - 100,
    pieces: ['1.2.3.4', '1.2.3.4,', '127.0.0.1,', '[::1]', '[::1],', '127.0.0.1 , '],
    read: (text: string) => clientAddress('127.0.0.1', [name, text], trust, name),
  })),
  {
    name: 'the country',
    longest: head - 100,
    read: (text) => clientCountry('127.0.0.1', ['CF-IPCountry', text], trust, 'CF-IPCountry'),
  },
  { name: 'an own cookie', longest: head - 100, read: (text) => findCookie(text, 'bouncer_session') },
  {
    name: 'the cookies of logins',
    longest: head - 100,
    pieces: ['__Host-bouncer_login_a=;', '__Host-bouncer_login_'],
    read: (text) => cookies.begin(text, web, { id: 'x', record: {} }, 0),
  },
  { name: 'cookies on their way to an application', longest: head - 100, read: withoutOwnCookies },
  {
    name: 'cookies that are too many',
    longest: cookieRoom - 100,
    pieces: ['bouncer_login_a=;', '__Host-bouncer_', 'a=b; ', '=;'],
    read: (text) => [ownCookiesOf(text), foreignCookies(text), cookieFacts(text, textsIn('en'))],
  },
  {
    name: 'names of cookies to delete',
    longest: head - 100,
    pieces: ['a ', '__Host-a ', 'bouncer_session '],
    read: (text) =>
      forgetCookies(text.split(' '), { host: 'a.b.example.com', path: '/a/b', scheme: 'https' }),
  },
  {
    name: 'a host',
    longest: head - 100,
    pieces: ['xn--', 'xn--a.', '0x', '1.1.1.', '::', '[::'],
    read: parseHost,
  },
  {
    name: 'the address of a request',
    longest: address,
    pieces: ['/..;/', '/%2e%2e', '/a//', '/a;b//%41', '%252f', '%25', '/A;', ';/'],
    read: parseAddressWords,
    wrap: (run) => `/${run}`,
  },
  {
    name: 'a token in Authorization',
    longest: head - 100,
    read: (authorization) => parsePresented({ authorization }),
    wrap: (run) => `Basic ${run}`,
  },
  { name: 'a token as Bouncer-Token', longest: head - 100, read: isSecretShaped },
  {
    name: 'a text that may hold a token',
    longest: head - 100,
    read: withoutTokens,
    wrap: (run) => `bnc_s_${run}`,
  },
  { name: 'the query of a request', longest: address, read: parseAddressWords, wrap: (run) => `/a?${run}` },
  {
    name: 'a return address',
    longest: 4_096,
    read: (text) => checkReturnAddress(text, 'https://app.bouncer.test'),
  },
  {
    name: 'a return address with a query',
    longest: 4_000,
    read: (text) => checkReturnAddress(`/a?${text}`, 'https://app.bouncer.test'),
  },
  {
    name: 'the query of an own endpoint',
    longest: address,
    pieces: ['[', 'a[', 'a[]=&', '%5B', '&%41'],
    read: (text) => parseVisitQuery(`?${text}`),
  },
  { name: 'a sealed state', longest: address, read: (text) => openState(sealer, text) },
  { name: 'a log text', longest: 65_536, read: (text) => logText(text, 512) },
  ...[
    'Set-Cookie',
    'Clear-Site-Data',
    'Connection',
    'Cache-Control',
    'Strict-Transport-Security',
    'Location',
    'X-Unknown',
  ].map((name) => ({
    name: `the field ${name} of an application`,
    longest: 65_536,
    read: (text: string) => clientResponseHeaders([name, text], responsePlan),
  })),
  { name: 'a cookie that an application sets', longest: 65_536, read: setsOwnCookie },
  { name: 'a provider token', longest: 65_536, read: (text) => checkTokenShape(text, ['RS256'], ['jwt']) },
  {
    name: 'the claims of a provider token',
    longest: 49_152,
    read: (text) =>
      checkTokenShape(`${base64url('{"alg":"RS256"}')}.${base64url(text)}.AAAA`, ['RS256'], ['jwt']),
  },
  {
    name: 'an e-mail claim',
    longest: 65_536,
    pieces: ['a@', '.a@', 'a-', '-.', 'a-.'],
    read: (text) => parseEmailAddress(text),
  },
  {
    name: 'an address that somebody typed',
    longest: 65_536,
    pieces: ['a@', '.a@', 'ü.', '\u00a0', '@ü.'],
    read: (text) => parseMailAddress(text),
  },
  {
    name: 'an address in another script of full length',
    longest: 300,
    pieces: ['ü', 'ü.', 'xn--'],
    read: (text) => parseMailAddress(`a@${text}.example`),
  },
  { name: 'the address of a mail server', longest: 65_536, read: (text) => parseSmtpUrl(`smtp://${text}`) },
  {
    name: 'a sender of mail',
    longest: 65_536,
    pieces: ['a ', '<', '@', ' <'],
    read: (text) => parseMailbox(text),
  },
  { name: 'the words for a browser', longest: 16_384, read: (text) => browserKindOf(text) },
  {
    name: 'the languages of a browser',
    longest: 65_536,
    pieces: ['de;q=0.5,', '-', 'a;', ' '],
    read: (text) => preferredLanguage(['Accept-Language', text, 'Accept-Language', text.slice(0, 500)]),
  },
  { name: 'an e-mail claim of full length', longest: 254, read: (text) => parseEmailAddress(`a@${text}`) },
  {
    name: 'the claims of a person',
    longest: 65_536,
    read: (text) =>
      identityFromClaims(
        providerSettings({ id: 'p', issuer: 'https://p.test', claims: ['a'] }),
        {
          sub: 'a',
          name: text,
          groups: [text],
          a: text,
          amr: [text],
          acr: text,
          email: text,
          email_verified: true,
        },
        null,
        1,
      ),
  },
  {
    name: 'a key set',
    longest: 65_536,
    read: (text) =>
      parseKeySet({
        keys: [
          { kty: 'RSA', n: text, e: 'AQAB' },
          { kty: 'RSA', n: text, e: text, kid: text },
        ],
      }),
  },
  {
    name: 'a claim in an identity header',
    longest: 8_192,
    read: (text) => identityHeaderValue({ kind: 'name' } as never, { ...session.identity, name: text }),
  },
  {
    name: 'a claim on a page',
    longest: 65_536,
    read: (text) => [
      String(html`<a title="${text}">${text}</a>`),
      safeHref(text),
      safeHref(`/${text}`),
      initialOf(text),
    ],
  },
  {
    name: 'a text in the log',
    longest: 65_536,
    read: (text) => {
      const texts = {
        ...record,
        path: text,
        userAgent: text,
        sub: text,
        email: text,
        host: text,
        method: text,
      };
      return [
        renderRequestLine(texts, 't', 'info'),
        renderPrettyRequest(texts, { time: '2026-01-01T00:00:00Z', isColored: false }),
      ];
    },
  },
  { name: 'an assertion', longest: 65_536, read: checkCompactForm },
  { name: "an assertion's header", longest: 65_536, read: checkHeader },
];

const sources = { env: {}, baseDir: '/', readFile: () => '' };

function readSettings(content: string): unknown {
  const parsed = parseYaml('bouncer.yaml', content);
  const settings = parsed.ok ? parseSettings(parsed.value, sources) : parsed;
  if (settings.ok) return settings;
  return renderProblems(settings.problems, new Map([['bouncer.yaml', content]]), { isColored: false });
}

/** What operators write. A reload reads it beside requests, so it may not take long either. */
export const files: readonly EntryPoint[] = [
  {
    name: 'a settings file',
    longest: 8_192,
    pieces: [
      'a: ',
      '- ',
      '[',
      ']',
      '{a: ',
      "'a' ",
      '# a',
      'a: |\n',
      '? ',
      '\n ',
      '\n\t',
      '- a\n',
      '&a ',
      '://a:',
      'secret: ',
    ],
    read: readSettings,
  },
  {
    name: 'a value in a settings file',
    longest: 4_096,
    pieces: ['://a:', '127.', '::', 'secret'],
    read: (text) => {
      const value = JSON.stringify(text);
      return readSettings(
        `auth_url: ${value}\nlisten: ${value}\nclient_ip_header: ${value}\ntrusted_proxies: [${value}]\nsession: { duration: ${value} }\n` +
          `identity_providers: [{ id: ${value}, type: oidc, issuer: ${value}, client_id: a, scopes: [${value}] }]\n`,
      );
    },
  },
];
