// A bouncer that people reach by https through a server in front of it, a provider and an application. The server itself is started by
// who tests it, with the configuration that docs/behind.md gives.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBouncer } from '../../src/create-bouncer.ts';
import { findFreePort } from '../../src/demo/free-port.ts';
import { secretProblems } from '../attacks/invariants.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider } from '../fixtures/oidc-provider.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { clientSecret, people } from '../fixtures/running-site.ts';
import { createCertificates, type Pair } from '../upstream/forward/certificates.ts';

/** Where everything is reached. */
export interface Places {
  /** Of the server in front. */
  readonly port: number;
  /** Bouncer's `listen` and `proxy_protocol.listen`. */
  readonly listen: number;
  readonly proxied: number;
  /** For all hosts. */
  readonly certificate: Pair;
}

export interface BehindSite {
  readonly places: Places;
  readonly upstream: RecordingUpstream;
  /** `https://wiki.localhost:PORT` + path. */
  at(host: string, path?: string): string;
  records(): readonly Readonly<Record<string, unknown>>[];
  logIn(
    who: string,
    url: string,
  ): Promise<{ readonly browser: BrowserClient; readonly response: BrowserResponse }>;
  /** @throws Error when the log holds a secret that was made meanwhile */
  close(): Promise<void>;
}

/** Who may enter where: staff, everybody, and who comes from one address. */
const wiki = {
  name: 'wiki',
  host: 'wiki.localhost',
  identity_headers: { 'X-Forwarded-Email': 'email' },
  policies: [{ name: 'staff', action: 'allow', include: [{ email_domain: 'example.com' }] }],
  paths: [
    { path: '/public', policies: [{ name: 'open', action: 'bypass', include: ['everyone'] }] },
    { path: '/office', policies: [{ name: 'here', action: 'bypass', include: [{ ip: '127.0.0.5' }] }] },
  ],
};

/** @param tls whether the server in front ends it, or passes it on with the PROXY protocol before it */
export async function startBehindSite(tls: 'ended' | 'passed-on'): Promise<BehindSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-behind-'));
  const certificates = createCertificates();
  const certificate = certificates.issue('site', 'DNS:auth.localhost,DNS:wiki.localhost');
  const [port, listen, proxied] = [
    await findFreePort(0, 1),
    await findFreePort(0, 1),
    await findFreePort(0, 1),
  ];
  const authUrl = `https://auth.localhost:${port}`;
  const provider = await startOidcProvider({
    clients: [{ clientId: 'bouncer', clientSecret, authUrl }],
    people,
  });
  const upstream = await startRecordingUpstream();
  // JSON is YAML.
  writeFileSync(
    join(folder, 'rules.yaml'),
    JSON.stringify({ applications: [{ ...wiki, upstream: upstream.url }] }),
  );
  let log = '';
  const bouncer = await createBouncer({
    settings: {
      auth_url: authUrl,
      listen: `127.0.0.1:${listen}`,
      trusted_proxies: ['127.0.0.1/32'],
      rules: join(folder, 'rules.yaml'),
      data_dir: join(folder, 'data'),
      identity_providers: [
        {
          ...{ id: 'test', type: 'oidc', issuer: provider.issuer, client_id: 'bouncer' },
          ...{ client_secret: clientSecret, scopes: ['openid', 'email', 'profile', 'groups'] },
        },
      ],
      ...(tls === 'ended'
        ? {}
        : {
            tls: { cert_file: certificate.certFile, key_file: certificate.keyFile },
            proxy_protocol: { listen: `127.0.0.1:${proxied}` },
          }),
    },
    log: {
      write: (line: string) => {
        log += line;
      },
    },
  });
  await bouncer.listen();
  const browsers: BrowserClient[] = [];
  return {
    places: { port, listen, proxied, certificate },
    upstream,
    at: (host, path = '/') => `https://${host}:${port}${path}`,
    records: () => log.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)])),
    async logIn(who, target) {
      const browser = new BrowserClient();
      browsers.push(browser);
      return { browser, response: await logInAtProvider(browser, await browser.get(target), who) };
    },
    async close() {
      for (const browser of browsers) await browser.close();
      await bouncer.close();
      await provider.close();
      await upstream.close();
      certificates.remove();
      rmSync(folder, { recursive: true, force: true });
      const leaks = secretProblems(log, [clientSecret, ...browsers.flatMap((one) => [...one.secrets])]);
      if (leaks.length > 0) throw new Error(leaks.join('\n'));
    },
  };
}
