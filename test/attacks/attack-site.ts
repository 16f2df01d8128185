// The site under attack: a real bouncer from settings and rules files, an identity provider that is honest or told to lie, a recorder
// behind it. Its hosts are https names; TLS would end in front, so the attacks arrive as plain HTTP.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bouncer } from '../../src/bouncer.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider } from '../fixtures/oidc-provider.ts';
import { person } from '../fixtures/running-site.ts';
import { invariantProblems, type LogRecord, readLog } from './invariants.ts';
import { type Recorder, startRecorder } from './recorder.ts';

export const appHost = 'app.bouncer.test';
export const otherHost = 'other.bouncer.test';
export const authUrl = 'https://auth.bouncer.test';
export const cookieName = '__Host-bouncer_session';

/** A text that must never be in a log. */
export const clientSecret = 'canary-client-secret-8c1d44';

/** The rules that every case takes for granted. `UPSTREAM` stands for the recorder's URL. */
export const attackRules = `
applications:
  - name: app
    host: app.bouncer.test
    upstream: UPSTREAM
    identity_headers:
      { X-Forwarded-Email: email, X-Forwarded-User: sub, X-Forwarded-Groups: groups, X-Forwarded-Name: name }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
      - path: /admin
        policies: [{ name: admins, action: allow, include: [{ group: admins }] }]
      - path: /payments
        policies:
          - { name: with a key, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }
      - path: /ip-allow-only
        policies: [{ name: inside, action: bypass, include: [{ ip: 10.0.0.0/8 }] }]
      - path: /api
        policies: [{ name: service, action: allow, include: [{ service_token: svc1 }] }]
      - path: /readonly
        policies:
          - { name: readers, action: allow, include: [{ email_domain: example.com }], require: [{ method: [GET, HEAD] }] }
      - path: /only-alice
        policies: [{ name: alice, action: allow, include: [{ email: alice@example.com }] }]
      - path: /only-alice-here
        policies:
          - { name: alice of the first provider, action: allow, include: [{ email: alice@example.com }], require: [{ login_method: test }] }
      - path: /fresh
        policies:
          - { name: fresh, action: allow, include: [{ email_domain: example.com }], require: [{ login_age: 1m }] }
      - path: /claim
        policies: [{ name: by claim, action: allow, include: [{ claim: { name: deep, equals: yes } }] }]
  - name: other
    host: other.bouncer.test
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
`;

export interface AttackSiteOptions {
  /** `honest`: oidc-provider with alice, admin and mallory. `hostile`: lies as told. */
  readonly provider: 'honest' | 'hostile';
  readonly rules?: string;
  /** Further settings, as YAML lines. */
  readonly settings?: string;
  /** Further providers under the given ids, which lie as told. */
  readonly moreProviders?: readonly string[];
  /** Further lines of each provider's settings, indented by four. */
  readonly moreOfProvider?: string;
  /** Listen here in place of any free port. */
  readonly port?: number;
  /** Sees every line of the log before it is kept; may throw, as a full disk does. */
  readonly onLog?: (line: string) => void;
}

export interface AttackSite {
  readonly bouncer: Bouncer;
  readonly port: number;
  readonly upstream: Recorder;
  readonly folder: string;
  /** The hostile provider; throws on an honest site. */
  readonly hostile: () => HostileProvider;
  readonly moreProviders: readonly HostileProvider[];
  /** The issuer of the (first) provider. */
  readonly issuer: string;
  readonly log: () => string;
  records(): readonly LogRecord[];
  browser(): BrowserClient;
  /** A browser that logged in on a path of the application; the response is where it ended. */
  logIn(
    who?: string,
    path?: string,
    host?: string,
  ): Promise<{ readonly browser: BrowserClient; readonly response: BrowserResponse }>;
  /** The session token of a new login of this person on the application. */
  token(who: string): Promise<string>;
  /** A service token of this name, made as its command makes it. */
  serviceToken(name: string): Promise<{ readonly id: string; readonly secret: string }>;
  writeRules(rules: string): void;
  /** What is wrong with the log and the count of requests so far ({@link invariantProblems}). */
  check(): readonly string[];
  /** Close everything. @returns what was wrong with the log and with the count of requests ({@link invariantProblems}) */
  close(): Promise<readonly string[]>;
}

/** Start it. */
export async function startAttackSite(options: AttackSiteOptions): Promise<AttackSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-attacks-'));
  const upstream = await startRecorder();
  const isHonest = options.provider === 'honest';
  const honest = isHonest
    ? await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret, authUrl }],
        people: [
          person('alice', 'alice@example.com', ['staff']),
          person('admin', 'admin@example.com', ['staff', 'admins']),
          person('mallory', 'mallory@evil.test', []),
        ],
      })
    : null;
  const hostile = isHonest ? null : await startHostileProvider('bouncer');
  const more = await Promise.all((options.moreProviders ?? []).map(() => startHostileProvider('bouncer')));
  const issuer = honest?.issuer ?? hostile?.issuer ?? '';
  /** Of several providers the first alone speaks of groups and claims, so that the rules need name none. */
  const provider = (id: string, from: string): string => `  - id: ${id}
    type: oidc
    issuer: ${from}
    client_id: bouncer
    client_secret: ${clientSecret}
    scopes: [openid, email, profile, groups]
${id === 'test' ? '    claims: [deep]' : '    groups_claim: none'}
${options.moreOfProvider ?? ''}`;
  const rulesFile = join(folder, 'rules.yaml');
  const writeRules = (rules: string): void =>
    writeFileSync(rulesFile, rules.replaceAll('UPSTREAM', upstream.url));
  writeRules(options.rules ?? attackRules);
  const further = options.settings ?? '';
  const settingsFile = join(folder, 'bouncer.yaml');
  writeFileSync(
    settingsFile,
    `auth_url: ${authUrl}
listen: 127.0.0.1:${options.port ?? 0}
rules: rules.yaml
data_dir: data
log: { level: debug }
${further.includes('limits:') ? '' : 'limits: { headers_timeout: 2s, request_timeout: 3s, body_bytes: 1048576, failed_logins_per_address: 10000, failed_logins_per_provider: 100000 }\n'}identity_providers:
${provider('test', issuer)}${(options.moreProviders ?? []).map((id, i) => provider(id, more[i]?.issuer ?? '')).join('')}${further}
`,
  );
  let log = '';
  const records: LogRecord[] = [];
  let readUntil = 0;
  const bouncer = await createBouncer({
    settings: settingsFile,
    log: {
      write: (line: string) => {
        options.onLog?.(line);
        log += line;
      },
    },
  });
  const port = Number(new URL((await bouncer.listen()).url).port);
  const browsers: BrowserClient[] = [];
  const serviceSecrets: string[] = [];
  const reach = (text: string): string => {
    const url = new URL(text);
    return url.hostname.endsWith('.bouncer.test')
      ? `http://127.0.0.1:${port}${text.slice(url.origin.length)}`
      : text;
  };
  const browser = (): BrowserClient => {
    const one = new BrowserClient(reach);
    browsers.push(one);
    return one;
  };
  const logIn: AttackSite['logIn'] = async (who = 'alice', path = '/private', host = appHost) => {
    const one = browser();
    const at = await one.get(`https://${host}${path}`);
    return { browser: one, response: isHonest ? await logInAtProvider(one, at, who) : at };
  };
  const check = (): readonly string[] => {
    const secrets = [clientSecret, ...serviceSecrets, ...browsers.flatMap((one) => [...one.secrets])];
    return invariantProblems({ log, seen: upstream.seen, secrets });
  };
  return {
    bouncer,
    check,
    port,
    upstream,
    folder,
    issuer,
    moreProviders: more,
    hostile: () => {
      if (hostile === null) throw new Error('this site has an honest provider');
      return hostile;
    },
    log: () => log,
    records: () => {
      // What was read once is not read again: each of many attacks looks.
      records.push(...readLog(log.slice(readUntil)));
      readUntil = log.length;
      return records;
    },
    browser,
    logIn,
    async token(who) {
      const { browser: one, response } = await logIn(who);
      const found = one.cookiesOf(appHost).get(cookieName);
      if (found === undefined)
        throw new Error(`no session for ${who}: ${response.status} ${response.body.slice(0, 300)}`);
      return found;
    },
    async serviceToken(name) {
      const store = await openStore(bouncer.settings);
      const order = { name, applications: null, lifetimeMs: null };
      const { token, secret } = await issueToken(store.tokens, order, Date.now());
      await store.close();
      serviceSecrets.push(secret);
      return { id: token.id, secret };
    },
    writeRules,
    async close() {
      for (const one of browsers) await one.close();
      await bouncer.close();
      const problems = check();
      await honest?.close();
      await hostile?.close();
      for (const one of more) await one.close();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
      return problems;
    },
  };
}
