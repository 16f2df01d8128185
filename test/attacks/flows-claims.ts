// Claims that try to be more than they are: addresses, groups, names, nesting, and where they end up behind the proxy.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAssertionVerifier } from '../../src/verify.ts';
import type { AttackCase, HttpRequest } from './attack-case.ts';
import { appHost, authUrl } from './attack-site.ts';
import { type Flow, logInWithLies, nothing, stepOf } from './flow.ts';
import { problemsOfForwarded } from './forwarded-request.ts';
import { fieldValues } from './recorder.ts';

/** What the table says of the claims, in place of the honest ones. */
function claimsOf(one: AttackCase): Readonly<Record<string, unknown>> {
  const { count, ...claims } = (
    stepOf(one, 'mockOp') as { readonly claims: Readonly<Record<string, unknown>> }
  ).claims;
  const groups =
    typeof count === 'number' ? { groups: Array.from({ length: count }, (_, n) => `g${n}`) } : {};
  return { email_verified: null, groups: null, ...claims, ...groups };
}

/** Log in with these claims where the case asks, and compare status and upstream. */
const claim: Flow = async (one, { hostile }) => {
  const { rawPath } = stepOf(one, 'request') as HttpRequest;
  const before = hostile.upstream.seen.length;
  const { response, upstreamBytes } = await logInWithLies(hostile, { claims: claimsOf(one) }, rawPath);
  const seen = hostile.upstream.seen.length - before;
  const problems: string[] = [];
  if (!(one.expected.status ?? []).includes(response.status)) problems.push(`status ${response.status}`);
  if (one.expected.upstream === 'none' && upstreamBytes > 0)
    problems.push(`the upstream saw ${upstreamBytes} bytes`);
  if (one.expected.upstream === 'exactly-one' && seen !== 1)
    problems.push(`the upstream saw ${seen} requests`);
  return problems;
};

const manyGroups: Flow = async (one, sites) => {
  const problems = [...(await claim(one, sites))];
  const { rawHeaders = [] } = sites.hostile.upstream.seen.at(-1) ?? {};
  const longest = Math.max(...rawHeaders.map((text) => text.length));
  if (longest > 8192) problems.push(`a header of ${longest} bytes reaches the application`);
  return problems;
};

const sameAddressElsewhere: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', moreProviders: ['second'] });
  const ask = async (provider: string): Promise<number> => {
    const browser = site.browser();
    const chooser = await browser.get(`https://${appHost}/only-alice-here`);
    const request = new URL(chooser.url).searchParams.get('request') ?? '';
    return (await browser.get(`${authUrl}/.bouncer/login?request=${request}&provider=${provider}`)).status;
  };
  const [first, second] = [await ask('test'), await ask('second')];
  return [
    ...(first === 200 ? nothing : [`the first provider's alice: ${first}`]),
    ...(second === 403 ? nothing : [`the second provider's alice: ${second}`]),
  ];
};

const deepClaim: Flow = async (one, { hostile }) => {
  const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
  const { response, upstreamBytes } = await logInWithLies(
    hostile,
    { userInfo: `{"sub":"alice","deep":${deep}}`, claims: { email: null } },
    '/claim',
  );
  const isDenied = (one.expected.status ?? []).includes(response.status) || response.status === 400;
  return [
    ...(isDenied ? nothing : [`status ${response.status}`]),
    ...(upstreamBytes === 0 ? nothing : ['the upstream saw it']),
  ];
};

const splitName: Flow = async (_, { hostile }) => {
  const before = hostile.upstream.seen.length;
  const { response } = await logInWithLies(hostile, { claims: { name: 'A\r\nX-Bouncer-Groups: admins' } });
  const seen = hostile.upstream.seen.slice(before);
  return [
    ...([200, 403].includes(response.status) ? nothing : [`status ${response.status}`]),
    ...seen.flatMap((request) => problemsOfForwarded(request, [], 'alice@example.com')),
    ...seen.flatMap(({ rawHeaders }) => rawHeaders.filter((text) => /[\r\n]/.test(text))),
  ];
};

const commaGroup: Flow = async (one, { hostile }) => {
  const lie = { claims: (stepOf(one, 'mockOp') as { claims: Readonly<Record<string, unknown>> }).claims };
  await logInWithLies(hostile, lie);
  const [groups] = fieldValues(hostile.upstream.seen.at(-1)?.rawHeaders ?? [], 'x-forwarded-groups');
  const admin = await logInWithLies(hostile, { claims: { groups: ['staff,admins'] } }, '/admin');
  return [
    ...(groups?.split(',').length === 1 ? nothing : [`the application reads ${groups}`]),
    ...(admin.response.status === 403 ? nothing : [`/admin: ${admin.response.status}`]),
  ];
};

/** An assertion for one application, shown to another one that uses the project's verifier. */
const otherAudience: Flow = async (_, { honest }) => {
  await honest.token('alice');
  const [token] = fieldValues(honest.upstream.seen.at(-1)?.rawHeaders ?? [], 'x-bouncer-jwt-assertion');
  const keys = await honest.browser().get(`${authUrl}/.well-known/jwks.json`);
  const server = createServer(
    (_req, res) => void res.setHeader('content-type', 'application/json').end(keys.body),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jwksUrl = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const verify = (audience: string): Promise<string> =>
    createAssertionVerifier({ issuer: authUrl, audience, jwksUrl })(token).then(
      () => 'accepted',
      (error: { readonly code?: string }) => `refused: ${error.code}`,
    );
  const [own, other] = [await verify('app'), await verify('other')];
  server.close();
  return [
    ...(own === 'accepted' ? nothing : [`its own application: ${own}`]),
    ...(other.startsWith('refused') ? nothing : ['the other application accepts it']),
  ];
};

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `CLM-${String(from + i).padStart(3, '0')}`);

export const claimFlows: Readonly<Record<string, Flow>> = {
  ...Object.fromEntries(numbers(4, 51).map((id) => [id, claim])),
  'CLM-052': manyGroups,
  'CLM-055': sameAddressElsewhere,
  'CLM-056': deepClaim,
  'HDR-054': splitName,
  'HDR-055': commaGroup,
  'HDR-056': otherAudience,
};
