// The visitor lies: return addresses, callbacks of other browsers, codes and states that were used.
import { type AttackSite, appHost, authUrl, cookieName } from './attack-site.ts';
import { beginLogin, type Flow, isSession, nothing, problemsOfRefusedLogin, stepOf } from './flow.ts';

/** Origins that a login may touch. */
const isKnown = (site: AttackSite, url: string): boolean =>
  [`https://${appHost}`, authUrl, site.issuer].includes(new URL(url).origin);

/** Log in with a return address, and see where it ends. @param site a hostile one, because its provider asks nothing */
export async function problemsOfReturn(site: AttackSite, returnTo: string): Promise<readonly string[]> {
  const browser = site.browser();
  const start = `https://${appHost}/.bouncer/login?return_to=${encodeURIComponent(returnTo)}`;
  const stopAt = (url: string): boolean => !isKnown(site, url);
  const end = await browser.get(start, { stopAt });
  const problems: string[] = [];
  if (end.status !== 200) problems.push(`ends with ${end.status} and ${String(end.headers['location'])}`);
  if (new URL(end.url).origin !== `https://${appHost}`) problems.push(`ends at ${end.url}`);
  // Somebody who is logged in is sent on at once: the same judgement, without the way through the provider.
  const again = await browser.get(start, { stopAt: () => true });
  const location = String(again.headers['location']);
  if (again.status !== 302 || !/^\/(?![/\\])/.test(location)) problems.push(`leads to ${location}`);
  await browser.close();
  return problems;
}

const returnAddress: Flow = (one, { hostile }) => {
  const { query } = stepOf(one, 'request') as { readonly query: Readonly<Record<string, string>> };
  return problemsOfReturn(hostile, query['return_to'] ?? '');
};

const afterLogout: Flow = async (one, { hostile }) => {
  const { browser } = await hostile.logIn();
  const { query } = (
    one.request['steps'] as readonly { readonly request?: { readonly query: { return_to: string } } }[]
  )[1]?.request ?? { query: { return_to: '' } };
  const out = await browser.post(
    `https://${appHost}/.bouncer/logout?return_to=${encodeURIComponent(query.return_to)}`,
    {},
    { stopAt: (url) => !isKnown(hostile, url) },
  );
  const location = String(out.headers['location'] ?? '');
  return out.status < 400 && !location.includes('evil.test') && !/http-equiv[^>]*evil\.test/.test(out.body)
    ? nothing
    : [`${out.status}, leads to ${location}`];
};

const errorPage: Flow = async (_, { hostile }) => {
  const query = new URLSearchParams({
    error: 'access_denied',
    error_description: '<script>alert(1)</script>',
    state: 'x"onmouseover=1',
  });
  const page = await hostile.browser().get(`${authUrl}/.bouncer/callback/test?${query}`);
  return [
    ...(page.status === 400 ? nothing : [`status ${page.status}`]),
    ...(/<script|onmouseover/.test(page.body) ? ['input in the page as markup'] : nothing),
    ...(String(page.headers['content-security-policy']).includes("default-src 'none'")
      ? nothing
      : ['no strict policy']),
    ...(page.headers['content-type'] === 'text/html; charset=utf-8'
      ? nothing
      : [String(page.headers['content-type'])]),
  ];
};

const sealedState: Flow = async (_, { hostile }) => {
  const callback = await beginLogin(hostile.browser(), '/private?x=1');
  const state = callback.searchParams.get('state') ?? '';
  const bytes = Buffer.from(state, 'base64url').toString('latin1');
  const isReadable = /private|bouncer\.test|https?:/.test(state + bytes);
  return state.length >= 22 && !isReadable ? nothing : ['the state says where it leads'];
};

/** A callback as the attacker has it, against a browser that began a login. */
const callbackWith =
  (change: (url: URL, site: AttackSite) => void): Flow =>
  async (one, { hostile }) => {
    const browser = hostile.browser();
    const url = await beginLogin(browser);
    change(url, hostile);
    const before = hostile.upstream.bytes();
    const end = await browser.get(url.href);
    return problemsOfRefusedLogin(one, browser, end, hostile.upstream.bytes() - before);
  };

const ofAnotherBrowser: Flow = async (one, { hostile }) => {
  const [attacker, victim] = [hostile.browser(), hostile.browser()];
  const url = await beginLogin(attacker);
  await beginLogin(victim);
  const before = hostile.upstream.bytes();
  const end = await victim.get(url.href);
  return problemsOfRefusedLogin(one, victim, end, hostile.upstream.bytes() - before);
};

const withoutCookie: Flow = async (one, { hostile }) => {
  const browser = hostile.browser();
  const url = await beginLogin(browser);
  browser.dropCookies(new URL(authUrl).hostname);
  const end = await browser.get(url.href);
  return problemsOfRefusedLogin(one, browser, end, 0);
};

const twice: Flow = async (one, { hostile }) => {
  const browser = hostile.browser();
  const url = await beginLogin(browser);
  const first = await browser.get(url.href);
  const token = browser.cookiesOf(appHost).get(cookieName) ?? '';
  if (first.status !== 200) return [`the login itself ends with ${first.status}`];
  const second = await browser.get(url.href, { stopAt: () => true });
  const after = browser.cookiesOf(appHost).get(cookieName);
  return [
    ...((one.expected.status ?? []).includes(second.status)
      ? nothing
      : [`the second callback: ${second.status}`]),
    ...(second.setCookies.some((line) => line.startsWith(cookieName)) ? ['a second session'] : nothing),
    ...(after === token && (await isSession(hostile, token)) ? nothing : ['the first session is gone']),
  ];
};

const oldCode: Flow = async (one, { hostile }) => {
  const first = hostile.browser();
  const old = await beginLogin(first);
  await first.get(old.href);
  const browser = hostile.browser();
  const url = await beginLogin(browser);
  url.searchParams.set('code', old.searchParams.get('code') ?? '');
  const before = hostile.upstream.bytes();
  const end = await browser.get(url.href);
  return problemsOfRefusedLogin(one, browser, end, hostile.upstream.bytes() - before);
};

const returnCases = [
  ...[
    '001',
    '002',
    '003',
    '004',
    '005',
    '006',
    '007',
    '008',
    '009',
    '012',
    '013',
    '016',
    '020',
    '023',
    '024',
    '025',
  ],
  ...['026', '029', '030', '032', '033', '034', '035', '037', '038', '039', '041', '042', '045'],
];

export const loginFlows: Readonly<Record<string, Flow>> = {
  ...Object.fromEntries(returnCases.map((number) => [`RDR-${number}`, returnAddress])),
  'RDR-104': afterLogout,
  'RDR-105': errorPage,
  'RDR-106': sealedState,
  'OIDC-001': callbackWith((url) => url.searchParams.delete('state')),
  'OIDC-002': callbackWith((url) => url.searchParams.set('state', 'deadbeef')),
  'OIDC-003': ofAnotherBrowser,
  'OIDC-004': withoutCookie,
  'OIDC-005': twice,
  'OIDC-006': oldCode,
  'OIDC-014': callbackWith((url) => url.searchParams.set('iss', 'https://evil-idp.test')),
  'OIDC-016': callbackWith((url, site) => url.searchParams.set('iss', `${site.issuer}/`)),
  'OIDC-088': async (one, { hostile }) => {
    const token = await hostile.token('alice');
    const path = `/.bouncer/frontchannel-logout?sid=x&iss=${encodeURIComponent(hostile.issuer)}`;
    const browser = hostile.browser();
    browser.setCookie(appHost, cookieName, token);
    const { status } = await browser.get(`https://${appHost}${path}`);
    const isKept = await isSession(hostile, token);
    return [
      ...((one.expected.status ?? []).includes(status) ? nothing : [`status ${status}`]),
      ...(isKept ? nothing : ['the session was ended']),
    ];
  },
};
