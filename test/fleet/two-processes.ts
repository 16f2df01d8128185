// Two `bouncer serve` processes on one store, whichever it is: behind one name, each reached by its own port. Each may be started when and
// how a test wants: with another clock, or from an earlier version's code.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/demo/free-port.ts';
import { type ServeProcess, startProcess } from '../fail-closed/serve-process.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type FleetBrowser, statusFor } from '../fixtures/fleet.ts';
import {
  logInAtProvider,
  type OidcProviderOptions,
  startOidcProvider,
  type TestOidcProvider,
} from '../fixtures/oidc-provider.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { people } from '../fixtures/running-site.ts';

export interface TwoProcesses {
  /** Where commands find the settings of the first. */
  readonly folder: string;
  readonly provider: TestOidcProvider;
  readonly upstream: RecordingUpstream;
  readonly authUrl: string;
  readonly ports: readonly number[];
  at(host: string, path?: string): string;
  browser(): FleetBrowser;
  logIn(who: string, url: string): Promise<FleetBrowser>;
  /** The status that a process answers whoever holds this cookie with. No redirect is followed. */
  statusFor(process: number, url: string, cookie: string | undefined): Promise<number>;
  /** @param shell see `ServeOptions`; plain by default */
  start(process: number, shell?: string): Promise<ServeProcess>;
  /** The events of this name that either process wrote. */
  events(name: string): readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

export interface TwoProcessesOptions {
  /** YAML lines; none: SQLite, in a folder that both share. */
  readonly store: string;
  /** `UPSTREAM` is the application. */
  readonly rules: string;
  readonly settings: string;
  readonly provider?: Partial<OidcProviderOptions>;
}

export async function startTwoProcesses(options: TwoProcessesOptions): Promise<TwoProcesses> {
  const two = await prepareTwoProcesses(options);
  for (const number of two.ports.keys()) await two.start(number);
  return two;
}

/** Nothing runs yet but the provider and the application. */
export async function prepareTwoProcesses(options: TwoProcessesOptions): Promise<TwoProcesses> {
  const root = mkdtempSync(join(tmpdir(), 'bouncer-two-'));
  const ports = [await findFreePort(0, 1), await findFreePort(0, 1)];
  const authUrl = `http://auth.localhost:${ports[0]}`;
  const provider = await startOidcProvider({
    clients: [{ clientId: 'bouncer', clientSecret: 'a client secret', authUrl }],
    people,
    ...options.provider,
  });
  const upstream = await startRecordingUpstream();
  const processes: ServeProcess[] = [];
  for (const [number, port] of ports.entries()) {
    const folder = join(root, `process-${number}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'rules.yaml'), options.rules.replaceAll('UPSTREAM', upstream.url));
    writeFileSync(
      join(folder, 'bouncer.yaml'),
      `auth_url: ${authUrl}
listen: 127.0.0.1:${port}
rules: rules.yaml
${options.store === '' ? `data_dir: ${join(root, 'data')}` : options.store}
identity_providers:
  - { id: test, type: oidc, issuer: "${provider.issuer}", client_id: bouncer, client_secret: a client secret, scopes: [openid, email, profile] }
${options.settings}
`,
    );
  }
  const browsers: BrowserClient[] = [];
  const browser = (): FleetBrowser => {
    let at = 0;
    const one = new BrowserClient((url) => url.replace(`:${ports[0]}/`, `:${ports[at]}/`));
    browsers.push(one);
    return {
      browser: one,
      goTo: (process) => {
        at = process;
      },
    };
  };
  return {
    folder: join(root, 'process-0'),
    provider,
    upstream,
    authUrl,
    ports,
    at: (host, path = '/') => `http://${host}:${ports[0]}${path}`,
    browser,
    async logIn(who, url) {
      const one = browser();
      await logInAtProvider(one.browser, await one.browser.get(url), who);
      return one;
    },
    statusFor: (process, url, cookie) => statusFor(ports[process], url, cookie),
    async start(process, shell = 'exec $BOUNCER') {
      const started = await startProcess(join(root, `process-${process}`), ports[process] ?? 0, shell);
      processes.push(started);
      return started;
    },
    events: (name) =>
      processes
        .flatMap(({ stdout }) => stdout().split('\n').slice(0, -1))
        .map((line): Record<string, unknown> => JSON.parse(line))
        .filter((record) => record['event'] === name),
    async close() {
      for (const one of processes) await one.kill();
      for (const one of browsers) await one.close();
      await provider.close();
      await upstream.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
