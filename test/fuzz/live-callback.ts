// Fuzz target: the endpoints of a login over a whole site. Whatever a stranger puts into a query or a cookie, it is not a fault of
// bouncer's (5xx) and never a session.
import fc from 'fast-check';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { liveTarget } from './live-target.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`;

interface Begun {
  readonly site: Site;
  /** The state and the cookie of a login that began; genuine, so that what is wrong is what comes with it. */
  readonly state: string;
  readonly cookie: string;
}

async function start(): Promise<Begun> {
  const site = await startSite({ rules });
  const browser = site.browser();
  const isProvider = (url: string): boolean => url.startsWith(site.provider.issuer);
  const response = await browser.get(site.at('wiki.localhost'), { stopAt: isProvider });
  const state = new URL(String(response.headers['location'])).searchParams.get('state') ?? '';
  return {
    site,
    state,
    cookie: browser.cookieFor(site.at('auth.localhost', '/.bouncer/callback/test')) ?? '',
  };
}

const name = fc.constantFrom(
  'code',
  'state',
  'iss',
  'error',
  'handoff',
  'session_state',
  'response',
  'id_token',
  'request',
  'return_to',
  'provider',
  'step_up',
  'max_age',
  '__proto__',
  'code[]',
  '%00',
);
const value = fc.oneof(
  fc.constantFrom(
    'GENUINE',
    '',
    'a',
    'access_denied',
    '..%2f',
    '//evil.test',
    '%0d%0aSet-Cookie:%20a=b',
    '%c0%af',
    '%',
    '%e2%84%aa',
    '1e309',
    '-1',
    'hardware_key',
    'null',
    'test',
  ),
  fc.webQueryParameters(),
  fc.base64String({ maxLength: 80 }).map((text) => text.replace(/[+/=]/g, '_')),
);
const query = fc.array(fc.tuple(name, value), { maxLength: 5 });
const path = fc.constantFrom(
  '/.bouncer/callback/test',
  '/.bouncer/login',
  '/.bouncer/callback',
  '/.bouncer/callback/other',
  '/.bouncer/',
  '/.bouncer/identity',
  '/.bouncer/logout',
);
const host = fc.constantFrom('auth.localhost', 'wiki.localhost');
const junk = fc.constantFrom(
  '',
  'bouncer_session=x',
  'bouncer_login_=x',
  'bouncer_login_a=b; bouncer_login_a=c',
  'GENUINE',
  'GENUINE; GENUINE',
  `bouncer_session=${'A'.repeat(43)}`,
);

export const liveCallback = liveTarget(
  'live-callback',
  start,
  ({ site }) => site.close(),
  ({ site, state, cookie }) => ({
    'no query makes a session, a 5xx or a header of its own': fc.asyncProperty(
      path,
      host,
      query,
      junk,
      async (at, name, pairs, sent) => {
        const text = pairs.map(([key, one]) => `${key}=${one.replaceAll('GENUINE', state)}`).join('&');
        const cookies = sent.replaceAll('GENUINE', cookie);
        const head = `GET ${at}?${text} HTTP/1.1\r\nHost: ${name}:${site.port}\r\nAccept: text/html\r\n${cookies === '' ? '' : `Cookie: ${cookies}\r\n`}Connection: close\r\n\r\n`;
        const got = await exchangeRaw(site.port, Buffer.from(head, 'latin1'), { quietMs: 0 });
        const status = got.responses[0]?.status ?? 0;
        if (status < 200 || status >= 500) throw new Error(`status ${status} for ${head}\n${got.received}`);
        if (/^set-cookie: *(?:__Host-)?bouncer_session=[^;]/im.test(got.received))
          throw new Error(`a session for ${head}`);
        if (/^set-cookie: *a=b/im.test(got.received)) throw new Error(`a header for ${head}`);
        const location = /^location: *(\S*)/im.exec(got.received)?.[1] ?? '/';
        const target = new URL(location, `http://${name}:${site.port}`);
        const known = [
          site.at('auth.localhost', ''),
          site.at('wiki.localhost', ''),
          new URL(site.provider.issuer).origin,
        ];
        if (!known.includes(target.origin)) throw new Error(`sent to ${location} by ${head}`);
        if (site.upstream.seen.length > 0) throw new Error('something reached the application');
      },
    ),
  }),
);
