import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsFromObject } from '../../src/settings/load-settings.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { Parsed } from '../../src/source/problem.ts';
import { renderProblems } from '../../src/source/render-problems.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';
import { authority } from '../fixtures/authority.ts';

const env = {
  SLIP: 'X-Forwarded-Fro',
  ID: 'canary',
  LONG: '1001h',
  HOUR: '1000h',
  CLIENT_SECRET: 's3cret-canary',
  URL: 'https://auth.example.org',
  BAD: 's3cret-canary',
  EMPTY: '',
  LEVEL: 'debug',
};
const files: Readonly<Record<string, string>> = {
  '/etc/bouncer/ca.pem': authority,
  '/etc/bouncer/secret': 'file-canary\n',
  '/run/secrets/google': 'other-canary\r\n',
  '/etc/bouncer/empty': '\n',
  '/etc/bouncer/cert.pem': '-----BEGIN CERTIFICATE-----\n',
  '/etc/bouncer/key.pem': '-----BEGIN PRIVATE KEY-----\n',
};

function readFile(path: string): string {
  const text = files[path];
  if (text !== undefined) return text;
  throw Object.assign(new Error(`no ${path}`), { code: path.includes('forbidden') ? 'EACCES' : 'ENOENT' });
}

function parse(text: string | Uint8Array): Parsed<Settings> {
  const document = parseYaml('bouncer.yaml', text);
  return document.ok ? parseSettings(document.value, { env, readFile, baseDir: '/etc/bouncer' }) : document;
}

function good(text: string): Settings {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.value;
}

/** `line:column-endColumn code` of every problem, or of every warning with `warning` in front. */
function faults(text: string): string[] {
  const parsed = parse(text);
  return (parsed.ok ? parsed.warnings : parsed.problems).map(
    ({ severity, line, column, endColumn, code }) =>
      `${severity === 'warning' ? 'warning ' : ''}${line}:${column}-${endColumn} ${code}`,
  );
}

/** Three lines that are right; what is tested comes below them, from line 4 on. */
const head = [
  'auth_url: https://auth.example.com',
  'identity_providers:',
  '  - { id: g, type: oidc, issuer: https://accounts.example.com, client_id: abc }',
  '',
].join('\n');

const whole = `auth_url: https://auth.example.com
listen: "[::]:8443"
tls: { cert_file: cert.pem, key_file: key.pem }
rules: rules
data_dir: /var/lib/bouncer
trusted_proxies: [127.0.0.1/32, 10.0.0.0/8, "fd00::/8"]
client_ip_header: X-Forwarded-For
country_header: CF-IPCountry
device_login: false
identity_providers:
  - id: google
    type: oidc
    label: Google
    issuer: https://accounts.google.com
    client_id: abc
    client_secret: { env: CLIENT_SECRET }
    scopes: [openid, email]
    groups_claim: realm_access.roles
    groups_missing: none
    groups_overage: graph
    long_logout: form
    groups: { only: [acme, acme/*] }
    email_domains: [Example.com]
    claims: [department, { name: suspended, missing: none }, { name: level }]
    hardware_key: { amr: [hwk, fido], acr: [phrh], acr_values: phr }
    id_token_algorithms: [ES256, RS256]
  - id: keycloak
    type: oidc
    issuer: http://keycloak.localhost:8081/realms/main
    email_verified: if_absent
    email_domains: [example.org]
    client_id: bouncer
    client_secret: { file: secret }
session: { duration: 7d, idle_timeout: 12h, recheck: 5m, recheck_grace: 1h, max_per_person: 5 }
logout: confirm
assertion: { header: X-Assertion, lifetime: 90s, algorithm: ES256 }
management: 127.0.0.1:9464
management_names: [Bouncer.svc]
log: { level: { env: LEVEL }, format: pretty }
limits:
  header_bytes: 8192
  cookie_bytes: 65536
  header_count: 50
  url_bytes: 4096
  body_bytes: 1000000
  headers_timeout: 5s
  request_timeout: 0s
  keep_alive_timeout: 5s
  connections: 100
  connections_per_address: 30
  drain_timeout: 0s
`;

describe('settings', () => {
  it('are read whole, with absolute paths, milliseconds and resolved references', () => {
    expect(good(whole)).toEqual({
      file: '/etc/bouncer/bouncer.yaml',
      alsoListen: [],
      proxyProtocol: null,
      httpRedirect: null,
      secrets: {},
      branding: { name: 'bouncer', logo: null, color: null },
      authUrl: 'https://auth.example.com',
      listen: { kind: 'tcp', host: '::', port: 8443 },
      tls: { certFile: '/etc/bouncer/cert.pem', keyFile: '/etc/bouncer/key.pem' },
      rules: '/etc/bouncer/rules',
      dataDir: '/var/lib/bouncer',
      postgres: null,
      storeLossKeepMs: 60_000,
      masterKeys: [],
      trustedProxies: ['127.0.0.1/32', '10.0.0.0/8', 'fd00::/8'],
      hasDeviceLogin: false,
      clientIpHeader: 'X-Forwarded-For',
      countryHeader: 'CF-IPCountry',
      trustedIssuers: [],
      forwardAuth: null,
      identityProviders: [
        {
          ...{
            id: 'google',
            type: 'oidc',
            label: 'Google',
            issuer: 'https://accounts.google.com',
            clientId: 'abc',
          },
          clientSecret: 's3cret-canary',
          clientKey: null,
          ca: null,
          tokenEndpointAuth: null,
          authorizationParameters: {},
          scopes: ['openid', 'email'],
          groupsClaim: 'realm_access.roles',
          groupsMissing: 'none',
          groupsOnly: ['acme', 'acme/*'],
          groupsOverage: 'https://graph.microsoft.com',
          longLogout: 'form',
          emailVerified: 'required',
          emailDomains: ['example.com'],
          othersEmailDomains: ['example.org'],
          claims: ['department', 'suspended', 'level'],
          optionalClaims: ['suspended'],
          hardwareKey: { amr: ['hwk', 'fido'], acr: ['phrh'], acrValues: 'phr' },
          idTokenAlgorithms: ['ES256', 'RS256'],
        },
        {
          ...{
            id: 'keycloak',
            type: 'oidc',
            label: 'keycloak',
            clientId: 'bouncer',
            clientSecret: 'file-canary',
          },
          clientKey: null,
          ca: null,
          tokenEndpointAuth: null,
          authorizationParameters: {},
          issuer: 'http://keycloak.localhost:8081/realms/main',
          scopes: ['openid', 'email', 'profile'],
          groupsClaim: 'groups',
          groupsMissing: 'unknown',
          groupsOnly: null,
          groupsOverage: null,
          longLogout: null,
          emailVerified: 'if_absent',
          emailDomains: ['example.org'],
          othersEmailDomains: ['example.com'],
          claims: [],
          optionalClaims: [],
          hardwareKey: { amr: ['hwk'], acr: ['phrh'], acrValues: 'phrh', isAcrValuesDefault: true },
          idTokenAlgorithms: null,
        },
      ],
      hardwareKeys: null,
      tunnel: null,
      share: null,
      smtp: null,
      showsMail: false,
      session: {
        durationMs: 604_800_000,
        idleTimeoutMs: 43_200_000,
        recheckMs: 300_000,
        recheckGraceMs: 3_600_000,
        maxPerPerson: 5,
      },
      assertion: { header: 'X-Assertion', lifetimeMs: 90_000, algorithm: 'ES256' },
      management: { kind: 'tcp', host: '127.0.0.1', port: 9464 },
      reusePort: false,
      managementFrom: [],
      managementNames: ['bouncer.svc'],
      logout: 'confirm',
      log: { level: 'debug', format: 'pretty' },
      limits: {
        ...{
          headerBytes: 8192,
          cookieBytes: 65_536,
          headerCount: 50,
          urlBytes: 4096,
          bodyBytes: 1_000_000,
          preservedBodyBytes: 1_048_576,
          headersTimeoutMs: 5000,
        },
        ...{ requestTimeoutMs: 0, keepAliveTimeoutMs: 5000, connections: 100, drainTimeoutMs: 0 },
        ...{ connectionsPerAddress: 30, writeTimeoutMs: 60_000, stalledPerAddress: 64, drainDelayMs: 0 },
        ...{ failedLoginsPerAddress: 20, failedLoginsPerProvider: 300 },
      },
      referencedFiles: ['/etc/bouncer/secret', '/etc/bouncer/cert.pem', '/etc/bouncer/key.pem'],
    });
  });

  it('have the documented defaults', () => {
    expect(good(head)).toMatchObject({
      listen: { kind: 'tcp', host: '127.0.0.1', port: 8080 },
      tls: null,
      rules: '/etc/bouncer/policies',
      dataDir: '/etc/bouncer/data',
      trustedProxies: [],
      clientIpHeader: null,
      countryHeader: null,
      session: {
        durationMs: 86_400_000,
        idleTimeoutMs: 28_800_000,
        recheckMs: 900_000,
        recheckGraceMs: null,
        maxPerPerson: null,
      },
      assertion: { header: 'X-Bouncer-Jwt-Assertion', lifetimeMs: 300_000, algorithm: 'ES256' },
      management: null,
      logout: 'at_once',
      log: { level: 'info', format: null },
      limits: { bodyBytes: 0, cookieBytes: 131_072, headersTimeoutMs: 15_000, requestTimeoutMs: 600_000 },
      identityProviders: [{ clientSecret: null, idTokenAlgorithms: null }],
    });
  });

  it('are frozen through and through', () => {
    const open: unknown[] = [good(whole)];
    while (open.length > 0) {
      const each = open.pop();
      if (typeof each !== 'object' || each === null) continue;
      expect(Object.isFrozen(each)).toBe(true);
      open.push(...Object.values(each));
    }
  });

  it.each([
    ['127.0.0.1:8080', { kind: 'tcp', host: '127.0.0.1', port: 8080 }],
    ['"[::1]:0"', { kind: 'tcp', host: '::1', port: 0 }],
    ['0.0.0.0:80', { kind: 'tcp', host: '0.0.0.0', port: 80 }],
    ['localhost:8080', { kind: 'tcp', host: 'localhost', port: 8080 }],
    ['unix:/run/bouncer.sock', { kind: 'unix', path: '/run/bouncer.sock' }],
    ['unix:run/b.sock', { kind: 'unix', path: '/etc/bouncer/run/b.sock' }],
  ])('listen on %s', (text, expected) => {
    expect(good(`${head}listen: ${text}\n`).listen).toEqual(expected);
  });

  it.each([
    ['https://auth.example.com/', 'https://auth.example.com'],
    ['https://AUTH.example.com:443', 'https://auth.example.com'],
    ['https://auth.example.com:8443', 'https://auth.example.com:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://auth.bouncer.localhost:8080', 'http://auth.bouncer.localhost:8080'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['{ env: URL }', 'https://auth.example.org'],
  ])('take auth_url %s as the origin %s', (text, expected) => {
    expect(good(head.replace('https://auth.example.com', text)).authUrl).toBe(expected);
  });
});

describe('how a provider is spoken to', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const provider = (keys: object): unknown => ({
    auth_url: 'https://auth.example.com',
    identity_providers: [
      { id: 'g', type: 'oidc', issuer: 'https://accounts.example.com', client_id: 'abc', ...keys },
    ],
  });
  const codes = (keys: object): readonly string[] => {
    const parsed = settingsFromObject(provider(keys) as Record<string, unknown>, {
      baseDir: '/etc',
      env: {},
    });
    const text = JSON.stringify(parsed);
    if (!parsed.ok) expect(text).not.toContain('canary');
    return (parsed.ok ? parsed.warnings : parsed.problems).map(({ code }) => code);
  };
  const pem = String(rsa.export({ type: 'pkcs8', format: 'pem' }));
  it.each<[string, object, readonly string[]]>([
    ['a form', { token_endpoint_auth: 'client_secret_post', client_secret: 'canary' }, []],
    ['a key', { token_endpoint_auth: 'private_key_jwt', client_key: pem }, []],
    [
      'a key as JWK',
      { token_endpoint_auth: 'private_key_jwt', client_key: JSON.stringify(rsa.export({ format: 'jwk' })) },
      [],
    ],
    ['nothing', { token_endpoint_auth: 'none' }, []],
    ['an unknown way', { token_endpoint_auth: 'tls_client_auth' }, ['unknown-value']],
    ['an unknown way to log out', { long_logout: 'post' }, ['unknown-value']],
    ['a form without a secret', { token_endpoint_auth: 'client_secret_post' }, ['missing-key']],
    ['a key that is not there', { token_endpoint_auth: 'private_key_jwt' }, ['missing-key']],
    [
      'a secret that would not be used',
      { token_endpoint_auth: 'none', client_secret: 'canary' },
      ['secret-not-used'],
    ],
    [
      'a secret beside a key',
      { token_endpoint_auth: 'private_key_jwt', client_key: pem, client_secret: 'canary' },
      ['secret-not-used'],
    ],
    ['a key that would not be used', { client_key: pem }, ['secret-not-used']],
    ['rubbish as key', { token_endpoint_auth: 'private_key_jwt', client_key: 'canary' }, ['bad-key']],
    [
      'a key on another curve',
      {
        token_endpoint_auth: 'private_key_jwt',
        client_key: String(ec.export({ type: 'pkcs8', format: 'pem' })),
      },
      ['bad-key'],
    ],
    [
      'parameters',
      { authorization_parameters: { access_type: 'offline', prompt: 'consent', claims: '{}' } },
      [],
    ],
    [
      'a parameter that bouncer says',
      { authorization_parameters: { redirect_uri: 'https://evil.example' } },
      ['reserved-parameter'],
    ],
    ['the same in capitals', { authorization_parameters: { State: 'x' } }, ['reserved-parameter']],
    [
      'a request object',
      { authorization_parameters: { request: 'x', response_mode: 'fragment' } },
      ['reserved-parameter', 'reserved-parameter'],
    ],
    ['a login without anybody', { authorization_parameters: { prompt: 'none' } }, ['reserved-parameter']],
    ['an empty value', { authorization_parameters: { hd: '' } }, ['empty-text']],
    ['a number', { authorization_parameters: { hd: 7 } }, ['wrong-type']],
  ])('%s', (_, keys, expected) => {
    expect(codes(keys)).toEqual(expected);
  });
});

describe('refused at its place:', () => {
  const below: readonly (readonly [text: string, ...expected: string[]])[] = [
    ['lisen: 127.0.0.1:80', '4:1-6 unknown-key'],
    ['email_pin: {}', '4:1-10 unknown-key'],
    ['listen: 8080', '4:9-13 wrong-type'],
    ['listen: :8080', '4:9-14 bad-address'],
    ['listen: "*:8080"', '4:9-17 bad-address'],
    ['listen: 127.0.0.1', '4:9-18 bad-address'],
    ['listen: 127.0.0.1:65536', '4:9-24 bad-address'],
    ['listen: "::1:8080"', '4:9-19 bad-address'],
    ['listen: 256.0.0.1:80', '4:9-21 bad-address'],
    ['listen: http://127.0.0.1:80', '4:9-28 bad-address'],
    ['listen: "unix:"', '4:9-16 bad-address'],
    [`listen: unix:/${'x'.repeat(120)}`, '4:9-135 socket-path-too-long'],
    ['tls: { cert_file: cert.pem }', '4:1-4 missing-key'],
    [
      'tls: { cert_file: nope.pem, key_file: forbidden.pem }',
      '4:19-27 file-unreadable',
      '4:39-52 file-unreadable',
    ],
    ['tls: { cert_file: secret, key_file: key.pem }', '4:19-25 not-pem'],
    ['rules: ""', '4:8-10 empty-text'],
    ['rules:', '4:1-6 empty-value'],
    ['data_dir: 5', '4:11-12 wrong-type'],
    ['trusted_proxies: []', '4:18-20 empty-list'],
    ['trusted_proxies: 10.0.0.0/8', '4:18-28 wrong-type'],
    ['trusted_proxies: [0.0.0.0/0, "::/0"]', '4:19-28 trusts-everybody', '4:30-36 trusts-everybody'],
    ['trusted_proxies: [0.0.0.0/1, 128.0.0.0/1]', '4:1-16 trusts-everybody'],
    ['trusted_proxies: ["::/1", "8000::/2", "c000::/2"]', '4:1-16 trusts-everybody'],
    ['trusted_proxies: [10.1.2.3/8]', '4:19-29 host-bits'],
    ['trusted_proxies: ["fd00::1/8"]', '4:19-30 host-bits'],
    ['trusted_proxies: [10.0.0.0/33]', '4:19-30 bad-network'],
    ['trusted_proxies: [10.0.0.0/08]', '4:19-30 bad-network'],
    ['trusted_proxies: [10.0.0.0/8/8]', '4:19-31 bad-network'],
    ['trusted_proxies: [010.0.0.1]', '4:19-28 bad-network'],
    ['trusted_proxies: [10.1]', '4:19-23 wrong-type'],
    ['trusted_proxies: ["10.1"]', '4:19-25 bad-network'],
    ['trusted_proxies: ["fe80::1%eth0"]', '4:19-33 bad-network'],
    ['trusted_proxies: ["::ffff:0.0.0.0/96"]', '4:19-38 bad-network'],
    ['trusted_proxies: [localhost]', '4:19-28 bad-network'],
    ['logout: ask', '4:9-12 unknown-value'],
    ['client_ip_header: X-Forwarded-For', '4:1-17 no-trusted-proxy'],
    ['country_header: CF-IPCountry', '4:1-15 no-trusted-proxy'],
    ['trusted_proxies: [10.0.0.1]\nclient_ip_header: "X Forwarded For"', '5:19-36 bad-header-name'],
    ['trusted_proxies: [10.0.0.1]\ncountry_header: "Ländercode"', '5:17-29 bad-header-name'],
    ['trusted_proxies: [10.0.0.1]\nclient_ip_header: Forwarded', '5:19-28 unsupported-header'],
    ['trusted_proxies: [10.0.0.1]\nclient_ip_header: X-Forwarded-Fro', 'warning 5:19-34 unusual-header'],
    ['session: 24h', '4:10-13 wrong-type'],
    ['session: { duration: 1 day }', '4:22-27 bad-duration'],
    ['session: { duration: 24 }', '4:22-24 wrong-type'],
    ['session: { duration: 0s }', '4:22-24 duration-too-short'],
    ['session: { duration: 1000d }', '4:22-27 duration-too-long'],
    ['session: { duration: 1h, idle_timeout: 2h }', 'warning 4:40-42 no-effect'],
    ['session: { duration: 1h, recheck_grace: 1h, idle_timeout: 30m }', 'warning 4:41-43 no-effect'],
    ['session: { recheck_grace: soon }', '4:27-31 bad-duration'],
    ['session: { max_per_person: 0 }', '4:28-29 number-too-small'],
    ['session: { max_per_person: five }', '4:28-32 wrong-type'],
    ['assertion: { lifetime: 29s }', '4:24-27 duration-too-short'],
    ['assertion: { lifetime: 16m }', '4:24-27 duration-too-long'],
    ['assertion: { algorithm: none }', '4:25-29 unknown-value'],
    ['assertion: { algorithm: HS256 }', '4:25-30 unknown-value'],
    ['assertion: { header: "a b" }', '4:22-27 bad-header-name'],
    ['assertion: { header: Host }', '4:22-26 reserved-header'],
    ['assertion: { header: content-length }', '4:22-36 reserved-header'],
    ['assertion: { header: X-Forwarded-For }', '4:22-37 reserved-header'],
    ['management: 0.0.0.0:9464', '4:13-25 management-not-local'],
    ['management_from: [10.0.0.0/8]\nmanagement: 127.0.0.1:9464', 'warning 4:1-16 no-effect'],
    ['management_from: [0.0.0.0/0]\nmanagement: 0.0.0.0:9464', '4:19-28 trusts-everybody'],
    ['management_from: [10.0.0.1/8]\nmanagement: 0.0.0.0:9464', '4:19-29 host-bits'],
    ['management_names: [https://a.example]', '4:20-37 bad-host'],
    ['management_names: [a.example:9464]', '4:20-34 bad-host'],
    ['limits: { connections_per_address: 0 }', '4:36-37 number-too-small'],
    ['management: "[::]:9464"', '4:13-24 management-not-local'],
    ['management: 10.0.0.1:9464', '4:13-26 management-not-local'],
    ['management: example.com:9464', '4:13-29 management-not-local'],
    ['management: 9464', '4:13-17 wrong-type'],
    ['listen: 127.0.0.1:80\nmanagement: 127.0.0.1:80', '5:13-25 address-taken'],
    ['log: { level: verbose }', '4:15-22 unknown-value'],
    [`branding: { name: ${'x'.repeat(41)} }`, '4:19-60 bad-name'],
    ['secrets: { a: "x\\ny" }', '4:15-21 bad-header-value'],
    ['secrets: { A B: x }', '4:12-15 bad-value'],
    ['also_listen: [127.0.0.1:8080]', '4:15-29 address-taken'],
    ['also_listen: [nowhere]', '4:15-22 bad-address'],
    ['proxy_protocol: { listen: 127.0.0.1:8443 }', '4:1-15 no-trusted-proxy'],
    ['trusted_proxies: [10.0.0.1]\nproxy_protocol: { listen: 127.0.0.1:8080 }', '5:27-41 address-taken'],
    ['trusted_proxies: [10.0.0.1]\nproxy_protocol: { listen: "unix:/run/b.sock" }', '5:27-45 bad-address'],
    ['trusted_proxies: [10.0.0.1]\nproxy_protocol: { listen: nowhere }', '5:27-34 bad-address'],
    ['trusted_proxies: [10.0.0.1]\nproxy_protocol: 127.0.0.1:8443', '5:17-31 wrong-type'],
    ['tunnel: { listen: "unix:/run/t.sock", addresses: ["a.example:7844"] }', '4:19-37 bad-address'],
    ['tunnel: { listen: "[::]:7844", addresses: [] }', '4:43-45 empty-list'],
    ['tunnel: { listen: "[::]:7844", addresses: ["a.example"] }', '4:44-55 bad-address'],
    ['tunnel: { listen: "[::]:7844", addresses: ["0.0.0.0:7844"] }', '4:44-58 bad-address'],
    ['branding: { name: "" }', '4:19-21 empty-text'],
    ['log: { format: test }', '4:16-20 unknown-value'],
    ['limits: { headers_timeout: 16s }', '4:28-31 duration-too-long'],
    ['limits: { headers_timeout: 0s }', '4:28-30 duration-too-short'],
    ['limits: { header_bytes: 100 }', '4:25-28 number-too-small'],
    ['limits: { header_bytes: 1.5 }', '4:25-28 wrong-type'],
    ['limits: { cookie_bytes: 100 }', '4:25-28 number-too-small'],
    ['limits: { connections: 0 }', '4:24-25 number-too-small'],
    ['limits: { body_bytes: -1 }', '4:23-25 number-too-small'],
    ['limits: { body_bytes: .nan }', '4:23-27 wrong-type'],
    ['limits: { body_bytes: .inf }', '4:23-27 wrong-type'],
    // References
    ['rules: { env: NOT_SET }', '4:15-22 variable-not-set'],
    ['rules: { env: toString }', '4:15-23 variable-not-set'],
    ['rules: { env: EMPTY }', '4:15-20 variable-empty'],
    ['rules: { env: 5 }', '4:15-16 bad-reference'],
    ['rules: { env: "" }', '4:15-17 bad-reference'],
    ['rules: { file: nope }', '4:16-20 file-unreadable'],
    ['rules: { file: empty }', '4:16-21 file-empty'],
    ['rules: { file: }', '4:10-14 bad-reference'],
    ['rules: { env: A, file: b }', '4:8-27 bad-reference'],
    ['rules: { evn: URL }', '4:8-20 wrong-type'],
    ['limits: { connections: { env: URL } }', '4:24-36 wrong-type'],
    ['session: { env: URL }', '4:12-15 unknown-key'],
    ['trusted_proxies: [{ env: NOT_SET }, { env: BAD }]', '4:26-33 variable-not-set', '4:37-49 bad-network'],
    ['log: { level: { env: BAD } }', '4:15-27 unknown-value'],
  ];
  for (const [text, ...expected] of below) {
    it(text.length > 80 ? `${text.slice(0, 80)}…` : text, () => {
      expect(faults(`${head}${text}\n`)).toEqual(expected);
    });
  }

  const authUrls: readonly (readonly [text: string, code: string])[] = [
    ['http://auth.example.com', 'not-https'],
    ['http://localhost.example.com', 'not-https'],
    ['http://127.0.0.1.example.com', 'not-https'],
    ['http://10.0.0.1', 'not-https'],
    ['https://auth.example.com/path', 'not-an-origin'],
    ['https://auth.example.com/?a=b', 'not-an-origin'],
    ['https://auth.example.com?', 'not-an-origin'],
    ['https://auth.example.com#', 'not-an-origin'],
    ['https://user:pw@auth.example.com', 'url-with-password'],
    ['auth.example.com', 'bad-url'],
    ['ftp://auth.example.com', 'bad-url'],
    ['https:auth.example.com', 'bad-url'],
    ['https:\\\\auth.example.com', 'bad-url'],
    ['https://', 'bad-url'],
    ['https://*.example.com', 'bad-url'],
    ['https://auth.example.com.', 'bad-url'],
    ['https://auth .example.com', 'bad-url'],
    ['https://auth.example.com:99999', 'bad-url'],
    ['/https:.*/', 'bad-url'],
  ];
  for (const [text, code] of authUrls) {
    it(`auth_url: ${text}`, () => {
      const written = `'${text}'`;
      expect(faults(head.replace('https://auth.example.com', written))).toEqual([
        `1:11-${11 + written.length} ${code}`,
      ]);
    });
  }

  const providers: readonly (readonly [text: string, ...expected: string[]])[] = [
    ['{ id: g, type: oidc, issuer: https://a.example, client_id: a }', '4:11-12 duplicate-id'],
    ['{ id: Big, type: oidc, issuer: https://a.example, client_id: a }', '4:11-14 bad-id'],
    ['{ id: b, type: saml, issuer: https://a.example, client_id: a }', '4:20-24 unknown-value'],
    ['{ id: b, type: oidc, issuer: http://a.example, client_id: a }', '4:34-50 not-https'],
    ['{ id: b, type: oidc, issuer: "https://a.example?x", client_id: a }', '4:34-55 bad-issuer'],
    ['{ id: b, type: oidc, issuer: "https://a.example#x", client_id: a }', '4:34-55 bad-issuer'],
    [
      '{ id: b, type: oidc, issuer: https://a.example/.well-known/openid-configuration, client_id: a }',
      '4:34-84 bad-issuer',
    ],
    ['{ id: b, type: oidc, issuer: https://a.example }', '4:5-53 missing-key'],
    ['{ id: b, type: oidc, issuer: https://a.example, client_id: 5 }', '4:64-65 wrong-type'],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, client_secret: "" }',
      '4:82-84 empty-text',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, scopes: [email] }',
      '4:75-82 scope-missing',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, scopes: ["openid email"] }',
      '4:75-91 scope-missing',
      '4:76-90 bad-scope',
    ],
    ['{ id: b, type: oidc, issuer: https://a.example, client_id: a, claims: [] }', '4:75-77 empty-list'],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, claims: [{ missing: none }] }',
      '4:76-93 missing-key',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, groups_missing: no }',
      '4:83-85 unknown-value',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, groups_claim: [] }',
      '4:81-83 empty-list',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, groups: { only: ["*", "a*/b", "a*"] } }',
      '4:84-87 bad-group-pattern',
      '4:89-95 bad-group-pattern',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, email_verified: ignored }',
      '4:83-90 email-domains-missing',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, email_domains: ["@a.b"] }',
      '4:83-89 bad-domain',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, email_verified: if_absent, email_domains: [a.example, GMail.com] }',
      '4:121-130 public-email-domain',
    ],
    [
      '{ id: b, type: oidc, issuer: https://login.microsoftonline.com/common/v2.0, client_id: a, email_verified: if_absent, email_domains: [a.example] }',
      'warning 4:34-79 issuer-of-no-tenant',
      '4:111-120 issuer-of-strangers',
    ],
    ...['common', 'Organizations', 'consumers'].map((tenant): [string, string] => [
      `{ id: b, type: oidc, issuer: https://login.microsoftonline.com/${tenant}/v2.0, client_id: a }`,
      `warning 4:34-${73 + tenant.length} issuer-of-no-tenant`,
    ]),
    [
      '{ id: b, type: oidc, issuer: https://accounts.google.com, client_id: a, email_verified: ignored, email_domains: [a.example] }',
      '4:93-100 issuer-of-strangers',
    ],
    [
      '{ id: b, type: oidc, issuer: https://login.live.com, client_id: a, email_verified: ignored, email_domains: [a.example] }',
      '4:88-95 issuer-of-strangers',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, groups_overage: http://graph.example }',
      '4:83-103 not-https',
    ],
    ['{ id: b, type: oidc, issuer: https://a.example, client_id: a, groups: {} }', '4:67-73 missing-key'],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, id_token_algorithms: [none, HS256] }',
      '4:89-93 unknown-value',
      '4:95-100 unknown-value',
    ],
    [
      '{ id: b, type: oidc, issuer: https://a.example, client_id: a, hardware_key: { arm: [x] } }',
      '4:83-86 unknown-key',
    ],
  ];
  for (const [text, ...expected] of providers) {
    it(`identity provider ${text}`, () => {
      expect(faults(`${head}  - ${text}\n`)).toEqual(expected);
    });
  }

  it('no auth_url, no identity provider, an empty list of them', () => {
    expect(faults('listen: 127.0.0.1:80\n')).toEqual(['1:1-7 missing-key', '1:1-7 missing-key']);
    expect(faults('auth_url: https://a.example\nidentity_providers: []\n')).toEqual(['2:21-23 empty-list']);
  });

  it('tls for applications that are reached by http', () => {
    const text = `${head.replace('https://auth.example.com', 'http://localhost')}tls: { cert_file: cert.pem, key_file: key.pem }\n`;
    expect(faults(text)).toEqual(['4:1-4 tls-without-https']);
  });

  it('faults of all kinds at once: references, shapes, and what belongs together', () => {
    expect(
      faults(
        `${head}  - { id: g, type: oidc }\nrules: { env: NOT_SET }\nclient_ip_header: X-Real-IP\nlog: { level: 5 }\n`,
      ),
    ).toEqual([
      '4:5-26 missing-key',
      '4:5-26 missing-key',
      '4:11-12 duplicate-id',
      '5:15-22 variable-not-set',
      '6:1-17 no-trusted-proxy',
      '7:15-16 unknown-value',
    ]);
  });
});

describe('the hint for', () => {
  const hintOf = (text: string) => {
    const parsed = parse(text);
    return parsed.ok ? undefined : parsed.problems[0]?.hint;
  };
  it.each([
    ['trusted_proxies: [10.1.2.3/8]', 'write `10.0.0.0/8`'],
    ['trusted_proxies: [192.168.7.9/20]', 'write `192.168.0.0/20`'],
    ['trusted_proxies: ["2001:db8:ffff::/33"]', 'write `2001:db8:8000::/33`'],
    ['trusted_proxies: ["::ffff:10.0.0.0/104"]', 'write `10.0.0.0/8`'],
    [
      'management: "[::]:9464"',
      'use `127.0.0.1:9464` or a Unix socket, or say who may ask: `management_from: [10.0.0.0/8]`',
    ],
    ['listen: :8080', 'name the address too: `127.0.0.1:8080`, or `[::]:8080` for all of them'],
    ['log: { level: warning }', 'did you mean `warn`?'],
    ['header_bytes: 4096', '`header_bytes` belongs under `limits`'],
    ['client_id: a', '`client_id` belongs under `identity_providers`'],
    ['rules: { file: nope }', 'looked for `/etc/bouncer/nope`'],
  ])('%s is: %s', (text, expected) => {
    expect(hintOf(`${head}${text}\n`)).toBe(expected);
  });

  it('an auth_url that is more than an origin is the origin', () => {
    expect(hintOf(head.replace('example.com\n', 'example.com/login\n'))).toBe(
      'write `https://auth.example.com`',
    );
    expect(hintOf(head.replace('https://auth.example.com', 'auth.example.com'))).toBe(
      'write `https://auth.example.com`',
    );
    expect(hintOf(head.replace('https://auth', 'http://auth'))).toContain('write `https://auth.example.com`');
  });
});

describe('a secret', () => {
  const canary = /canary/;

  it('never stands in a problem, wherever its reference stands and whatever is wrong', () => {
    const reference = '{ env: BAD }';
    const lines = [
      `auth_url: ${reference}`,
      `listen: ${reference}`,
      `management: ${reference}`,
      `trusted_proxies: [${reference}]`,
      `client_ip_header: ${reference}`,
      `log: { level: ${reference}, format: { file: secret } }`,
      `session: { duration: ${reference} }`,
      `tls: { cert_file: ${reference}, key_file: { file: secret } }`,
      'identity_providers:',
      `  - { id: ${reference}, type: oidc, issuer: ${reference}, client_id: 5, scopes: [${reference}], id_token_algorithms: [${reference}] }`,
      '',
    ].join('\n');
    const parsed = parse(lines);
    if (parsed.ok) throw new Error('valid');
    expect(parsed.problems.length).toBeGreaterThan(8);
    expect(JSON.stringify(parsed.problems)).not.toMatch(canary);
  });

  it('never stands in what is said of several keys together', () => {
    const provider = (id: string) => `  - { id: ${id}, type: oidc, issuer: https://a.example, client_id: a }`;
    const lines = [
      ...[
        'auth_url: https://auth.example.com',
        'identity_providers:',
        provider('{ env: ID }'),
        provider('{ env: ID }'),
      ],
      ...['trusted_proxies: [10.0.0.1]', 'client_ip_header: { env: SLIP }'],
      ...['session: { duration: { env: HOUR }, idle_timeout: { env: LONG } }', ''],
    ].join('\n');
    const parsed = parse(lines);
    const problems = parsed.ok ? [] : parsed.problems;
    expect(problems.map(({ code }) => code)).toEqual(['duplicate-id', 'unusual-header', 'no-effect']);
    expect(JSON.stringify(problems)).not.toMatch(/canary|Fro\b|1000h|1001h/);
  });

  it('that is written into the file is never printed with a fault beside it', () => {
    for (const line of [
      'client_secret: my-canary',
      'client_secert: my-canary',
      'client_secret: [my-canary]',
      'client_secret: { x: my-canary }',
      'client_secret: my-canary: x',
    ]) {
      const text = `${head}  - id: b\n    ${line}\n`;
      const parsed = parse(text);
      if (parsed.ok) throw new Error('valid');
      const printed = renderProblems(parsed.problems, new Map([['bouncer.yaml', text]]), {
        isColored: false,
      });
      expect(printed).not.toMatch(canary);
      expect(JSON.stringify(parsed.problems)).not.toMatch(canary);
    }
  });
});

describe('a literal secret in a damaged file', () => {
  const layouts = [
    '    client_secret: my-canary\n',
    '    client_secret: "my-canary"\n',
    '    client_secret: |\n      my-canary\n',
    '    client_secret:\n      my-canary\n',
  ];
  it.each(layouts)('is not printed, whichever one sign is put, changed or missing: %j', (layout) => {
    const text = `auth_url: https://a.example\nidentity_providers:\n  - id: b\n    type: oidc\n${layout}log: { level: 5 }\n`;
    const secretAt = text.indexOf('my-canary');
    const from = text.indexOf(layout) - 12;
    for (let at = from; at < secretAt; at++) {
      for (const sign of ['', ...'\n\t :-{}[]"\'#&*!|>,a1\\%@\0']) {
        for (const damaged of [
          text.slice(0, at) + sign + text.slice(at),
          text.slice(0, at) + sign + text.slice(at + 1),
        ]) {
          const parsed = parse(damaged);
          const problems = parsed.ok ? parsed.warnings : parsed.problems;
          const printed = renderProblems(problems, new Map([['bouncer.yaml', damaged]]), {
            isColored: false,
          });
          if (/canary/.test(printed + JSON.stringify(problems)))
            expect.fail(`${JSON.stringify(damaged)}:\n${printed}`);
        }
      }
    }
  });
});

describe('a damaged file', () => {
  it('cut off after any line is invalid or trusts nobody whom the whole file does not trust', () => {
    const full = good(whole);
    const lines = whole.split('\n');
    let valid = 0;
    for (let count = 0; count < lines.length; count++) {
      const parsed = parse(lines.slice(0, count).join('\n'));
      if (!parsed.ok) continue;
      valid++;
      const { trustedProxies, identityProviders, authUrl, management } = parsed.value;
      expect(authUrl).toBe(full.authUrl);
      expect(full.trustedProxies).toEqual(expect.arrayContaining([...trustedProxies]));
      for (const each of identityProviders) {
        if (each.type !== 'oidc') throw new Error('there is none of that type in the file');
        const { id, issuer, clientId } = each;
        expect(full.identityProviders).toContainEqual(expect.objectContaining({ id, issuer, clientId }));
      }
      if (management !== null) expect(management).toEqual(full.management);
    }
    expect(valid).toBeGreaterThan(5);
  });

  it('by any change of bytes gives settings or problems with places, and no secret in them', () => {
    const original = new TextEncoder().encode(whole);
    const changes = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const bytes = original.slice();
        for (const [at, byte] of list) bytes[at] = byte;
        const parsed = parse(bytes);
        if (parsed.ok) return true;
        expect(JSON.stringify(parsed.problems)).not.toMatch(/canary/);
        return (
          parsed.problems.length > 0 &&
          parsed.problems.every(({ line, column, endColumn }) => line > 0 && column > 0 && endColumn > column)
        );
      }),
      { numRuns: 400 },
    );
  });

  it('by any line that is left out or stands twice never makes it throw', () => {
    const lines = whole.split('\n');
    lines.forEach((line, index) => {
      expect(() => parse(lines.toSpliced(index, 1).join('\n'))).not.toThrow();
      expect(() => parse(lines.toSpliced(index, 0, line).join('\n'))).not.toThrow();
    });
  });
});

describe('the authority of a provider', () => {
  const withCa = (ca: string): string => head.replace('client_id: abc', `client_id: abc, ca_file: ${ca}`);
  it('is read, and watched', () => {
    const { identityProviders, referencedFiles } = good(withCa('ca.pem'));
    expect(identityProviders[0]).toHaveProperty('ca', authority);
    expect(referencedFiles).toContain('/etc/bouncer/ca.pem');
    expect(good(head).identityProviders[0]).toHaveProperty('ca', null);
  });
  it.each([
    ['nope.pem', 'file-unreadable'],
    ['key.pem', 'not-pem'],
    // It begins like a certificate and is none.
    ['cert.pem', 'not-pem'],
  ])('that cannot be used is a problem: %s', (ca, code) => {
    expect(faults(withCa(ca)).map((fault) => fault.split(' ').at(-1))).toEqual([code]);
  });
});

describe('trusted issuers', () => {
  const github = 'https://token.actions.githubusercontent.com';
  const codes = (entry: object, more: readonly object[] = []): readonly string[] => {
    const base = {
      auth_url: 'https://a.example',
      identity_providers: [{ id: 'g', type: 'oidc', issuer: 'https://id.example', client_id: 'b' }],
      trusted_issuers: [{ name: 'x', audience: 'https://a.example', ...entry }, ...more],
    };
    const parsed = settingsFromObject(base, { baseDir: '/', env });
    return parsed.ok ? [] : parsed.problems.map(({ code }) => code);
  };

  it('are read with what is asked of their tokens', () => {
    const { trustedIssuers } = good(`auth_url: https://a.example
identity_providers: [{ id: g, type: oidc, issuer: "https://id.example", client_id: b }]
trusted_issuers:
  - name: cluster
    issuer: https://k8s.example
    audience: bouncer
    subject: [system:serviceaccount:a:b, "system:serviceaccount:c:*"]
    claims: { kubernetes.io: { namespace: a }, n: 7 }
    jwks_uri: https://k8s.example/jwks
    ca_file: ca.pem
`);
    expect(trustedIssuers).toEqual([
      {
        ...{ name: 'cluster', issuer: 'https://k8s.example', audience: 'bouncer' },
        ...{ jwksUri: 'https://k8s.example/jwks', ca: authority },
        claims: [
          { path: ['sub'], patterns: ['system:serviceaccount:a:b', 'system:serviceaccount:c:*'] },
          { path: ['kubernetes.io', 'namespace'], patterns: ['a'] },
          { path: ['n'], patterns: ['7'] },
        ],
      },
    ]);
  });

  it.each<[string, object]>([
    ['a number', { claims: { repository_owner_id: 65 } }],
    ['a name', { claims: { repository_owner: ['acme', 'other'] } }],
    ['a repository', { claims: { repository: 'acme/*' } }],
    ['a subject', { subject: 'repo:acme/*' }],
    ['a subject of another make', { subject: ['repository_owner_id:65:*', 'repository_owner:acme'] }],
  ])('of strangers are taken with an owner: %s', (_, own) => {
    expect(codes({ issuer: github, ...own })).toEqual([]);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['a name that is not whole', { claims: { repository_owner: 'acme*' } }],
    ['a repository that is not whole', { claims: { repository: 'acme*/app' } }],
    ['a subject that is not whole', { subject: 'repo:acme*' }],
    ['a subject of everybody', { subject: 'repo:*' }],
    ['a subject of another make that is not whole', { subject: 'repository_owner:acme*' }],
    ['a number that is not whole', { subject: 'repository_owner_id:65*' }],
    ['a part of the owner in the middle', { subject: 'repo:ac*me/app:*' }],
    ['one of several', { subject: ['repo:acme/*', 'repo:*:ref:refs/heads/main'] }],
    [
      'what anybody can have',
      {
        claims: {
          ref: 'refs/heads/main',
          job_workflow_ref: 'acme/app/.github/workflows/x.yml@refs/heads/main',
        },
      },
    ],
    ['an owner inside of something', { claims: { x: { repository_owner: 'acme' } } }],
  ])('of strangers are refused without an owner: %s', (_, own) => {
    expect(codes({ issuer: github, ...own })).toEqual(['issuer-without-owner']);
    expect(codes({ issuer: `${github}/acme`, ...own })).toEqual(['issuer-without-owner']);
  });

  it.each<[string, object, string]>([
    ['gitlab.com', { issuer: 'https://gitlab.com', claims: { user_login: 'ada' } }, 'issuer-without-owner'],
    [
      'Google',
      { issuer: 'https://accounts.google.com', claims: { email: '*@acme.example' } },
      'issuer-without-owner',
    ],
    [
      'a number of Google',
      { issuer: 'https://accounts.google.com', subject: '123*' },
      'issuer-without-owner',
    ],
    ['any of another', { issuer: 'https://login.live.com', subject: 'a*' }, 'issuer-without-owner'],
    ['another public one', { issuer: 'https://login.live.com', claims: { a: 'b' } }, 'issuer-without-owner'],
    ['a lone star', { issuer: 'https://k.example', subject: '*' }, 'pattern'],
    ['a lone star in a claim', { issuer: 'https://k.example', claims: { a: { b: '*' } } }, 'pattern'],
    ['an empty list', { issuer: 'https://k.example', claims: { a: [] } }, 'empty-value'],
    ['plain http', { issuer: 'http://k.example' }, 'not-https'],
    ['keys by plain http', { issuer: 'https://k.example', jwks_uri: 'http://127.0.0.1/jwks' }, 'not-https'],
    ['an audience of two', { issuer: 'https://k.example', audience: 'a b' }, 'bad-audience'],
    ['a name with a colon', { issuer: 'https://k.example', name: 'a:b' }, 'bad-id'],
    [
      'an authority that is not there',
      { issuer: 'https://k.example', ca_file: 'none.pem' },
      'file-unreadable',
    ],
    ['an unknown key', { issuer: 'https://k.example', audiences: ['x'] }, 'unknown-key'],
  ])('are refused with a reason: %s', (_, own, code) => {
    expect(codes(own)).toEqual([code]);
  });

  it('have a name and an audience each of their own', () => {
    const one = { issuer: 'https://k.example', audience: 'https://a.example' };
    expect(codes(one, [{ ...one, name: 'y' }])).toEqual(['duplicate-issuer']);
    expect(codes(one, [{ ...one, name: 'x', audience: 'other' }])).toEqual(['duplicate-name']);
    expect(codes(one, [{ ...one, name: 'y', audience: 'other' }])).toEqual([]);
  });
});

describe('another proxy that asks', () => {
  const codes = (entry: object): readonly string[] => {
    const parsed = settingsFromObject(
      {
        auth_url: 'https://a.example',
        identity_providers: [{ id: 'g', type: 'oidc', issuer: 'https://id.example', client_id: 'b' }],
        forward_auth: entry,
      },
      { baseDir: '/', env },
    );
    return parsed.ok ? [] : parsed.problems.map(({ code }) => code);
  };
  const right = { listen: '127.0.0.1:4180', from: ['127.0.0.1/32'], proxy: 'nginx' };

  it.each<[string, object, readonly string[]]>([
    ['as it should be', right, []],
    ['over a Unix socket', { listen: 'unix:/run/check.sock', proxy: 'envoy' }, []],
    ['that nobody is named for', { listen: '127.0.0.1:4180', proxy: 'nginx' }, ['missing-key']],
    ['that everybody may be', { ...right, from: ['0.0.0.0/0'] }, ['trusts-everybody']],
    ['named for a Unix socket', { ...right, listen: 'unix:/run/check.sock' }, ['no-effect']],
    ['of another make', { ...right, proxy: 'apache' }, ['unknown-value']],
    ['of no make', { listen: '127.0.0.1:4180', from: ['127.0.0.1/32'] }, ['missing-key']],
    ['where bouncer itself listens', { ...right, listen: '127.0.0.1:8080' }, ['address-taken']],
    ['nowhere', { ...right, listen: '4180' }, ['bad-address']],
  ])('%s', (_, entry, expected) => {
    expect(codes(entry)).toEqual(expected);
  });
});
