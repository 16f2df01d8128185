// `bouncer import`: the documented examples of other proxies become rules that load, whose tests pass, and that let in nobody more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contextWithoutSettings, readRules } from '../../src/configuration/load-rules.ts';
import { runCommand } from './run-command.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bouncer-import-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** What is printed must be a rules file whose tests pass; who gets in is asked of it. */
async function imported(kind: string, content: string, ...args: string[]) {
  writeFileSync(join(cwd, 'file'), content);
  const run = await runCommand(['import', kind, 'file', ...args], { cwd });
  expect([run.code, run.stdout === '' ? run.stderr : '']).toEqual([0, '']);
  const path = join(cwd, 'rules.yaml');
  writeFileSync(path, run.stdout);
  const loaded = readRules({ paths: [path], context: contextWithoutSettings(cwd) });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  expect(loaded.value.tests.filter(({ passed }) => !passed)).toEqual([]);
  const { tests } = loaded.value;
  const policies = loaded.value.set.applications.flatMap(({ policies: own, paths }) => [
    ...own,
    ...paths.flatMap((each) => each.policies),
  ]);
  for (const { name } of policies)
    expect(
      tests.some((each) => each.test.name.includes(`: ${name}, `)),
      name,
    ).toBe(true);
  return {
    applications: loaded.value.set.applications,
    outcomes: Object.fromEntries(tests.map((each) => [each.test.name, each.outcome])),
    left: run.stderr,
    text: run.stdout,
  };
}

describe('oauth2-proxy', () => {
  // contrib/oauth2-proxy.cfg.example, with what it shows switched on.
  const example = `## OAuth2 Proxy Config File
http_address = "127.0.0.1:4180"
reverse_proxy = true
redirect_url = "https://internalapp.yourcompany.com/oauth2/callback"
upstreams = [
    "http://127.0.0.1:8080/"
]
pass_user_headers = true
email_domains = [
    "yourcompany.com"
]
client_id = "123456.apps.googleusercontent.com"
client_secret = "canary-secret"
scope = "openid email profile"
skip_auth_routes = [
  "GET=^/probe",
  "^/metrics"
]
api_routes = [
  "^/api"
]
cookie_secret = "canary-cookie"
cookie_expire = "168h"
`;

  test('its example lets in the domain, and opens what it opened', async () => {
    const { applications, outcomes, left, text } = await imported('oauth2-proxy', example);
    expect(applications.map(({ hosts, upstreams }) => [hosts, upstreams.map((each) => each.text)])).toEqual([
      [['internalapp.yourcompany.com'], ['http://127.0.0.1:8080']],
    ]);
    expect(outcomes).toMatchObject({
      'internalapp: people, allow': 'allow',
      'internalapp: a stranger': 'deny',
      'internalapp: nobody': 'login',
      'internalapp/probe: nobody': 'allow',
      'internalapp/metrics: nobody': 'allow',
    });
    expect(left).toContain('api_routes');
    expect(left).toContain('client_secret');
    expect(left + text).not.toContain('canary');
  });

  test.each([
    ['google_group = "admins"'],
    ['github_org = "acme"'],
    ['gitlab_groups = ["acme"]'],
    ['keycloak_groups = ["acme"]'],
    ['allowed_roles = ["admin"]'],
  ])('%s narrows who gets in: without a counterpart nobody does', async (line) => {
    const { outcomes, left } = await imported('oauth2-proxy', `${example}${line}\n`);
    expect(outcomes['internalapp: nobody']).toBe('deny');
    expect(Object.values(outcomes).filter((each) => each === 'login')).toEqual([]);
    expect(left).toContain(line.split(' ')[0]);
  });

  test('groups are asked for besides, and addresses of a file count', async () => {
    writeFileSync(join(cwd, 'emails'), '# people\nmom@family.example\n');
    const { outcomes, text } = await imported(
      'oauth2-proxy',
      'redirect_url = "https://a.example.com/oauth2/callback"\nupstreams = "http://127.0.0.1:1"\nallowed_groups = ["ops"]\n',
      '--emails',
      'emails',
    );
    expect(outcomes).toMatchObject({ 'a: people, allow': 'allow', 'a: a stranger': 'deny' });
    expect(text).toMatch(/mom@family\.example[\s\S]*require:[\s\S]*ops/);
  });

  test.each(['^/health$', '^/api/v[0-9]+', '/anywhere', '!=^/private', '^/', '.*'])(
    'a route that is not a plain path is left out: %s',
    async (route) => {
      const { outcomes, left } = await imported(
        'oauth2-proxy',
        example.replace('"^/metrics"', JSON.stringify(route)),
      );
      expect(left).toContain(`skip_auth_routes ${route}`);
      expect(
        Object.keys(outcomes).filter((name) => outcomes[name] === 'allow' && name.endsWith('nobody')),
      ).toEqual(['internalapp/probe: nobody']);
    },
  );

  // contrib/local-environment/oauth2-proxy-alpha-config.{cfg,yaml}.
  const core = `cookie_secret="canary-cookie"
email_domains="example.com"
cookie_secure="false"
redirect_url="http://oauth2-proxy.localtest.me:4180/oauth2/callback"
`;
  const alpha = (more = '') => `server:
  bindAddress: "0.0.0.0:4180"
upstreamConfig:
  upstreams:
    - id: httpbin
      path: /
      uri: http://user:canary@httpbin
    - { id: api, path: /api/, uri: http://api:8080 }
injectRequestHeaders:
  - name: X-Forwarded-User
    values:
      - claimSource:
          claim: user
  - { name: X-Static-Secret, values: [{ secretSource: { value: canary } }] }
providers:
  - id: oidc
    provider: oidc
    clientSecret: canary-secret
    clientID: oauth2-proxy
    oidcConfig:
      issuerURL: http://dex.localtest.me:5556/dex
${more}`;
  const withAlpha = (more: string) => {
    writeFileSync(join(cwd, 'alpha.yaml'), alpha(more));
    return imported('oauth2-proxy', core, '--alpha-config', 'alpha.yaml');
  };

  test('its alpha configuration is read beside the file', async () => {
    const { applications, outcomes, left, text } = await withAlpha('    allowedGroups: [ops]\n');
    expect(applications.map(({ upstreams }) => upstreams.map((each) => each.text))).toEqual([
      ['http://httpbin'],
    ]);
    expect(outcomes).toMatchObject({
      'oauth2-proxy: people, allow': 'allow',
      'oauth2-proxy: a stranger': 'deny',
      'oauth2-proxy: nobody': 'login',
    });
    expect(text).toMatch(/email_domain:[\s\S]*example\.com[\s\S]*require:[\s\S]*ops/);
    for (const word of ['http://api:8080, /api/', 'X-Static-Secret', 'http_address', 'oidc_issuer_url'])
      expect(left).toContain(word);
    expect(left).not.toContain('X-Forwarded-User');
    expect(left + text).not.toContain('canary');
  });

  test.each([
    ['    githubConfig: { org: acme, token: canary }', 'github_org'],
    ['    googleConfig: { group: [admins], adminEmail: a@example.com }', 'google_group'],
    ['    gitlabConfig: { projects: [acme/app] }', 'gitlab_projects'],
    ['    keycloakConfig: { roles: [admin] }', 'allowed_roles'],
    ['    microsoftEntraIDConfig: { allowedTenants: [x] }', 'entra_id_allowed_tenants'],
    ['    githubConfig: { somethingNew: acme }', 'githubConfig.somethingNew'],
    ['    laterConfig: { onlyFor: [acme] }', 'laterConfig.onlyFor'],
  ])('of which `%s` narrows who gets in, or may: nobody does', async (option, word) => {
    const { outcomes, left } = await withAlpha(`${option}\n`);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['deny']));
    expect(left).toContain(word);
    expect(left).not.toContain('canary');
  });

  test('nothing of a comment counts, be it behind a value or in a list', async () => {
    const { outcomes, text } = await imported(
      'oauth2-proxy',
      `redirect_url = "https://a.example.com/oauth2/callback" # "https://b.example.com"
upstreams = ["http://127.0.0.1:1"] # ["http://127.0.0.1:2"]
email_domains = [
  "example.com", # not "elsewhere.invalid"
  # "elsewhere.invalid",
  'example.org',
]
skip_auth_preflight="true"
`,
    );
    expect(outcomes['a: a stranger']).toBe('deny');
    expect(text).toMatch(/example\.com\n *- example\.org/);
    expect(text).toContain('preflight: pass');
    expect(text).not.toMatch(/elsewhere\.invalid\n *- |127\.0\.0\.1:2/);
  });

  test('no value of an option that is not read is printed', async () => {
    const secrets = [
      'redis_password',
      'basic_auth_password',
      'signature_key',
      'jwt_key',
      'redis_connection_url',
    ];
    const { left, text } = await imported(
      'oauth2-proxy',
      `${example}${secrets.map((key) => `${key} = "canary"\n`).join('')}`,
    );
    for (const key of secrets) expect(left).toContain(key);
    expect(left + text).not.toContain('canary');
  });

  test.each([
    ['', 'the file is empty'],
    ['upstreams: []', 'is not `key = value`'],
    ['email_domains = ["*"]', 'names no host'],
    ['email_domains = ["a.example"', 'a list has no end'],
    ['email_domains = [["a.example"]]', 'no text in quotes'],
    ['email_domains = "a" "b"', 'something stands behind'],
    ['email_domains = """a"""', 'several lines'],
    ['email_domains = "a"\nemail_domain = "b"', 'is there already'],
    ['[section]\na = 1', 'is not `key = value`'],
  ])('%j is refused with words', async (content, words) => {
    writeFileSync(join(cwd, 'file'), content);
    const run = await runCommand(['import', 'oauth2-proxy', 'file'], { cwd });
    expect([run.code, run.stdout]).toEqual([64, '']);
    expect(run.stderr).toContain(words);
  });
});

describe('cloudflare', () => {
  const app = (policies: readonly object[], own: object = {}) => ({
    ...{ name: 'Admin Site', domain: 'test.example.com', type: 'self_hosted', session_duration: '24h' },
    aud: '737646a56ab1df6ec9bddc7e5ca84eaf3b0768850f3ffb5d74f1534911fe3893',
    policies,
    ...own,
  });
  const of = (...apps: object[]) => imported('cloudflare', JSON.stringify({ success: true, result: apps }));
  const devs = {
    ...{ name: 'Allow devs', decision: 'allow', precedence: 2 },
    include: [{ email: { email: 'test@example.com' } }, { email_domain: { domain: 'example.org' } }],
  };

  test('an application with its policies, in the order in which Access reads them', async () => {
    const { applications, outcomes } = await of(
      app([
        {
          ...devs,
          require: [{ geo: { country_code: 'US' } }],
          exclude: [{ email: { email: 'bad@example.org' } }],
        },
        { name: 'office', decision: 'bypass', precedence: 9, include: [{ ip: { ip: '10.0.0.0/8' } }] },
      ]),
      app([devs], { domain: 'test.example.com/admin' }),
    );
    expect(applications.length).toBe(1);
    expect(applications[0]?.policies.map(({ name }) => name)).toEqual(['office', 'Allow devs']);
    expect(applications[0]?.dialects).toEqual([{ name: 'cloudflare', audience: app([]).aud }]);
    expect(outcomes).toMatchObject({
      'test-example-com: office, bypass': 'allow',
      'test-example-com: Allow devs, allow': 'allow',
      'test-example-com: a stranger': 'deny',
      'test-example-com/admin: Allow devs, allow': 'allow',
      'test-example-com/admin: nobody': 'login',
    });
  });

  test('`everyone` is everybody with a login, and Service Auth a program', async () => {
    const { outcomes } = await of(
      app([
        { name: 'tokens', decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
        { name: 'all', decision: 'allow', include: [{ everyone: {} }] },
      ]),
    );
    expect(outcomes).toMatchObject({
      'test-example-com: tokens, allow': 'allow',
      'test-example-com: a stranger': 'allow',
      'test-example-com: nobody': 'login',
    });
  });

  const strange = { device_posture: { integration_uid: 'x' } };
  test.each([
    ['require', { ...devs, require: [strange] }],
    ['exclude', { ...devs, exclude: [strange] }],
    ['include', { ...devs, include: [strange] }],
    ['an unknown decision', { ...devs, decision: 'isolate' }],
    ['a wildcard', { ...devs, include: [{ email_domain: { domain: '*.example.com' } }] }],
    ['a group that is not there', { ...devs, include: [{ group: { id: 'x' } }] }],
  ])('a policy with what has no counterpart in %s lets in nobody', async (_, policy) => {
    const { outcomes, left } = await of(app([policy]));
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['deny']));
    expect(left).toContain('Allow devs');
  });

  test.each([
    ['approval_required', { approval_required: true, approval_groups: [{ approvals_needed: 1 }] }],
    ['isolation_required', { isolation_required: true }],
    ['mfa_config', { mfa_config: { allowed_authenticators: ['security_key'] } }],
  ])('a policy with %s asks for more than rules can: it lets in nobody', async (word, own) => {
    const { outcomes, left } = await of(app([{ ...devs, ...own }]));
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['deny']));
    expect(left).toContain(word);
    const usual = await of(app([{ ...devs, approval_required: false, mfa_config: { mfa_disabled: true } }]));
    expect(Object.values(usual.outcomes)).toContain('allow');
  });

  test('every domain of an application is one, and what else it leads to is told', async () => {
    const { applications, left } = await of(
      app([devs], {
        self_hosted_domains: ['test.example.com', 'second.example.com/admin', 'third.example.com/a*'],
        destinations: [
          { type: 'public', uri: 'test.example.com' },
          { type: 'public', uri: 'fourth.example.com' },
          { type: 'private', cidr: '10.0.0.0/8' },
        ],
        allowed_idps: ['an-id'],
      }),
    );
    expect(applications.flatMap(({ hosts }) => hosts)).toEqual([
      'test.example.com',
      'second.example.com',
      'fourth.example.com',
    ]);
    expect(left).toMatch(/third\.example\.com\/a\*.*has no counterpart/);
    expect(left).toContain('type private');
    expect(left).toContain('login_methods');
  });

  test('an answer that is one page of several says so', async () => {
    const answer = (own: object) => JSON.stringify({ result: [app([devs])], ...own });
    const part = await imported(
      'cloudflare',
      answer({ result_info: { page: 1, per_page: 1, count: 1, total_count: 3 } }),
    );
    expect(part.left).toContain('the answer has 1 of 3');
    const whole = await imported('cloudflare', answer({ result_info: { total_count: 1 } }));
    expect(whole.left).not.toContain('of 1');
  });

  test('a denial that cannot be said leaves the whole application out', async () => {
    writeFileSync(
      join(cwd, 'file'),
      JSON.stringify([app([{ name: 'no', decision: 'deny', include: [strange] }, devs])]),
    );
    const run = await runCommand(['import', 'cloudflare', 'file'], { cwd });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('no');
    expect(run.stdout).not.toContain('test.example.com');
  });

  test.each([
    ['{', 'not JSON'],
    ['[]', 'no application'],
    ['{"result":[]}', 'no application'],
    ['{"format_version":"1.0","terraform_version":"1.9.0","values":{}}', 'access/apps?per_page=1000'],
    ['resource "cloudflare_zero_trust_access_policy" "a" {}', 'access/apps?per_page=1000'],
  ])('%s is refused with words', async (content, words) => {
    writeFileSync(join(cwd, 'file'), content);
    const run = await runCommand(['import', 'cloudflare', 'file'], { cwd });
    expect([run.code, run.stdout]).toEqual([64, '']);
    expect(run.stderr).toContain(words);
  });
});
