// Who somebody is, attacked by what a provider says oddly or late, by other tabs, and by an application that wants a person out.
import { type AttackSite, appHost, authUrl, cookieName } from './attack-site.ts';
import { beginLogin, type Flow, isSession, logInWithLies, nothing, sleep, until } from './flow.ts';

const excluding = `
applications:
  - name: app
    host: ${appHost}
    upstream: UPSTREAM
    policies:
      - name: staff
        action: allow
        include: [{ email_domain: example.com }]
        exclude: [{ group: contractors }]
    paths:
      - path: /admin
        policies: [{ name: admins, action: allow, include: [{ group: admins }] }]
`;

/** Shapes of a contractor's groups that say less than they should; none of them makes an admin either. */
const oddGroups: readonly Readonly<Record<string, unknown>>[] = [
  { groups: null },
  {
    groups: null,
    _claim_names: { groups: 'src1' },
    _claim_sources: { src1: { endpoint: 'https://evil.test' } },
  },
  { groups: null, _claim_names: '{"groups":"src1"}' },
  { groups: null, _claim_sources: { src1: { endpoint: 'https://evil.test' } } },
  { groups: null, hasgroups: true },
  { groups: [{ name: 'contractors' }, { name: 'admins' }] },
  { groups: ['staff', null] },
  { groups: ['staff', 7] },
  { groups: [['admins', 'contractors']] },
  { groups: { admins: false, staff: true } },
  { groups: { 0: 'admins', 2: 'contractors' } },
  { groups: 'contractors,admins' },
  { groups: '[contractors, admins]' },
  { groups: 'admins\ncontractors' },
  { groups: '' },
  { groups: 7 },
  { groups: true },
];

const oddShapes: Flow = async (_, sites) => {
  const site = await sites.own({
    provider: 'hostile',
    rules: excluding,
    moreOfProvider: '    groups_missing: unknown\n',
  });
  const problems: string[] = [];
  const expect = async (
    claims: Readonly<Record<string, unknown>>,
    path: string,
    status: number,
  ): Promise<void> => {
    const { response } = await logInWithLies(site, { claims, userInfo: { groups: null } }, path);
    if (response.status !== status)
      problems.push(`${path} with ${JSON.stringify(claims)}: ${response.status}`);
  };
  for (const claims of oddGroups) {
    await expect(claims, '/private', 403);
    await expect(claims, '/admin', 403);
  }
  await expect({ groups: ['staff'] }, '/private', 200);
  await expect({ groups: { admins: true } }, '/admin', 200);
  return problems;
};

/** An unsecured JWT that says the address of an admin: an aggregated claim (OpenID Connect Core section 5.6.2) that nobody verified. */
const aggregated = {
  _claim_names: { email: 'src1', email_verified: 'src1' },
  _claim_sources: {
    src1: {
      JWT: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"email":"alice@example.com","email_verified":true}').toString('base64url')}.`,
    },
  },
};

/** Claims of the ID token and of UserInfo that give alice's address only where their halves are put together. */
const halves: readonly (readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>])[] = [
  [{ email_verified: null }, { email: 'me@evil.test', email_verified: true }],
  [{ email_verified: null }, { email_verified: true }],
  [{ email: null }, { email: 'alice@example.com' }],
  [{ email_verified: false }, { email: 'alice@example.com', email_verified: true }],
  [{ email: null, email_verified: null, ...aggregated }, {}],
  [{ email: null, email_verified: null }, aggregated],
  [{ email: null, emails: ['alice@example.com'] }, {}],
  [{ email: null, upn: 'alice@example.com', preferred_username: 'alice@example.com' }, {}],
];

const halfAddresses: Flow = async (_, { hostile }) => {
  const problems: string[] = [];
  for (const [claims, userInfo] of halves) {
    const { response, upstreamBytes } = await logInWithLies(hostile, { claims, userInfo });
    if (response.status !== 403 || upstreamBytes > 0)
      problems.push(`${JSON.stringify([claims, userInfo])}: ${response.status}, ${upstreamBytes} bytes`);
  }
  return problems;
};

/** The provider thinks about a refresh while the person logs out, and then says that all is well. */
const lateRefresh: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', settings: 'session: { recheck: 1s }' });
  site.hostile().tell({ refreshToken: 'the first one' });
  const { browser, response } = await site.logIn();
  const token = browser.cookiesOf(appHost).get(cookieName) ?? '';
  await sleep(1100);
  site.hostile().tell({ refreshToken: 'the second one', delayMs: 1500 });
  await browser.get(`https://${appHost}/private`);
  const refreshes = (): number =>
    site.hostile().tokenRequests.filter(({ form }) => form.get('grant_type') === 'refresh_token').length;
  await until(() => refreshes() > 0);
  await browser.post(`https://${appHost}/.bouncer/logout`, {}, { stopAt: () => true });
  await sleep(2000);
  const asked = refreshes();
  const isBack = await isSession(site, token);
  await sleep(1500);
  return [
    ...(response.status === 200 ? nothing : [`alice was not let in: ${response.status}`]),
    ...(asked === 1 ? nothing : [`${asked} refreshes were under way`]),
    ...(isBack ? ['the answer brings the session back'] : nothing),
    ...(refreshes() === asked ? nothing : ['a login that ended is checked again']),
  ];
};

/** A callback and a hand-off of somebody else's login, opened where a person is logged in. */
const foreignLogin: Flow = async (_, { hostile }) => {
  const { browser: victim } = await hostile.logIn();
  const before = victim.cookiesOf(appHost).get(cookieName);
  hostile
    .hostile()
    .tell({ claims: { sub: 'mallory', email: 'mallory@example.com' }, userInfo: { sub: 'mallory' } });
  const attacker = hostile.browser();
  const callback = await beginLogin(attacker, '/only-alice');
  const opened = await victim.get(callback.href);
  const mallory = await attacker.get(`https://${appHost}/private`, {
    stopAt: (url) => url.includes('handoff='),
  });
  const handed = await victim.get(String(mallory.headers['location']));
  hostile.hostile().tell({});
  const who = await victim.get(`https://${appHost}/.bouncer/identity`);
  return [
    ...(new URL(opened.url).origin === `https://${appHost}`
      ? nothing
      : [`the callback leads to ${opened.url}`]),
    ...(new URL(handed.url).origin === `https://${appHost}`
      ? nothing
      : [`the hand-off leads to ${handed.url}`]),
    ...(victim.cookiesOf(appHost).get(cookieName) === before ? nothing : ['the victim has another session']),
    ...(who.body.includes('alice@example.com') ? nothing : [`the victim is ${who.body}`]),
  ];
};

const logoutOf = (origin: string): string => `${origin}/.bouncer/logout`;
const app = `https://${appHost}`;

/** A site that asks before a logout, a person on it, and the question that their application's form leads to. */
async function atTheQuestion(site: AttackSite) {
  const { browser } = await site.logIn();
  const left = await browser.post(logoutOf(app), {});
  const question = (/href="([^"]*)"[^>]*>Continue</.exec(left.body)?.[1] ?? '').replaceAll('&amp;', '&');
  const request = URL.canParse(question) ? (new URL(question).searchParams.get('request') ?? '') : '';
  return { browser, question, request };
}

async function isStillIn(browser: AttackSite['browser'] extends () => infer B ? B : never): Promise<boolean> {
  return (await browser.get(`${app}/private`, { stopAt: () => true })).status === 200;
}

/** What a script of the application, and of a sibling host, can send by itself. */
const scriptedLogout: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', settings: 'logout: confirm' });
  const { browser, request } = await atTheQuestion(site);
  const script = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
  const sibling = { origin: app, 'sec-fetch-site': 'same-site' };
  const problems = request === '' ? ['there is no question'] : [];
  const tries = {
    'a script at the application': await browser.post(logoutOf(app), {}, { headers: script }),
    'its form at auth_url': await browser.post(logoutOf(authUrl), { request }, { headers: sibling }),
    'its script at auth_url': await browser.post(
      logoutOf(authUrl),
      { request },
      { headers: { ...script, ...sibling } },
    ),
    'a form without a name': await browser.post(logoutOf(authUrl), {}, { headers: sibling }),
  };
  for (const [what, { status }] of Object.entries(tries))
    if (status !== 403) problems.push(`${what}: ${status}`);
  const forged = await browser.get(`${logoutOf(app)}?confirmed=${request}`);
  if (!forged.body.includes('Log out?')) problems.push(`the question as its answer: ${forged.status}`);
  return [...problems, ...((await isStillIn(browser)) ? nothing : ['the person is out'])];
};

/** Mallory's question, pressed in a browser whose own login `auth_url` has lost: nobody reads that they are out while they are not. */
const foreignQuestion: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', settings: 'logout: confirm' });
  const victim = await atTheQuestion(site);
  victim.browser.dropCookies(new URL(authUrl).hostname);
  site
    .hostile()
    .tell({ claims: { sub: 'mallory', email: 'mallory@example.com' }, userInfo: { sub: 'mallory' } });
  const mallory = await atTheQuestion(site);
  site.hostile().tell({});
  const pressed = await victim.browser.post(logoutOf(authUrl), { request: mallory.request });
  const onward = (/href="([^"]*)"[^>]*>Continue</.exec(pressed.body)?.[1] ?? '').replaceAll('&amp;', '&');
  const end = onward === '' ? pressed : await victim.browser.get(onward);
  return [
    ...((await isStillIn(victim.browser)) ? nothing : ['the victim is out']),
    ...((await isStillIn(mallory.browser)) ? nothing : ['mallory is out']),
    ...(end.body.includes('You are logged out') ? ['the victim reads that they are out'] : nothing),
    ...(end.body.includes('alice@example.com')
      ? nothing
      : [`the victim is not asked: ${end.status} at ${end.url}`]),
  ];
};

export const identityFlows: Readonly<Record<string, Flow>> = {
  'CLM-105': oddShapes,
  'CLM-106': halfAddresses,
  'OIDC-110': lateRefresh,
  'OIDC-111': foreignLogin,
  'CSRF-012': scriptedLogout,
  'CSRF-013': foreignQuestion,
};
