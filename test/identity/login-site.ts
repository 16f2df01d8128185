// The login flows behind a plain HTTP server, without gateway and pages: every step becomes a redirect or JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalHost } from '../../src/http/request-target.ts';
import { loginUrl } from '../../src/identity/login/login-needs.ts';
import type { LoginStep, Visit } from '../../src/identity/login/login-step.ts';
import { createLogins, type LoginFlows } from '../../src/identity/login/logins.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import { createSessions, type SessionKeeper } from '../../src/identity/sessions/sessions.ts';
import type { Application, CompiledRules } from '../../src/rules/model/compiled-rules.ts';
import type { Missing } from '../../src/rules/model/decision.ts';
import type {
  IdentityProviderSettings,
  OidcProviderSettings,
  Settings,
} from '../../src/settings/settings.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { EventName } from '../../src/telemetry/events.ts';
import { createLimitNotices } from '../../src/telemetry/limit-notices.ts';
import type { Telemetry } from '../../src/telemetry/request-record.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';

export interface SiteEvent {
  readonly name: EventName;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LoginSite {
  readonly authUrl: string;
  /** The origin of a host of this site. */
  at(host: string): string;
  readonly store: Store;
  readonly sessions: SessionKeeper;
  readonly logins: LoginFlows;
  readonly events: readonly SiteEvent[];
  /** Moves the site's clock; providers keep theirs. */
  advance(ms: number): void;
  now(): number;
  /** A reload. */
  change(settings: Partial<Settings>): void;
  settings(): Settings;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly authHost?: string;
  /** Host to session limits. */
  readonly applications?: Readonly<Record<string, Partial<Application['session']>>>;
  readonly providers: (
    authUrl: string,
  ) => readonly IdentityProviderSettings[] | Promise<readonly IdentityProviderSettings[]>;
  /** Addresses that policies name. */
  readonly named?: readonly string[];
  readonly smtp?: Settings['smtp'];
  readonly session?: Partial<Settings['session']>;
  readonly dataDir?: string;
  /** What the rules ask about. */
  readonly asksAbout?: readonly string[];
  /** In place of the site's own, which is in a new folder. */
  readonly store?: Store;
  readonly limits?: Partial<Settings['limits']>;
  readonly wrapStore?: (store: Store) => Store;
}

/** What the flows look at of a provider's settings, filled in. */
export function providerSettings(
  given: Pick<OidcProviderSettings, 'id' | 'issuer'> & Partial<OidcProviderSettings>,
): OidcProviderSettings {
  return {
    type: 'oidc',
    label: given.id,
    clientId: 'bouncer',
    clientSecret: 'a secret of the client',
    clientKey: null,
    ca: null,
    tokenEndpointAuth: null,
    authorizationParameters: {},
    scopes: ['openid', 'email', 'profile', 'groups'],
    groupsClaim: 'groups',
    groupsMissing: 'unknown',
    groupsOnly: null,
    groupsOverage: null,
    longLogout: null,
    emailVerified: 'required',
    emailDomains: null,
    othersEmailDomains: [],
    claims: [],
    optionalClaims: [],
    hardwareKey: { amr: ['hwk'], acr: ['phrh'], acrValues: 'phrh' },
    idTokenAlgorithms: ['RS256'],
    ...given,
  };
}

function answer(res: ServerResponse, step: LoginStep): void {
  res.setHeader('set-cookie', [...step.setCookies]);
  // Who reads why they are asked again goes on.
  const location =
    step.kind === 'redirect' ? step.location : step.kind === 'explain-step-up' ? step.continueHref : null;
  if (location !== null) {
    res.statusCode = 302;
    res.setHeader('location', location);
    res.end();
    return;
  }
  res.statusCode = step.kind === 'problem' ? step.status : 200;
  res.end(JSON.stringify(step));
}

export async function startLoginSite(options: SiteOptions): Promise<LoginSite> {
  const authHost = options.authHost ?? 'auth.localhost';
  const limits = options.applications ?? { 'wiki.localhost': {}, 'photos.localhost': {} };
  let offsetMs = 0;
  const now = (): number => Date.now() + offsetMs;
  const events: SiteEvent[] = [];
  const named = new Set(options.named ?? []);
  const applications = new Map(
    Object.entries(limits).map(([host, session]) => [
      host,
      {
        name: host,
        loginMethods: null,
        presentation: { label: host, contact: null, deniedText: null },
        session: { durationMs: null, idleTimeoutMs: null, ...session },
      } as Application,
    ]),
  );
  const rules: CompiledRules = {
    applications: [...applications.values()],
    sharing: null,
    asksAbout: new Set(options.asksAbout ?? ['email']),
    findApplication: (host) => applications.get(host) ?? null,
    namesAddress: (email) => named.has(email),
  };

  let handle: (req: IncomingMessage, res: ServerResponse) => Promise<void> = async () => {};
  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      res.statusCode = 500;
      res.end(`not handled: ${String(error)}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const authUrl = `http://${authHost}:${port}`;

  let settings = {
    authUrl,
    identityProviders: await options.providers(authUrl),
    hardwareKeys: null,
    tunnel: null,
    smtp: options.smtp ?? null,
    showsMail: false,
    branding: { name: 'bouncer', logo: null, color: null },
    limits: {
      headerBytes: 16_384,
      failedLoginsPerAddress: 1_000,
      failedLoginsPerProvider: 10_000,
      ...options.limits,
    },
    session: {
      durationMs: 86_400_000,
      idleTimeoutMs: 28_800_000,
      recheckMs: 900_000,
      recheckGraceMs: null,
      maxPerPerson: null,
      ...options.session,
    },
  } as unknown as Settings;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'bouncer-identity-'));
  const opened = options.store ?? createStore(dataDir);
  const store = options.wrapStore?.(opened) ?? opened;
  const telemetry = {
    event: (name: EventName, fields: Readonly<Record<string, unknown>>) => void events.push({ name, fields }),
  };
  const notices = createLimitNotices(telemetry as Pick<Telemetry, 'event'>);
  const parts = { store, settings: () => settings, rules: () => rules, telemetry, now };
  const sessions = createSessions(parts);
  const logins = createLogins({ ...parts, notices, sessions, mailbox: null });

  handle = async (req, res) => {
    const url = new URL(req.url ?? '/', 'http://site.invalid');
    const host = (req.headers.host ?? '').replace(/:\d+$/, '') as CanonicalHost;
    const application = rules.findApplication(host);
    const session = await sessions.identify(req.headers.cookie, {
      host,
      limits: application?.session ?? { durationMs: null, idleTimeoutMs: null },
      nowMs: now(),
    });
    const visit: Visit = {
      host,
      application,
      query: url.search,
      cookie: req.headers.cookie,
      session,
      holder: null,
      ip: String(req.headers['x-forwarded-for'] ?? '127.0.0.1'),
      userAgent: req.headers['user-agent'],
      language: 'en',
      requestId: 'request-1',
      nowMs: now(),
    };
    if (url.pathname === '/.bouncer/login') return answer(res, await logins.begin(visit));
    if (/^\/\.bouncer\/callback(?:\/|$)/.test(url.pathname))
      return answer(res, await logins.callback(visit, url.pathname.split('/')[3] ?? null));
    if (url.pathname === '/.bouncer/code' && req.method === 'POST') {
      let body = '';
      for await (const chunk of req) body += String(chunk);
      return answer(res, await logins.takeCode(visit, Object.fromEntries(new URLSearchParams(body))));
    }
    if (url.pathname === '/.bouncer/code') return answer(res, await logins.showCode(visit));
    if (url.pathname === '/.bouncer/logout') {
      let body = '';
      for await (const chunk of req) body += String(chunk);
      const form = Object.fromEntries(new URLSearchParams(body));
      return answer(
        res,
        req.method === 'POST' ? await logins.logout(visit, form) : await logins.askLogout(visit),
      );
    }
    if (url.pathname === '/.bouncer/backchannel-logout') {
      let body = '';
      for await (const chunk of req) body += String(chunk);
      const isAccepted = await logins.backchannelLogout(
        new URLSearchParams(body).get('logout_token') ?? '',
        now(),
      );
      res.statusCode = isAccepted ? 200 : 400;
      res.end();
      return;
    }
    res.setHeader('content-type', 'application/json');
    res.statusCode = session === null ? 401 : 200;
    res.end(JSON.stringify({ host, path: url.pathname + url.search, session }));
  };

  return {
    authUrl,
    at: (host) => `http://${host}:${port}`,
    store,
    sessions,
    logins,
    events,
    advance: (ms) => {
      offsetMs += ms;
    },
    now,
    change: (changes) => {
      settings = { ...settings, ...changes };
    },
    settings: () => settings,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await sessions.close();
      await logins.close();
      await opened.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Goes to an application as somebody without a session there does, up to the provider's login page or further. */
export function visitApplication(
  site: LoginSite,
  browser: BrowserClient,
  path = '/page',
  host = 'wiki.localhost',
  missing: readonly Missing[] = [{ what: 'login' }],
): Promise<BrowserResponse> {
  return browser.get(site.at(host) + loginUrl(path, missing));
}

/** The session that a page of the site says it has, or `null`. */
export function sessionIn(response: BrowserResponse): Session | null {
  return (JSON.parse(response.body) as { session?: Session | null }).session ?? null;
}

/** The problem step that a response shows. */
export function problemIn(response: BrowserResponse): Extract<LoginStep, { kind: 'problem' }> {
  const step = JSON.parse(response.body) as LoginStep;
  if (step.kind !== 'problem') throw new Error(`not a problem: ${response.body}`);
  return step;
}

/** Whether this browser has a session on a host. */
export async function hasSession(
  site: LoginSite,
  browser: BrowserClient,
  host = 'wiki.localhost',
): Promise<boolean> {
  return (await browser.get(`${site.at(host)}/any`)).status === 200;
}
