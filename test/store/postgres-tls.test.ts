// TLS to PostgreSQL: the server must prove its name, whatever word the address has for it; when it does not, `check --online` and every
// command say why and what to do; and a new authority or certificate counts without a restart.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Look } from '../../src/source/finding.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { runCommand } from '../cli/run-command.ts';
import { addressOf, hasPostgres, startPostgres, type TestPostgres } from '../fixtures/postgres.ts';
import { type Certificates, createCertificates, type Pair } from '../upstream/forward/certificates.ts';

const masterKey = randomBytes(32).toString('base64');
const rules = `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies: [{ name: people, action: allow, include: [{ email_domain: example.com }] }]
`;
let folder: string;
let right: Certificates;
let other: Certificates;
let postgres: TestPostgres;
let url: string;
const everybody = 'all all 127.0.0.1/32';
const opened: Store[] = [];

interface Shown {
  readonly cause: string;
  readonly hint: string;
}

/** The server's certificate from its next start on. */
function show({ certFile, keyFile }: Pair): void {
  const { uid, gid } = statSync(postgres.folder);
  for (const [from, name] of [
    [certFile, 'server.crt'],
    [keyFile, 'server.key'],
  ] as const) {
    const to = join(postgres.folder, 'data', name);
    rmSync(to, { force: true });
    copyFileSync(from, to);
    chownSync(to, uid, gid);
    chmodSync(to, 0o600);
  }
}

async function restart(): Promise<void> {
  await postgres.kill();
  await postgres.start();
}

/** @param access lines of pg_hba.conf; the fixture's own way in stays */
async function setAccess(access: string): Promise<void> {
  const own = 'host postgres all 127.0.0.1/32 trust\n';
  writeFileSync(join(postgres.folder, 'data', 'pg_hba.conf'), `${own}${access}\n`);
  await restart();
}

function urlTo(host: string, query = ''): string {
  return `${url.replace('@127.0.0.1:', `@${host}:`)}${query}`;
}

/** What `bouncer check --online` says of the store. */
async function look(address: string, caFile: string | null): Promise<'answers' | Shown> {
  const site = mkdtempSync(join(folder, 'site-'));
  const authority = caFile === null ? '' : `, ca_file: "${caFile}"`;
  writeFileSync(join(site, 'rules.yaml'), rules);
  writeFileSync(
    join(site, 'bouncer.yaml'),
    `auth_url: https://auth.example.com
rules: rules.yaml
store: { postgres: { url: "${address}"${authority} } }
master_key: "${masterKey}"
identity_providers: [{ id: g, type: oidc, issuer: "http://localhost:1", client_id: abc }]
`,
  );
  const { stdout, stderr } = await runCommand(['check', '--online', '--json'], { cwd: site });
  const { looks } = JSON.parse(stdout) as { readonly looks: readonly Look[] | null };
  const ofStore = looks?.find(({ about }) => about === 'store in PostgreSQL');
  if (ofStore === undefined) throw new Error(`no word of the store: ${stdout} ${stderr}`);
  if (ofStore.seen === 'answers') return ofStore.seen;
  const [finding] = ofStore.findings;
  return { cause: finding?.cause ?? '', hint: finding?.hint ?? '' };
}

async function open(address: string, caFile: string | null): Promise<{ store: Store; heard: string[] }> {
  const heard: string[] = [];
  const store = await openPostgresStore({
    address: addressOf(address),
    listenAddress: null,
    caFile,
    keepMs: () => 60_000,
    listener: {
      lost: () => heard.push('lost'),
      found: () => heard.push('found'),
      deaf: () => {},
      unwritable: () => {},
      writable: () => {},
    },
    mode: 'follow',
  });
  opened.push(store);
  return { store, heard };
}

describe.runIf(hasPostgres)('TLS to PostgreSQL', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-postgres-tls-'));
    right = createCertificates();
    other = createCertificates();
    postgres = await startPostgres();
    show(right.issue('db', 'DNS:localhost,IP:127.0.0.1'));
    const data = join(postgres.folder, 'data');
    copyFileSync(right.caFile, join(data, 'ca.pem'));
    chmodSync(join(data, 'ca.pem'), 0o644);
    const settings = join(data, 'postgresql.auto.conf');
    writeFileSync(settings, `${readFileSync(settings, 'utf8')}\nssl = on\nssl_ca_file = 'ca.pem'\n`);
    await restart();
    url = await postgres.createDatabase();
  }, 120_000);
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(async () => {
    await postgres.close();
    right.remove();
    other.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['?sslmode=require', '?sslmode=verify-ca', '?sslmode=verify-full', ''])(
    'encrypts every connection with `%s` and an authority, to a name and to an address',
    async (query) => {
      for (const host of ['localhost', '127.0.0.1'])
        expect(await look(urlTo(host, query), right.caFile)).toBe('answers');
      if (query === '') return;
      const { store } = await open(urlTo('localhost', query), right.caFile);
      expect(await writes(store)).toBe(true);
      // One that looks things up, one that listens, one that writes.
      const database = url.split('/').at(-1);
      const connections = (): Promise<readonly object[]> =>
        postgres.run(
          `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
             WHERE datname = '${database}' AND application_name = 'bouncer'`,
        );
      // More of those that write come as they are needed.
      await expect.poll(async () => (await connections()).length).toBeGreaterThanOrEqual(3);
      expect(new Set((await connections()).map((one) => JSON.stringify(one)))).toEqual(
        new Set(['{"ssl":true}']),
      );
    },
  );

  it.each(['?sslmode=require', '?sslmode=verify-ca', '?sslmode=verify-full'])(
    'trusts no server with `%s` whose authority is not named, or which has another name',
    async (query) => {
      for (const caFile of [null, other.caFile])
        expect(await look(urlTo('localhost', query), caFile)).toMatchObject({
          cause: expect.stringMatching(/self-signed|unable to/),
          hint: expect.stringContaining('`store.postgres.ca_file`'),
        });
      show(right.issue('elsewhere', 'DNS:db.example.com'));
      await restart();
      for (const host of ['localhost', '127.0.0.1'])
        expect(await look(urlTo(host, query), right.caFile)).toMatchObject({
          cause: expect.stringContaining("does not match certificate's altnames"),
          hint: expect.stringContaining('another name'),
        });
      show(right.issue('db', 'DNS:localhost,IP:127.0.0.1'));
      await restart();
    },
  );

  it('says that a certificate has expired, and does not wait at the start for what does not come', async () => {
    show(right.issue('old', 'DNS:localhost', -1));
    await restart();
    const address = urlTo('localhost', '?sslmode=verify-full');
    expect(await look(address, right.caFile)).toMatchObject({
      cause: expect.stringContaining('expired'),
      hint: expect.stringContaining('a new certificate'),
    });
    await expect(open(address, right.caFile)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('expired'),
    });
    show(right.issue('db', 'DNS:localhost,IP:127.0.0.1'));
    await restart();
  });

  it('says what a server wants that takes no encryption, nothing else, or a certificate of ours', async () => {
    const plain = await startPostgres();
    try {
      const address = await plain.createDatabase();
      expect(await look(`${address}?sslmode=verify-full`, null)).toMatchObject({
        cause: expect.stringContaining('does not support SSL'),
        hint: expect.stringMatching(/`ssl = on`.*`\?sslmode=disable`/),
      });
    } finally {
      await plain.close();
    }
    const asks: readonly (readonly [access: string, query: string, cause: string, hint: string])[] = [
      // A rule that refuses, and none that lets in: PostgreSQL has other words for each.
      [`hostnossl ${everybody} reject`, '?sslmode=disable', 'no encryption', '`?sslmode=verify-full`'],
      [`hostssl ${everybody} trust`, '?sslmode=disable', 'no encryption', '`?sslmode=verify-full`'],
      [
        `hostssl ${everybody} trust clientcert=verify-ca`,
        '?sslmode=verify-full',
        'client certificate',
        'no certificate of its own',
      ],
      [`hostssl ${everybody} scram-sha-256`, '?sslmode=verify-full', 'password', 'asks for a password'],
    ];
    for (const [access, query, cause, hint] of asks) {
      await setAccess(access);
      const caFile = query === '?sslmode=disable' ? null : right.caFile;
      expect(await look(urlTo('localhost', query), caFile)).toMatchObject({
        cause: expect.stringContaining(cause),
        hint: expect.stringContaining(hint),
      });
    }
    await setAccess(`host ${everybody} trust`);
  });

  it('goes on with another authority, and with a file that was away, without a restart of bouncer', async () => {
    const caFile = join(folder, 'ca.pem');
    copyFileSync(right.caFile, caFile);
    const { store, heard } = await open(urlTo('localhost', '?sslmode=verify-full'), caFile);
    expect(await writes(store)).toBe(true);
    const disturb = async (cause: RegExp, mend: () => void): Promise<void> => {
      heard.splice(0);
      await restart();
      expect(await look(urlTo('localhost', '?sslmode=verify-full'), caFile)).toMatchObject({
        cause: expect.stringMatching(cause),
      });
      expect(await writes(store)).toBe(false);
      await expect.poll(() => heard).toContain('lost');
      mend();
      await expect.poll(() => heard.at(-1)).toBe('found');
      await expect.poll(() => writes(store)).toBe(true);
    };
    show(other.issue('db', 'DNS:localhost'));
    await disturb(/self-signed|unable to/, () => copyFileSync(other.caFile, caFile));
    // Settings whose file is away are refused before anybody connects; who runs already goes on trying.
    heard.splice(0);
    rmSync(caFile);
    await restart();
    await expect.poll(() => heard).toContain('lost');
    expect(await failureOf(store)).toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('does not answer'),
    });
    copyFileSync(other.caFile, caFile);
    await expect.poll(() => heard.at(-1)).toBe('found');
    await expect.poll(() => writes(store)).toBe(true);
  });

  it('names the file of the authority that cannot be read', async () => {
    await expect(
      open(urlTo('localhost', '?sslmode=verify-full'), join(folder, 'none.pem')),
    ).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('`store.postgres.ca_file` cannot be read (ENOENT)'),
    });
  });
});

async function failureOf(store: Store): Promise<unknown> {
  try {
    await store.once.put(`key-${randomBytes(8).toString('hex')}`, 'value', 9);
    return null;
  } catch (error) {
    return error;
  }
}

async function writes(store: Store): Promise<boolean> {
  return (await failureOf(store)) === null;
}
