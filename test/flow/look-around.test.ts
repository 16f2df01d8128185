// What `bouncer check --online` and the start of `serve` find outside: real providers that lie, real sockets, real certificates.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createBouncer } from '../../src/create-bouncer.ts';
import { lookAtCertificate } from '../../src/front/look-at-certificate.ts';
import { runCommand } from '../cli/run-command.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { startMailServer } from '../fixtures/mail-server.ts';
import { startOidcProvider } from '../fixtures/oidc-provider.ts';
import { type Certificates, createCertificates } from '../upstream/forward/certificates.ts';

let certificates: Certificates;
/** For whoever looks at something else. */
let honest: HostileProvider;
beforeAll(async () => {
  certificates = createCertificates();
  honest = await startHostileProvider('bouncer');
});
afterAll(async () => {
  certificates.remove();
  await honest.close();
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Parts {
  readonly issuer?: string;
  /** Further lines of the provider. */
  readonly provider?: string;
  readonly upstream?: string;
  /** Further lines of the application. */
  readonly application?: string;
  readonly include?: string;
  readonly settings?: string;
  readonly authUrl?: string;
}

/** @returns a folder with settings and rules */
function siteOf(parts: Parts): string {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-look-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const { issuer = honest.issuer } = parts;
  const provider = `\n  - id: idp\n    type: oidc\n    issuer: ${issuer}\n    client_id: bouncer\n    client_secret: canary\n${parts.provider ?? ''}`;
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: ${parts.authUrl ?? 'http://auth.localhost:8099'}\nlisten: 127.0.0.1:0\nrules: rules.yaml\ndata_dir: data\nidentity_providers: ${provider}\n${parts.settings ?? ''}`,
  );
  writeFileSync(
    join(folder, 'rules.yaml'),
    `applications:
  - name: wiki
    host: wiki.localhost
    upstream: ${parts.upstream ?? 'http://127.0.0.1:1'}
${parts.application ?? ''}
    policies:
      - { name: people, action: allow, include: [${parts.include ?? 'everyone'}] }
`,
  );
  return folder;
}

interface Found {
  readonly about: string;
  readonly seen: string | null;
  readonly findings: readonly { severity: string; code: string; cause: string; hint?: string }[];
}

async function look(parts: Parts): Promise<{ code: number; looks: readonly Found[] }> {
  const run = await runCommand(['check', '--online', '--json'], { cwd: siteOf(parts) });
  return { code: run.code, looks: JSON.parse(run.stdout).looks };
}

const about = (looks: readonly Found[], text: string): Found => {
  const found = looks.find((each) => each.about.startsWith(text));
  if (found === undefined) throw new Error(`nothing about ${text}`);
  return found;
};

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function hostile(lies: Lies): Promise<HostileProvider> {
  const provider = await startHostileProvider('bouncer');
  closers.push(provider.close);
  provider.tell(lies);
  return provider;
}

describe('a look at an identity provider', () => {
  it('finds nothing wrong with a real one that knows the client', async () => {
    const provider = await startOidcProvider({
      clients: [
        {
          clientId: 'bouncer',
          clientSecret: 'canary',
          authUrl: 'http://auth.localhost:8099',
          providerIds: ['idp'],
        },
      ],
      people: [],
    });
    closers.push(provider.close);
    const { looks } = await look({ issuer: provider.issuer });
    const { seen, findings } = about(looks, 'identity provider `idp`');
    expect(seen).toContain(`${provider.issuer} answers; ID tokens by `);
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  it('says that a real one does not know the redirect URI', async () => {
    const provider = await startOidcProvider({
      clients: [{ clientId: 'bouncer', clientSecret: 'canary', authUrl: 'http://other.localhost:1' }],
      people: [],
    });
    closers.push(provider.close);
    const { code, looks } = await look({ issuer: provider.issuer });
    const [finding] = about(looks, 'identity provider').findings.filter(
      ({ severity }) => severity === 'error',
    );
    expect(finding).toMatchObject({ code: 'client-refused' });
    expect(finding?.hint).toContain('`http://auth.localhost:8099/.bouncer/callback/idp`');
    expect(code).toBe(1);
  });

  const dead: readonly (readonly [string, Lies, RegExp, RegExp])[] = [
    [
      'that calls itself otherwise',
      { metadata: { issuer: 'https://other.test' } },
      /calls itself `https:\/\/other\.test`/,
      /copy its issuer/,
    ],
    [
      'that knows only plain PKCE',
      { metadata: { code_challenge_methods_supported: ['plain'] } },
      /PKCE with `plain`/,
      /allow S256/,
    ],
    [
      'that signs with shared secrets alone',
      { metadata: { id_token_signing_alg_values_supported: ['HS256'] } },
      /lists `HS256`/,
      /RS256/,
    ],
    [
      'that redirects',
      { redirectTo: 'https://login.test/x' },
      /status 302, which leads to `https:\/\/login\.test`/,
      /`issuer` must be the address/,
    ],
    [
      'that answers with a page',
      { metadataText: '<p>It works!</p>' },
      /something else than JSON \(`text\/html`\)/,
      /open that in a browser/,
    ],
    [
      'that answers with rubbish',
      { metadataText: '{"issuer":' },
      /something else than JSON/,
      /open that in a browser/,
    ],
    ['that says nothing', { isSilent: true }, /took too long|no answer came/, /./],
  ];
  it.each(dead)('%s is an error', async (_, lies, cause, hint) => {
    const provider = await hostile(lies);
    const { code, looks } = await look({ issuer: provider.issuer });
    const { seen, findings } = about(looks, 'identity provider');
    expect(seen).toBeNull();
    expect(findings).toEqual([
      {
        severity: 'error',
        code: 'provider-unusable',
        cause: expect.stringMatching(cause),
        ...(findings[0]?.hint === undefined ? {} : { hint: expect.stringMatching(hint) }),
      },
    ]);
    expect(code).toBe(1);
  });

  const odd: readonly (readonly [string, Lies, Parts, { severity: string; code: string; cause: RegExp }])[] =
    [
      [
        'signs otherwise than `id_token_algorithms` allows',
        { metadata: { id_token_signing_alg_values_supported: ['ES256'] } },
        { provider: '    id_token_algorithms: [RS256]\n' },
        {
          severity: 'error',
          code: 'algorithms-differ',
          cause: /signs ID tokens with `ES256`, and `id_token_algorithms` allows `RS256`/,
        },
      ],
      [
        'has a clock that is ahead',
        { aheadSeconds: 95 },
        {},
        { severity: 'error', code: 'clock-differs', cause: /9[45] s ahead of this machine/ },
      ],
      [
        'has a clock that is behind',
        { aheadSeconds: -30 },
        {},
        { severity: 'warning', code: 'clock-differs', cause: /(29|30) s behind this machine/ },
      ],
      [
        'has no key',
        { jwks: { keys: [] } },
        {},
        { severity: 'error', code: 'keys-unusable', cause: /there is none that can be used/ },
      ],
      [
        'has something else than keys',
        { jwks: ['x'] },
        {},
        { severity: 'error', code: 'keys-unusable', cause: /something else than a key set/ },
      ],
      [
        'has keys that cannot sign as it says',
        { metadata: { id_token_signing_alg_values_supported: ['ES384'] } },
        {},
        { severity: 'error', code: 'keys-unusable', cause: /no key at .* can make a signature by `ES384`/ },
      ],
      [
        'does not know the client',
        { authorizationStatus: 400 },
        {},
        { severity: 'error', code: 'client-refused', cause: /status 400 where a login begins/ },
      ],
      [
        'does not know a scope',
        { authorization: { code: null, error: 'invalid_scope', error_description: 'no groups here' } },
        {},
        { severity: 'error', code: 'client-refused', cause: /`invalid_scope`: no groups here/ },
      ],
      [
        'has a scope for groups that is not asked for',
        { metadata: { scopes_supported: ['openid', 'groups'] } },
        { include: '{ group: staff }' },
        { severity: 'warning', code: 'groups-scope', cause: /does not ask for `groups`/ },
      ],
      [
        'takes another proof of the client',
        { metadata: { token_endpoint_auth_methods_supported: ['private_key_jwt'] } },
        { provider: '    token_endpoint_auth: client_secret_post\n' },
        { severity: 'warning', code: 'token-endpoint-auth', cause: /lists `private_key_jwt`/ },
      ],
      [
        'has no code flow',
        { metadata: { response_types_supported: ['id_token'] } },
        {},
        { severity: 'error', code: 'no-code-flow', cause: /`code` is wanted/ },
      ],
      [
        'has no logout for applications',
        {},
        {},
        { severity: 'note', code: 'no-end-session', cause: /its own goes on/ },
      ],
    ];
  it.each(odd)('says that it %s', async (_, lies, parts, wanted) => {
    const provider = await hostile(lies);
    const { looks } = await look({ issuer: provider.issuer, ...parts });
    const found = about(looks, 'identity provider').findings.filter(({ code }) => code === wanted.code);
    expect(found).toEqual([
      expect.objectContaining({ severity: wanted.severity, cause: expect.stringMatching(wanted.cause) }),
    ]);
  });

  it('of the scope for groups only where rules look at groups', async () => {
    const provider = await hostile({ metadata: { scopes_supported: ['openid', 'groups'] } });
    const { looks } = await look({ issuer: provider.issuer });
    expect(about(looks, 'identity provider').findings.map(({ code }) => code)).not.toContain('groups-scope');
  });
});

describe('a look at an application', () => {
  const http = async (status: number, host?: string): Promise<string> => {
    const server = createHttpServer((_, res) => res.writeHead(status).end());
    return `http://127.0.0.1:${await listening(server, host)}`;
  };

  it('finds nothing wrong with one that answers, whatever it answers', async () => {
    const { code, looks } = await look({ upstream: await http(401) });
    expect(about(looks, 'application `wiki`')).toMatchObject({
      seen: expect.stringContaining('answers with status 401'),
      findings: [],
    });
    expect(code).toBe(0);
  });

  it('warns of one that answers with a fault', async () => {
    const { findings } = about((await look({ upstream: await http(503) })).looks, 'application');
    expect(findings).toEqual([expect.objectContaining({ severity: 'warning', code: 'upstream-fault' })]);
  });

  it('says that nothing listens', async () => {
    const { code, looks } = await look({ upstream: 'http://127.0.0.1:1' });
    expect(about(looks, 'application')).toMatchObject({
      seen: null,
      findings: [
        {
          code: 'upstream-unusable',
          cause: expect.stringContaining('refused the connection (ECONNREFUSED)'),
        },
      ],
    });
    expect(code).toBe(1);
  });

  it('says that a port is silent', async () => {
    const port = await listening(createServer(() => {}));
    const { findings } = about((await look({ upstream: `http://127.0.0.1:${port}` })).looks, 'application');
    expect(findings[0]?.cause).toContain('takes connections and does not answer');
  });

  it('says that something else than HTTP answers', async () => {
    const port = await listening(createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n')));
    const { findings } = about((await look({ upstream: `http://127.0.0.1:${port}` })).looks, 'application');
    expect(findings[0]).toMatchObject({
      severity: 'error',
      code: 'upstream-unusable',
      cause: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('says that the certificate is for another name', async () => {
    const { cert, key } = certificates.issue('other', 'DNS:other.internal');
    const port = await listening(createTlsServer({ cert, key }));
    const { findings } = about(
      (
        await look({
          upstream: `https://127.0.0.1:${port}`,
          application: `    upstream_options: { ca_file: ${certificates.caFile}, server_name: wiki.internal }`,
        })
      ).looks,
      'application',
    );
    expect(findings[0]).toMatchObject({
      cause: expect.stringContaining('a certificate for another name'),
      hint: expect.stringContaining('`server_name`'),
    });
  });

  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .some(({ internal, family }) => !internal && family === 'IPv4');
  it.skipIf(!outside)('warns of one that can be reached around bouncer', async () => {
    const { findings } = about((await look({ upstream: await http(200, '0.0.0.0') })).looks, 'application');
    expect(findings).toEqual([expect.objectContaining({ severity: 'warning', code: 'reachable-around' })]);
  });
});

describe('a look at what bouncer itself needs', () => {
  it('names the hosts that the certificate is not for, and its end', async () => {
    const { certFile, keyFile } = certificates.issue('auth', 'DNS:auth.localhost', 1);
    const settings = `tls: { cert_file: ${certFile}, key_file: ${keyFile} }`;
    const { looks } = await look({ settings, authUrl: 'https://auth.localhost:8099' });
    expect(about(looks, 'certificate').findings).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'certificate-names',
        cause: expect.stringContaining('`wiki.localhost`'),
      }),
      expect.objectContaining({ severity: 'note', code: 'certificate-alone' }),
    ]);
  });

  it('says that the certificate ends soon, by its own length', () => {
    const pair = certificates.issue('short', 'DNS:auth.localhost', 1);
    const at = (hours: number): readonly string[] =>
      lookAtCertificate(pair, ['auth.localhost'], Date.now() + hours * 3_600_000).findings.map(
        ({ code }) => code,
      );
    expect([at(1), at(17), at(-1)]).toEqual([
      ['certificate-alone'],
      ['certificate-ends-soon', 'certificate-alone'],
      ['certificate-early', 'certificate-alone'],
    ]);
  });

  it('asks the mail server whether it takes the password', async () => {
    const server = await startMailServer({ password: 'right' });
    closers.push(server.close);
    const smtp = `smtp: { url: "smtp://ada:wrong@127.0.0.1:${server.port}", from: "a@example.com" }`;
    const provider = '  - { id: mail, type: email_pin }\n';
    const folder = siteOf({ settings: smtp, provider, include: '{ email: a@example.com }' });
    const run = await runCommand(['check', '--online', '--json'], { cwd: folder });
    const { looks } = JSON.parse(run.stdout);
    expect(about(looks, 'mail server').findings[0]).toMatchObject({
      severity: 'error',
      hint: expect.stringContaining('`smtp.url`'),
    });
    expect(run.stdout).not.toContain('wrong');
  });

  it('makes no store, and says where none could be made', async () => {
    const folder = siteOf({});
    writeFileSync(join(folder, 'taken'), '');
    const run = await runCommand(['check', '--online', '--json'], { cwd: folder });
    expect(about(JSON.parse(run.stdout).looks, 'store')).toMatchObject({
      seen: 'is made at the first start',
      findings: [],
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('says that a store is damaged', async () => {
    const folder = siteOf({});
    mkdirSync(join(folder, 'data'), { mode: 0o700 });
    writeFileSync(
      join(folder, 'data', 'bouncer.sqlite'),
      'this is not a database, and long enough to be looked at as one'.repeat(20),
    );
    const run = await runCommand(['check', '--online', '--json'], { cwd: folder });
    expect(about(JSON.parse(run.stdout).looks, 'store').findings).toEqual([
      expect.objectContaining({ code: 'store-unusable' }),
    ]);
    expect(run.code).toBe(1);
  });
});

it('prints each finding with its hint, and what is good in one line', async () => {
  const provider = await hostile({ aheadSeconds: 95 });
  const run = await runCommand(['check', '--online'], { cwd: siteOf({ issuer: provider.issuer }) });
  expect(run.stdout).toContain(`seen: identity provider \`idp\`: ${provider.issuer} answers`);
  expect(run.stdout).toMatch(
    /\nerror: identity provider `idp`: the clock .* ahead of this machine’s; .*\n {2}hint: set both clocks/,
  );
  expect(run.stderr).toContain('not ok: something outside does not answer');
});

describe('the start', () => {
  it('goes on with a dead provider, logs each finding, and says so in /readyz', async () => {
    const provider = await hostile({ aheadSeconds: 95 });
    const gone = '  - { id: gone, type: oidc, issuer: "http://localhost:2", client_id: x }\n';
    const file = join(siteOf({ issuer: provider.issuer, provider: gone }), 'bouncer.yaml');
    const lines: Record<string, unknown>[] = [];
    const bouncer = await createBouncer({
      settings: file,
      log: { write: (line: string) => lines.push(JSON.parse(line)) },
    });
    closers.push(() => bouncer.close());
    await bouncer.listen();
    await bouncer.lookAround();
    const found = lines.filter(({ event }) => event === 'outside_finding');
    expect(found).toContainEqual(
      expect.objectContaining({
        level: 'error',
        about: 'identity provider `idp`',
        code: 'clock-differs',
        hint: expect.any(String),
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({
        level: 'error',
        about: 'identity provider `gone`',
        code: 'provider-unusable',
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ about: 'application `wiki`', code: 'upstream-unusable' }),
    );
    expect(found.map(({ severity }) => severity)).not.toContain('note');
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'looked_around', looks: 3, findings: found.length }),
    );
    expect(bouncer.readiness()).toMatchObject({
      isReady: true,
      warnings: { 'identity_provider:gone': expect.any(String) },
    });
  });
});
