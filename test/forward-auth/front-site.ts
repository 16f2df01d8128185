// A bouncer that another proxy asks, a provider, an application, and where they are. The proxy itself is started by who tests it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bouncer } from '../../src/bouncer.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { findFreePort } from '../../src/demo/free-port.ts';
import type { FrontKind } from '../../src/http/forward-auth-fields.ts';
import { secretProblems } from '../attacks/invariants.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { clientSecret, people } from '../fixtures/running-site.ts';
import type { FrontPlaces } from './fronts.ts';

export interface FrontSite {
  readonly bouncer: Bouncer;
  readonly provider: TestOidcProvider;
  readonly upstream: RecordingUpstream;
  readonly places: FrontPlaces;
  /** `http://wiki.localhost:PORT` + path. */
  at(host: string, path?: string): string;
  records(): readonly Readonly<Record<string, unknown>>[];
  browser(): BrowserClient;
  logIn(
    who: string,
    url: string,
    method?: 'pwd' | 'hwk',
  ): Promise<{ readonly browser: BrowserClient; readonly response: BrowserResponse }>;
  /** @throws Error when the log holds a secret that was made meanwhile */
  close(): Promise<void>;
}

const policies = (path: string, list: string) => ({ path, policies: JSON.parse(list) });

/** The application of the attack table: everybody at `/public`, a group, a key and a method elsewhere. */
export const wiki = {
  name: 'wiki',
  host: 'wiki.localhost',
  upstream: 'forward_auth',
  identity_headers: { 'X-Forwarded-Email': 'email' },
  policies: [{ name: 'staff', action: 'allow', include: [{ email_domain: 'example.com' }] }],
  paths: [
    policies('/public', '[{"name":"open","action":"bypass","include":["everyone"]}]'),
    policies('/admin', '[{"name":"admins","action":"allow","include":[{"group":"admins"}]}]'),
    policies(
      '/vault',
      '[{"name":"key","action":"allow","include":[{"email_domain":"example.com"}],"require":["hardware_key"]}]',
    ),
    policies('/readonly', '[{"name":"readers","action":"bypass","include":[{"method":["GET","HEAD"]}]}]'),
  ],
};

export interface FrontSiteOptions {
  readonly proxy: FrontKind;
  readonly applications?: readonly object[];
  readonly settings?: object;
}

export async function startFrontSite({
  proxy,
  applications = [wiki],
  settings = {},
}: FrontSiteOptions): Promise<FrontSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-fronted-'));
  const port = await findFreePort(0, 1);
  const authUrl = `http://auth.localhost:${port}`;
  const provider = await startOidcProvider({
    clients: [{ clientId: 'bouncer', clientSecret, authUrl }],
    people,
  });
  const upstream = await startRecordingUpstream();
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify({ applications }));
  let log = '';
  const bouncer = await createBouncer({
    settings: {
      auth_url: authUrl,
      listen: '127.0.0.1:0',
      trusted_proxies: ['127.0.0.1/32'],
      forward_auth: { listen: '127.0.0.1:0', from: ['127.0.0.1/32'], proxy },
      rules: join(folder, 'rules.yaml'),
      data_dir: join(folder, 'data'),
      identity_providers: [
        {
          ...{ id: 'test', type: 'oidc', issuer: provider.issuer, client_id: 'bouncer' },
          ...{ client_secret: clientSecret, scopes: ['openid', 'email', 'profile', 'groups'] },
        },
      ],
      ...settings,
    },
    log: {
      write: (line: string) => {
        log += line;
      },
    },
  });
  const { url, forwardAuthUrl } = await bouncer.listen();
  const places = {
    port,
    listen: Number(new URL(url).port),
    check: Number(new URL(forwardAuthUrl ?? 'http://none:0').port),
    application: upstream.port,
  };
  const browsers: BrowserClient[] = [];
  const browser = (): BrowserClient => {
    const one = new BrowserClient();
    browsers.push(one);
    return one;
  };
  return {
    ...{ bouncer, provider, upstream, places, browser },
    at: (host, path = '/') => `http://${host}:${port}${path}`,
    records: () => log.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)])),
    async logIn(who, target, method = 'pwd') {
      const one = browser();
      return { browser: one, response: await logInAtProvider(one, await one.get(target), who, method) };
    },
    async close() {
      for (const one of browsers) await one.close();
      await bouncer.close();
      await provider.close();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
      const leaks = secretProblems(log, [clientSecret, ...browsers.flatMap((one) => [...one.secrets])]);
      if (leaks.length > 0) throw new Error(leaks.join('\n'));
    },
  };
}
