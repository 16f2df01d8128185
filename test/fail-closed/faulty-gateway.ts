// A real gateway, forwarder and front server, whose neighbours (the ports that it is given) can be made to fail while it runs.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAssertions } from '../../src/assertion/create-assertions.ts';
import { createSnapshot, type Snapshot } from '../../src/configuration/snapshot.ts';
import { createFrontServer } from '../../src/front/front-server.ts';
import { createGateway, type GatewayParts } from '../../src/gateway/create-gateway.ts';
import { findCookie } from '../../src/http/cookie-header.ts';
import { upstreamRequestTrailers } from '../../src/http/request-headers.ts';
import type { CanonicalHost } from '../../src/http/request-target.ts';
import { clientResponseHeaders } from '../../src/http/response-headers.ts';
import type { LoginStep, Logins } from '../../src/identity/login/login-step.ts';
import type { Service } from '../../src/identity/principal.ts';
import type { Session, Sessions } from '../../src/identity/sessions/session.ts';
import type { ServiceTokens } from '../../src/identity/tokens/service-token.ts';
import { createPages } from '../../src/pages/create-pages.ts';
import { createRefusalRenderer } from '../../src/pages/render-refusal.ts';
import type { ExplainableRules } from '../../src/rules/decide/compile-rules.ts';
import { settingsFromObject } from '../../src/settings/load-settings.ts';
import type { RequestRecord } from '../../src/telemetry/request-record.ts';
import { createForwarder } from '../../src/upstream/create-forwarder.ts';
import { MemoryKeyStore, memorySecrets } from '../assertion/memory-key-store.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { noAccess, noForms, noShares, noTerminals, noTokens } from '../pages/page-fixtures.ts';
import { person, rulesOf } from '../rules/rules-text.ts';

/** What is wrong at the moment: members of ports that stand in for the real ones. */
export interface Faults {
  snapshot?: (real: Snapshot) => Snapshot;
  sessions?: Partial<Sessions>;
  tokens?: Partial<ServiceTokens>;
  logins?: Partial<Logins>;
  assertions?: Partial<GatewayParts['assertions']>;
  telemetry?: Partial<GatewayParts['telemetry']>;
  own?: Partial<GatewayParts['own']>;
  forwarder?: Partial<GatewayParts['forwarder']>;
  renderRefusal?: GatewayParts['renderRefusal'];
  now?: () => number;
  /** The raw head of the request, in place of what was received. */
  rawHeaders?: () => unknown;
}

export interface FaultyGateway {
  readonly port: number;
  readonly upstream: RecordingUpstream;
  readonly rules: ExplainableRules;
  readonly records: RequestRecord[];
  fault: Faults;
  close(): Promise<void>;
}

/** Short, so that a test need not wait; the product's own are in step-deadline.ts. */
export const deadlines = { identifyMs: 150, ownEndpointMs: 300 };

export function sessionOf(host: string, own: Partial<Session> = {}): Session {
  return {
    kind: 'person',
    id: 'login-of-alice',
    logId: 'abc',
    host: host as CanonicalHost,
    identity: person({ email: 'alice@example.com', idp: 'google' }),
    revision: 1,
    createdAtMs: Date.now() - 1000,
    expiresAtMs: Date.now() + 3_600_000,
    mustAskPerson: false,
    program: null,
    ...own,
  };
}

export const tokenOfCi = 'bnc_s_the-token-of-ci';

export function serviceOf(own: Partial<Service> = {}): Service {
  return {
    ...{ kind: 'service', id: 'id-of-ci', logId: 'def', name: 'ci', revision: 1 },
    expiresAtMs: Number.POSITIVE_INFINITY,
    ...own,
  } as Service;
}

const signedOut: LoginStep = { kind: 'signed-out', setCookies: [] };

export async function startFaultyGateway(): Promise<FaultyGateway> {
  const upstream = await startRecordingUpstream();
  const rules = rulesOf(
    `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: ${upstream.url}
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }, { service_token: ci }] }]
    paths:
      - { path: /nobody, policies: [{ name: none, action: deny, include: [everyone] }] }
  - name: open
    host: open.localhost
    upstream: ${upstream.url}
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
    { authUrl: 'http://auth.localhost' },
  );
  const parsed = settingsFromObject(
    {
      auth_url: 'http://auth.localhost',
      identity_providers: [
        { id: 'google', type: 'oidc', issuer: 'http://localhost:1', client_id: 'bouncer' },
      ],
    },
    { baseDir: '/', env: {} },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const settings = parsed.value;
  const records: RequestRecord[] = [];
  const gatewayState: { fault: Faults } = { fault: {} };

  /** The port, with what is wrong at the moment in its place. */
  function faulty<T extends object>(real: T, name: keyof Faults): T {
    return new Proxy(real, {
      get(target, member) {
        const wrong = gatewayState.fault[name] as Record<PropertyKey, unknown> | undefined;
        if (wrong !== undefined && Object.hasOwn(wrong, member)) return wrong[member];
        const own: unknown = Reflect.get(target, member);
        return typeof own === 'function' ? own.bind(target) : own;
      },
    });
  }
  const telemetry = faulty(
    { request: (record: RequestRecord) => void records.push(record), event: () => {} },
    'telemetry',
  );
  const sessions = faulty<Sessions>(
    {
      identify: (cookie, { host }) =>
        findCookie(cookie, 'bouncer_session') === 'alice' ? sessionOf(host) : null,
      standing: (cookie, { host }) =>
        findCookie(cookie, 'bouncer_session') === 'alice'
          ? { session: sessionOf(host), idlesAtMs: Number.POSITIVE_INFINITY }
          : null,
      version: () => 1,
      isReachable: () => true,
    },
    'sessions',
  );
  const tokens = faulty<ServiceTokens>(
    {
      identify: (presented) =>
        presented.kind === 'token' && presented.token === tokenOfCi
          ? serviceOf()
          : { kind: 'rejected', reason: 'token-invalid', cause: 'unknown' },
      standing: (_presented, before) => before,
      standingPerson: () => null,
      version: () => 1,
    },
    'tokens',
  );
  const logins = faulty<Logins>(
    {
      begin: async () => ({ kind: 'redirect', location: 'http://localhost:1/login', setCookies: [] }),
      callback: async () => signedOut,
      showCode: async () => signedOut,
      takeCode: async () => signedOut,
      askLogout: async () => signedOut,
      showKeys: async () => signedOut,
      takeKeyForm: async () => signedOut,
      showPasskey: async () => signedOut,
      takePasskeyForm: async () => signedOut,
      logout: async () => signedOut,
      backchannelLogout: async () => true,
      unreachableProviders: () => [],
    },
    'logins',
  );
  const assertions = faulty(
    await createAssertions({
      secrets: memorySecrets(),
      keyStore: new MemoryKeyStore(),
      settings: () => settings,
      telemetry,
      now: Date.now,
    }),
    'assertions',
  );
  const forwarder = faulty(
    createForwarder({
      telemetry,
      responseHeaders: (permit, raw) => clientResponseHeaders(raw, permit.responsePlan),
      requestTrailers: (permit, raw) => upstreamRequestTrailers(raw, permit.requestPlan),
      isSharedConnection: () => false,
      bodyBytes: 0,
    }),
    'forwarder',
  );
  forwarder.retain(rules.applications);
  const pages = createPages({
    logins,
    terminals: noTerminals,
    tokens: noTokens,
    shares: noShares,
    assertions,
    keptForms: noForms,
    accessDesk: noAccess,
    telemetry,
    ownSessions: {
      list: async () => [],
      end: async () => 0,
      letters: async () => null,
      wish: async () => {},
    },
    mailbox: null,
  });
  const real = createSnapshot(settings, rules);
  const renderRefusal = createRefusalRenderer(() => settings);
  const gateway = createGateway({
    snapshot: () => (gatewayState.fault.snapshot === undefined ? real : gatewayState.fault.snapshot(real)),
    sessions,
    tokens,
    assertions,
    telemetry,
    own: faulty({ handle: pages.handle }, 'own'),
    renderRefusal: (view) => (gatewayState.fault.renderRefusal ?? renderRefusal)(view),
    forwarder,
    now: () => (gatewayState.fault.now ?? Date.now)(),
    deadlines,
  });
  const spoiled = <T extends object>(req: T): T => {
    const { rawHeaders } = gatewayState.fault;
    if (rawHeaders !== undefined) Object.defineProperty(req, 'rawHeaders', { get: rawHeaders });
    return req;
  };
  const front = createFrontServer({
    limits: settings.limits,
    tls: null,
    telemetry,
    onRequest: (req, res) => gateway.handle(spoiled(req), res),
    onCheckContinue: (req, res) => gateway.handle(spoiled(req), res),
    onUpgrade: (req, socket, head) => gateway.upgrade(spoiled(req), socket, head),
  });
  const { port } = await front.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
  return Object.assign(gatewayState, {
    port: port ?? 0,
    upstream,
    rules,
    records,
    async close() {
      gatewayState.fault = {};
      await front.close();
      gateway.close();
      await forwarder.close();
      assertions.close();
      await upstream.close();
    },
  });
}

/** A port where something listens that never answers. */
export async function startSilence(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
