// The provider lies: ID tokens, UserInfo, keys, metadata and answers that must make no session.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Lies } from '../fixtures/hostile-provider.ts';
import type { AttackCase } from './attack-case.ts';
import type { AttackSite } from './attack-site.ts';
import { type Flow, logInWithLies, nothing, problemsOfRefusedLogin, stepOf, until } from './flow.ts';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Lies that the table only names. */
const lies: Readonly<Record<string, Lies>> = {
  'OIDC-021': { signing: 'none', header: { alg: 'none' } },
  'OIDC-022': { signing: 'none', header: { alg: 'None' } },
  'OIDC-024': { signing: 'hmac-of-public-key', header: { alg: 'HS256' } },
  'OIDC-026': { signing: 'rs384' },
  'OIDC-027': { header: { alg: 'RSA1_5' } },
  'OIDC-031': { header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } },
  'OIDC-034': { header: { x5c: ['AAAA'] } },
  'OIDC-037': { header: { kid: 'unknown' } },
  'OIDC-038': { header: { crit: ['x'], x: 1 } },
  'OIDC-041': { header: { cty: 'JWT' } },
  'OIDC-078': { signing: 'weak-rsa' },
  'OIDC-080': {
    claims: { email: null },
    userInfo: { sub: 'admin', email: 'admin@example.com', email_verified: true },
  },
  'OIDC-083': { tokenBody: 'endless' },
};

/** Claims as the table has them, with its times and its issuer filled in. */
function claimLies(one: AttackCase, site: AttackSite): Lies {
  const mock = stepOf(one, 'mockOp') as {
    readonly idToken?: { readonly claims?: Readonly<Record<string, unknown>> };
  };
  const claims = Object.entries(mock.idToken?.claims ?? {}).map(([name, value]) => {
    const shift = typeof value === 'string' ? /^([+-]\d+)h$/.exec(value)?.[1] : undefined;
    if (shift !== undefined) return [name, nowSeconds() + Number(shift) * 3600];
    return [name, typeof value === 'string' ? value.replace('{{issuer}}', site.issuer) : value];
  });
  return { claims: Object.fromEntries(claims) };
}

const refusedToken: Flow = async (one, { hostile }) => {
  const asked = hostile.hostile().requests.length;
  const { browser, response, upstreamBytes } = await logInWithLies(
    hostile,
    lies[one.id] ?? claimLies(one, hostile),
  );
  const problems = await problemsOfRefusedLogin(one, browser, response, upstreamBytes);
  const foreign = hostile
    .hostile()
    .requests.slice(asked)
    .filter((line) => line.includes('evil') || line.includes('attacker'));
  return [...problems, ...foreign];
};

/** The same with ES256 as the algorithm that the settings allow. */
const refusedEs256: Flow = async (one, sites) => {
  const site = await sites.own({ provider: 'hostile', moreOfProvider: '    id_token_algorithms: [ES256]\n' });
  const good = await logInWithLies(site, { signing: 'es256' });
  if (good.response.status !== 200) return [`an honest ES256 login ends with ${good.response.status}`];
  const how = one.id === 'OIDC-028' ? 'es256-zero' : 'es256-der';
  const { browser, response, upstreamBytes } = await logInWithLies(site, { signing: how });
  return problemsOfRefusedLogin(one, browser, response, upstreamBytes);
};

/** What is refused already where the login begins: nobody is sent to such a provider. */
const refusedMetadata =
  (metadata: (site: AttackSite) => Readonly<Record<string, unknown>>): Flow =>
  async (one, sites) => {
    const site = await sites.own({ provider: 'hostile' });
    const { browser, response, upstreamBytes } = await logInWithLies(site, { metadata: metadata(site) });
    const problems = await problemsOfRefusedLogin(one, browser, response, upstreamBytes);
    const sent = site.hostile().requests.filter((line) => /authorize|token|\/auth$/.test(line));
    return [...problems, ...sent.map((line) => `the browser came to ${line}`)];
  };

const refusedUserInfo: Flow = async (one, { hostile }) => {
  const problems: string[] = [];
  for (const userInfo of ['[]', '"text"', '7', 'null', '{', ' '.repeat(5_000_000)]) {
    const lie = { claims: { email: null }, userInfo };
    const { browser, response, upstreamBytes } = await logInWithLies(hostile, lie);
    problems.push(...(await problemsOfRefusedLogin(one, browser, response, upstreamBytes)));
  }
  return problems;
};

/** The login may be made, what asks for a key may not be opened. */
const isNoKey: Flow = async (one, { hostile }) => {
  const { response, upstreamBytes } = await logInWithLies(hostile, claimLies(one, hostile), '/payments');
  return [
    ...(upstreamBytes === 0 ? nothing : [`the upstream saw ${upstreamBytes} bytes`]),
    ...((one.expected.status ?? []).includes(response.status) ? nothing : [`status ${response.status}`]),
  ];
};

const staleLogin: Flow = async (one, { hostile }) => {
  const { response, upstreamBytes } = await logInWithLies(hostile, claimLies(one, hostile), '/fresh');
  const honest = await logInWithLies(hostile, {}, '/fresh');
  return [
    ...(upstreamBytes === 0 && [400, 401, 403].includes(response.status)
      ? nothing
      : [`status ${response.status}`]),
    ...(honest.response.status === 200 ? nothing : [`an honest fresh login: ${honest.response.status}`]),
  ];
};

const otherSourceOfIssuer: Flow = async (one, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const { browser, response, upstreamBytes } = await logInWithLies(site, {
    metadata: { authorization_response_iss_parameter_supported: true },
  });
  return problemsOfRefusedLogin(one, browser, response, upstreamBytes);
};

const newGroups: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', settings: 'session: { recheck: 1s }' });
  const tokens: Lies = { refreshToken: 'a refresh token' };
  site.hostile().tell({ ...tokens, claims: { groups: ['admins'] } });
  const { browser, response } = await site.logIn('admin', '/admin');
  if (response.status !== 200) return [`the admin is not let in: ${response.status}`];
  site.hostile().tell({ ...tokens, claims: { groups: ['staff'] } });
  const isShut = async (): Promise<boolean> =>
    (await browser.get('https://app.bouncer.test/admin', { stopAt: () => true })).status === 403;
  return (await until(isShut, 200)) ? nothing : ['after a minute the lost group still opens /admin'];
};

/** The keys are elsewhere, and there a redirect leads on: it is not followed. */
const redirectedKeys: Flow = async (one, sites) => {
  const reached: string[] = [];
  const target = createServer((req, res) => {
    reached.push(req.url ?? '');
    res.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const to = `http://localhost:${(target.address() as AddressInfo).port}/metadata`;
  const between = createServer((_, res) => void res.writeHead(302, { location: to }).end());
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  try {
    const site = await sites.own({ provider: 'hostile' });
    const jwks_uri = `http://localhost:${(between.address() as AddressInfo).port}/jwks`;
    const { browser, response, upstreamBytes } = await logInWithLies(site, { metadata: { jwks_uri } });
    const problems = await problemsOfRefusedLogin(
      { ...one, expected: { ...one.expected, status: [400, 502, 503] } },
      browser,
      response,
      upstreamBytes,
    );
    return [...problems, ...reached.map((url) => `the redirect was followed to ${url}`)];
  } finally {
    target.close();
    between.close();
  }
};

const claimCases = [
  ...[
    '042',
    '043',
    '045',
    '046',
    '049',
    '050',
    '052',
    '054',
    '055',
    '056',
    '058',
    '059',
    '061',
    '062',
    '066',
    '068',
    '069',
  ],
].map((number) => [`OIDC-${number}`, refusedToken] as const);

export const providerFlows: Readonly<Record<string, Flow>> = {
  ...Object.fromEntries(Object.keys(lies).map((id) => [id, refusedToken])),
  ...Object.fromEntries(claimCases),
  'OIDC-015': otherSourceOfIssuer,
  'OIDC-020': refusedMetadata(() => ({ code_challenge_methods_supported: ['plain'] })),
  'OIDC-028': refusedEs256,
  'OIDC-029': refusedEs256,
  'OIDC-071': staleLogin,
  'OIDC-073': isNoKey,
  'OIDC-074': isNoKey,
  'OIDC-081': refusedUserInfo,
  'OIDC-086': newGroups,
  'OIDC-089': refusedMetadata(() => ({ issuer: 'https://evil-idp.test' })),
  'RDR-107': refusedMetadata(() => ({ authorization_endpoint: 'http://idp.test/auth' })),
  'UPS-004': redirectedKeys,
  'WAN-021': async (one, sites) =>
    isNoKey({ ...one, request: { steps: [{ mockOp: { idToken: { claims: { amr: ['otp'] } } } }] } }, sites),
};
