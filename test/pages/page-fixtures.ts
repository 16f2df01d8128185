// What the tests of the pages stand on: settings, people, applications, and a real server around the real pages.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Assertions } from '../../src/assertion/assertions.ts';
import { preferredLanguage } from '../../src/http/accept-language.ts';
import type { GatedRequest } from '../../src/http/gated-request.ts';
import type { CanonicalHost, CanonicalPath } from '../../src/http/request-target.ts';
import type { AccessDesk } from '../../src/identity/access/access-desk.ts';
import type { KeptForms } from '../../src/identity/forms/kept-forms.ts';
import type { LoginStep, Logins } from '../../src/identity/login/login-step.ts';
import type { PersonTokens } from '../../src/identity/login/personal-tokens.ts';
import type { OwnSessions } from '../../src/identity/sessions/own-sessions.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import type { Terminals } from '../../src/identity/terminals/terminals.ts';
import type { Mailbox } from '../../src/mail/mailbox.ts';
import { createPages } from '../../src/pages/create-pages.ts';
import type { PageContext } from '../../src/pages/page-context.ts';
import type { Application, CompiledRules } from '../../src/rules/model/compiled-rules.ts';
import type { Outcome } from '../../src/rules/model/decision.ts';
import type { Identity } from '../../src/rules/model/facts.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { Shares } from '../../src/sharing/shares.ts';
import type { EventFields, EventName } from '../../src/telemetry/events.ts';
import type { Telemetry } from '../../src/telemetry/request-record.ts';
import { textsIn } from '../../src/texts/texts.ts';
import type { Texts } from '../../src/texts/texts-shape.ts';

export const nowMs = Date.UTC(2026, 5, 1, 12);

export const settings: Settings = {
  file: null,
  authUrl: 'https://auth.example.com:8443',
  listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  alsoListen: [],
  proxyProtocol: null,
  httpRedirect: null,
  tls: null,
  rules: '/nowhere',
  postgres: null,
  storeLossKeepMs: 60_000,
  masterKeys: [],
  dataDir: '/nowhere',
  trustedIssuers: [],
  forwardAuth: null,
  trustedProxies: [],
  clientIpHeader: null,
  countryHeader: null,
  hardwareKeys: null,
  tunnel: null,
  share: null,
  smtp: null,
  showsMail: false,
  identityProviders: [
    {
      id: 'corp',
      type: 'oidc',
      label: 'Example Corp',
      issuer: 'https://login.corp.example/tenant',
      clientId: 'bouncer',
      clientSecret: null,
      ca: null,
      clientKey: null,
      tokenEndpointAuth: null,
      authorizationParameters: {},
      scopes: ['openid'],
      groupsClaim: null,
      groupsMissing: 'unknown',
      groupsOnly: null,
      groupsOverage: null,
      longLogout: null,
      emailVerified: 'required',
      emailDomains: null,
      othersEmailDomains: [],
      claims: [],
      optionalClaims: [],
      hardwareKey: { amr: ['hwk'], acr: [], acrValues: null },
      idTokenAlgorithms: ['RS256'],
    },
  ],
  session: {
    durationMs: 86_400_000,
    idleTimeoutMs: 28_800_000,
    recheckMs: 900_000,
    recheckGraceMs: null,
    maxPerPerson: null,
  },
  logout: 'at_once',
  hasDeviceLogin: true,
  assertion: { header: 'X-Bouncer-Jwt-Assertion', lifetimeMs: 300_000, algorithm: 'ES256' },
  reusePort: false,
  secrets: {},
  branding: { name: 'bouncer', logo: null, color: null },
  management: null,
  managementFrom: [],
  managementNames: [],
  log: { level: 'info', format: 'json' },
  limits: {
    headerBytes: 32_768,
    cookieBytes: 131_072,
    headerCount: 100,
    urlBytes: 8192,
    bodyBytes: 0,
    preservedBodyBytes: 1_048_576,
    headersTimeoutMs: 15_000,
    requestTimeoutMs: 0,
    keepAliveTimeoutMs: 5000,
    connections: 1000,
    connectionsPerAddress: 1_000,
    writeTimeoutMs: 60_000,
    stalledPerAddress: 64,
    failedLoginsPerAddress: 20,
    failedLoginsPerProvider: 300,
    drainDelayMs: 0,
    drainTimeoutMs: 1000,
  },
};

export const erin: Identity = {
  sub: 'u-erin',
  email: 'erin@example.com',
  name: 'Erin Engineer',
  groups: ['engineering'],
  claims: {},
  idp: 'corp',
  amr: ['pwd'],
  acr: null,
  authTimeMs: nowMs - 600_000,
  hardwareKey: null,
};

export function sessionOf(identity: Identity, host = 'auth.example.com'): Session {
  return {
    kind: 'person',
    id: 'secret-session-id',
    logId: 'abcd',
    host: host as CanonicalHost,
    identity,
    revision: 1,
    createdAtMs: nowMs - 600_000,
    expiresAtMs: nowMs + 3_600_000,
    mustAskPerson: false,
    program: null,
  };
}

/** An application of which the rules say `outcome` to everybody who is logged in, and `anonymous` to nobody. */
export function applicationOf(
  name: string,
  hosts: readonly string[],
  outcome: Outcome,
  anonymous: Outcome = 'login',
): Application {
  return {
    name,
    presentation: { label: name, contact: null, deniedText: null },
    hosts,
    audience: name,
    isInMaintenance: false,
    requests: null,
    upstreams: [],
    isForwardAuth: false,
    dialects: [],
    upstreamOptions: {
      hostHeader: 'preserve',
      caFile: null,
      serverName: null,
      clientCertFile: null,
      clientKeyFile: null,
      isHttp2: false,
      connectTimeoutMs: 1,
      responseTimeoutMs: 1,
      idleTimeoutMs: 1,
      maxConnections: 1,
      maxConnectionsPerClient: 1,
      maxQueue: 1,
      maxWebSockets: 1,
      maxWebSocketsPerClient: 1,
      webSocketIdleTimeoutMs: 1,
      healthCheck: null,
    },
    loginMethods: null,
    session: { durationMs: null, idleTimeoutMs: null },
    identityHeaders: [],
    requestHeaders: { set: [], setFromSecrets: [], remove: [], pass: [] },
    looksAtMethod: false,
    responseHeaders: { set: [], remove: [] },
    allowedOrigins: [],
    passesPreflight: false,
    takesPersonal: false,
    upgrades: ['websocket'],
    pathSpelling: 'strict',
    rewritesLocation: false,
    areas: [],
    selectArea: () => ({
      path: null,
      upstreams: null,
      asksForStepUp: false,
      agesAtMs: () => Number.POSITIVE_INFINITY,
      grantEndsAtMs: () => Number.POSITIVE_INFINITY,
      denial: () => null,
      decide: (facts) => ({
        outcome: facts.method !== 'GET' ? 'deny' : facts.identity === null ? anonymous : outcome,
        reason: 'policy-allowed',
        policy: null,
        isBypass: false,
        missing: [],
        reports: [],
      }),
    }),
  };
}

export function rulesOf(applications: readonly Application[]): CompiledRules {
  return {
    ...{ applications, sharing: null, asksAbout: new Set<string>() },
    ...{ findApplication: () => null, namesAddress: () => false },
  };
}

export const applications: readonly Application[] = [
  applicationOf('Wiki', ['wiki.example.com'], 'allow'),
  applicationOf('Family photos', ['photos.example.com'], 'allow', 'allow'),
  applicationOf('Payroll', ['payroll.example.com'], 'step_up'),
  applicationOf('Previews', ['*.preview.example.com'], 'allow'),
  applicationOf('Secret project', ['secret.example.com'], 'deny'),
];

export interface ContextOptions {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly host?: string;
  readonly ip?: string;
  readonly identity?: Identity | null;
  readonly application?: Application | null;
  readonly isAuthHost?: boolean;
  readonly rules?: CompiledRules;
  readonly settings?: Settings;
  readonly texts?: Texts;
  readonly headers?: Partial<
    Pick<
      GatedRequest,
      'accept' | 'origin' | 'secFetchSite' | 'secFetchMode' | 'secFetchDest' | 'hasBody' | 'oversizedCookies'
    >
  >;
}

export function contextOf(options: ContextOptions = {}): PageContext {
  const host = (options.host ?? 'auth.example.com') as CanonicalHost;
  const identity = options.identity ?? null;
  const method = options.method ?? 'GET';
  const texts = options.texts ?? textsIn('en');
  const request: GatedRequest = {
    method,
    host,
    target: {
      path: (options.path ?? '/.bouncer/') as CanonicalPath,
      query: options.query ?? '',
      readings: [],
    },
    rawHeaders: [],
    hasBody: false,
    isWebSocket: false,
    upgrade: null,
    expectsContinue: false,
    cookie: undefined,
    origin: undefined,
    accept: undefined,
    userAgent: undefined,
    secFetchMode: undefined,
    secFetchDest: undefined,
    secFetchSite: undefined,
    ...options.headers,
  };
  return {
    visit: {
      host,
      application: options.application ?? null,
      query: request.target.query,
      cookie: undefined,
      session: identity === null ? null : sessionOf(identity, host),
      holder: null,
      ip: options.ip ?? '192.0.2.1',
      userAgent: undefined,
      language: texts.language,
      requestId: 'r7k2-93ha-x0',
      nowMs,
    },
    texts,
    request,
    settings: options.settings ?? settings,
    rules: options.rules ?? rulesOf(applications),
    isAuthHost: options.isAuthHost ?? true,
    facts: { identity, serviceToken: null, workload: null, ip: '192.0.2.1', country: null, method, nowMs },
  };
}

/** Logins that answer with a given step, and remember who asked. */
export function loginsThat(
  step: LoginStep | (() => Promise<LoginStep>),
): Logins & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (what: string) => () => {
    asked.push(what);
    return typeof step === 'function' ? step() : Promise.resolve(step);
  };
  return {
    asked,
    begin: answer('begin'),
    callback: answer('callback'),
    showCode: answer('show code'),
    takeCode: answer('take code'),
    askLogout: answer('ask logout'),
    showKeys: answer('show keys'),
    takeKeyForm: answer('take key form'),
    showPasskey: answer('show passkey'),
    takePasskeyForm: answer('take passkey form'),
    logout: answer('logout'),
    backchannelLogout: async (token) => {
      asked.push(`backchannel ${token}`);
      return token === 'good';
    },
    unreachableProviders: () => [],
  };
}

export const assertions: Assertions = {
  dialects: {
    prepare: async () => {},
    maintain: async () => {},
    forgetUnused: () => {},
    close: () => {},
    values: () => [],
    jwks: () => ({ keys: [] }),
  },
  mint: () => '',
  jwks: () => ({ keys: [{ kty: 'EC', kid: 'k1' }] }),
  close: () => {},
};

/** Nobody logs a terminal in. */
export const noTerminals: Terminals = {
  answerLoopback: async () => 'http://127.0.0.1:1024/callback?error=access_denied',
  beginDevice: async () => null,
  findDevice: async () => 'wrong',
  answerDevice: async () => false,
  redeem: async () => ({ kind: 'refused', error: 'invalid_grant' }),
  end: async () => {},
};

/** Nobody has programs. */
export const noTokens: PersonTokens = {
  list: async () => [],
  begin: async () => ({ kind: 'redirect', location: '/.bouncer/tokens', setCookies: [] }),
  end: async () => false,
};

export function memoryTelemetry(): Telemetry & {
  readonly events: { name: EventName; fields: EventFields }[];
} {
  const events: { name: EventName; fields: EventFields }[] = [];
  return { events, request: () => {}, event: (name, fields) => void events.push({ name, fields }) };
}

/** Nobody asks for anything here. */
export const noAccess: AccessDesk = {
  open: async () => null,
  ask: async () => 'asked',
  requestsFor: async () => [],
  grantsFor: async () => [],
  answer: async () => 'gone',
  obstacle: async () => null,
  revoke: async () => false,
};

/** Nobody has a form here. */
export const noForms: KeptForms = {
  findFormer: async () => null,
  keep: async () => null,
  find: async () => null,
  take: async () => null,
  drop: async () => false,
  forget: () => 'bouncer_form=; Max-Age=0',
};

export interface ServeOptions {
  readonly logins?: Logins;
  readonly ownSessions?: OwnSessions;
  readonly mailbox?: Pick<Mailbox, 'letters'>;
  readonly telemetry?: Telemetry;
  readonly context?: ContextOptions;
}

/** Nobody shares anything. */
export const noShares: Shares = {
  begin: async () => ({ kind: 'off' }),
  end: async () => false,
};

/** A request listener that makes every request one visit to the pages. */
export function pagesListener(options: ServeOptions): (req: IncomingMessage, res: ServerResponse) => void {
  const pages = createPages({
    logins: options.logins ?? loginsThat({ kind: 'signed-out', setCookies: [] }),
    terminals: noTerminals,
    tokens: noTokens,
    shares: noShares,
    assertions,
    keptForms: noForms,
    accessDesk: noAccess,
    ownSessions: options.ownSessions ?? {
      list: async () => [],
      end: async () => 0,
      letters: async () => null,
      wish: async () => {},
    },
    telemetry: options.telemetry ?? memoryTelemetry(),
    mailbox: options.mailbox ?? null,
  });
  return (req, res) => {
    const [path = '/', query] = (req.url ?? '/').split('?', 2);
    const field = (name: string) => {
      const value = req.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    pages.handle(
      req,
      res,
      contextOf({
        texts: textsIn(preferredLanguage(req.rawHeaders)),
        ...options.context,
        method: req.method ?? 'GET',
        path,
        query: query === undefined ? '' : `?${query}`,
        headers: {
          accept: field('accept'),
          origin: field('origin'),
          secFetchSite: field('sec-fetch-site'),
          secFetchMode: field('sec-fetch-mode'),
          secFetchDest: field('sec-fetch-dest'),
          hasBody: (field('content-length') ?? '0') !== '0' || field('transfer-encoding') !== undefined,
          ...options.context?.headers,
        } as NonNullable<ContextOptions['headers']>,
      }),
    );
  };
}

/** A real server around the pages. */
export async function servePages(
  options: ServeOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer(pagesListener(options));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
