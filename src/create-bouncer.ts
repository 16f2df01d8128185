// One bouncer from settings: its parts, its listeners, its readiness and its end.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Bouncer, BouncerOptions } from './bouncer.ts';
import { BouncerError } from './bouncer-error.ts';
import { reportWarnings } from './configuration/live-configuration.ts';
import { createFrontServer, type FrontServer } from './front/front-server.ts';
import type { Listening } from './front/listen.ts';
import { type RedirectServer, startRedirectServer } from './front/redirect-server.ts';
import { compileTrustedProxies, isTrustedProxy } from './http/client-address.ts';
import { joinParts, type Parts } from './join-parts.ts';
import { lookAroundAtStart } from './look-around.ts';
import { createMiddleware } from './middleware.ts';
import type { ListenAddress, Settings } from './settings/settings.ts';
import type { Look } from './source/finding.ts';
import { createManagementAccess } from './telemetry/management-access.ts';
import {
  type ManagementServer,
  type Readiness,
  startManagementServer,
} from './telemetry/management-server.ts';

/** In this part of `drain_timeout` all WebSockets are told to come back; the rest is for them to go. */
const goodbyePart = 0.75;

/**
 * Create a bouncer from settings and the rules that they name. It listens only when told to.
 *
 * @throws InvalidConfigurationError when settings or rules are not valid or tests in the rules fail
 * @throws BouncerError `store_unavailable` when the store cannot be used; `settings_invalid` for options that do not go together
 */
export async function createBouncer(options: BouncerOptions): Promise<Bouncer> {
  if (options.dev === true && options.inherited !== undefined)
    throw new BouncerError(
      'settings_invalid',
      'a try on one machine takes no socket that somebody hands over',
      {
        hint: 'who can reach it is not known: leave `--dev` out, or start it without the socket',
      },
    );
  const parts = await joinParts(options);
  const { telemetry, live, gateway } = parts;
  const { settings } = live;
  let front: FrontServer | null = null;
  let management: ManagementServer | null = null;
  let redirect: RedirectServer | null = null;
  let checks: CheckServer | null = null;
  let isClosing = false;

  const readiness = (): Readiness => readinessOf(parts, isClosing ? 'stopping' : 'running');

  return {
    handler: gateway.handle,
    upgrade: gateway.upgrade,
    middleware: () => createMiddleware(gateway),
    async listen() {
      const { listen, alsoListen, proxyProtocol, httpRedirect, forwardAuth, tls, reusePort } = settings();
      // Before requests come in, so that connectors may be there for the first one.
      await parts.tunnels?.listen();
      front = openFront(parts);
      management = await openManagement(parts, readiness, options);
      const listening = await front.listen(listen, { reusePort, ...options.inherited });
      for (const address of alsoListen) await front.listenAlso(address);
      const proxied = proxyProtocol === null ? null : await front.listenProxied(proxyProtocol.listen);
      if (httpRedirect !== null) redirect = await openRedirect(parts, httpRedirect);
      if (forwardAuth !== null) checks = await openChecks(parts, forwardAuth);
      const scheme = tls === null ? 'http' : 'https';
      const url = urlOf(listening, scheme);
      finishStart(parts, url, { checks, proxied: proxied === null ? null : urlOf(proxied, scheme) });
      return { url, managementUrl: management?.url ?? null, forwardAuthUrl: checks?.url ?? null };
    },
    get settings() {
      return settings();
    },
    get warnings() {
      return live.warnings();
    },
    reload: () => live.reload('asked'),
    readiness,
    async lookAround() {
      const startedMs = performance.now();
      const { settings: now, rules } = live.snapshot();
      const looks = await lookAroundAtStart(
        { settings: now, rules },
        { providers: parts.logins.providers, store: parts.store },
      );
      if (!isClosing) reportLooks(telemetry, looks, performance.now() - startedMs);
      return looks;
    },
    async close() {
      if (isClosing) return;
      isClosing = true;
      await parts.stopFollowing();
      if (front !== null) await drain(parts, [front, ...(checks === null ? [] : [checks.server])]);
      await redirect?.close();
      await parts.close();
      await management?.close();
      telemetry.event('stopped', {});
      await telemetry.flush();
    },
  };
}

/** Tells that it runs, and loads what no start need wait for. */
function finishStart(
  { telemetry, live, preparePages }: Parts,
  url: string,
  besides: { readonly checks: CheckServer | null; readonly proxied: string | null },
): void {
  telemetry.event('started', {
    listen: url,
    ...(besides.proxied === null ? {} : { proxy_protocol: besides.proxied }),
    ...(besides.checks === null ? {} : { forward_auth: besides.checks.url }),
    auth_url: live.settings().authUrl,
    applications: live.snapshot().rules.applications.length,
    rules_hash: live.rulesHash(),
    warnings: live.warnings().length,
  });
  reportWarnings(telemetry, live.warnings());
  void preparePages();
}

async function drain(
  { live, telemetry, gateway, notices, tunnels }: Parts,
  servers: readonly FrontServer[],
): Promise<void> {
  await setTimeout(live.settings().limits.drainDelayMs);
  telemetry.event('draining', { live_streams: gateway.liveCount });
  const { drainTimeoutMs } = live.settings().limits;
  tunnels?.drain();
  gateway.sayGoodbye(drainTimeoutMs * goodbyePart);
  const drained = await Promise.all(servers.map((server) => server.drain(drainTimeoutMs)));
  const times = drained.reduce((sum, { cut }) => sum + cut, 0);
  if (times > 0) notices.note('drain_timeout', null, { times });
}

/** One line for each finding; what is only good to know is for who asks by `bouncer check --online`. */
function reportLooks(telemetry: Parts['telemetry'], looks: readonly Look[], tookMs: number): void {
  let found = 0;
  for (const { about, findings } of looks)
    for (const { severity, code, cause, hint } of findings) {
      if (severity === 'note') continue;
      found++;
      const fields = { about, severity, code, cause };
      telemetry.event('outside_finding', hint === undefined ? fields : { ...fields, hint });
    }
  telemetry.event('looked_around', { looks: looks.length, findings: found, duration_ms: Math.round(tookMs) });
}

function openFront({ live, telemetry, gateway, notices }: Parts): FrontServer {
  const { limits, tls } = live.settings();
  return createFrontServer({
    limits,
    tls,
    telemetry,
    notices,
    isProxy: (address) => isTrustedProxy(address, live.snapshot().trust),
    onRequest: gateway.handle,
    onCheckContinue: gateway.handle,
    onUpgrade: gateway.upgrade,
  });
}

/** The listener that other proxies ask. */
interface CheckServer {
  readonly server: FrontServer;
  readonly url: string;
}

/** @throws BouncerError `listen_failed` */
async function openChecks(
  { live, telemetry, gateway, notices }: Parts,
  { listen, from, proxy }: NonNullable<Settings['forwardAuth']>,
): Promise<CheckServer> {
  const { limits, reusePort } = live.settings();
  const asking = compileTrustedProxies(from);
  const door = {
    proxy,
    mayAsk: (peer: string | null) =>
      listen.kind === 'unix' ? peer === null : peer !== null && isTrustedProxy(peer, asking),
  };
  const answer = (req: IncomingMessage, res: ServerResponse): void => gateway.check(req, res, door);
  const server = createFrontServer({
    ...{ limits, telemetry, notices, tls: null },
    isProxy: (address) => isTrustedProxy(address, asking),
    onRequest: answer,
    onCheckContinue: answer,
    onUpgrade: (req, socket) => gateway.checkUpgrade(req, socket, door),
  });
  const listening = await server.listen(listen, { reusePort });
  return { server, url: urlOf(listening, 'http') };
}

function openRedirect({ live }: Parts, address: ListenAddress): Promise<RedirectServer> {
  const { settings, snapshot } = live;
  return startRedirectServer(address, {
    settings,
    isKnownHost: (host) => host === snapshot().authHost || snapshot().rules.findApplication(host) !== null,
  });
}

async function openManagement(
  { live, telemetry, gateway, notices, tunnels }: Parts,
  readiness: () => Readiness,
  { inherited }: BouncerOptions,
): Promise<ManagementServer | null> {
  const { management: address, reusePort } = live.settings();
  if (address === null) return null;
  const { createMetrics } = await import('./telemetry/metrics.ts');
  const metrics = createMetrics({
    ...{ counters: telemetry.counters, readiness, limits: notices },
    liveCount: () => gateway.liveCount,
    ...(tunnels === null ? {} : { tunnels: () => tunnels.counts() }),
  });
  const access = createManagementAccess(live.settings());
  const isBesideAnother = reusePort || inherited !== undefined;
  const whenTaken = isBesideAnother ? 'wait' : 'fail';
  return startManagementServer(address, { readiness, metrics }, { access, whenTaken });
}

/** What `/readyz` says: failures keep requests away, warnings tell the operator. */
function readinessOf({ live, store, logins }: Parts, state: 'running' | 'stopping'): Readiness {
  const failures: Record<string, string> = {};
  const { failure, warnings: ofStore } = store.status();
  const warnings: Record<string, string> = { ...ofStore };
  if (failure !== null) failures['store'] = failure;
  if (state === 'stopping') failures['draining'] = 'the process is stopping';
  const reloadFailure = live.reloadFailure();
  if (reloadFailure !== null) warnings['reload'] = reloadFailure;
  const waiting = live.waitsForRestart();
  if (waiting.length > 0)
    warnings['restart'] = `changed, and in force after a restart: ${waiting.join(', ')}`;
  for (const id of logins.unreachableProviders())
    warnings[`identity_provider:${id}`] = 'does not answer: logins with it fail, existing sessions go on';
  return {
    isReady: Object.keys(failures).length === 0,
    rulesHash: live.rulesHash(),
    ...{ failures, warnings },
  };
}

function urlOf(listening: Listening, scheme: 'http' | 'https'): string {
  if (listening.port === null) return `unix:${listening.host}`;
  const host = listening.host.includes(':') ? `[${listening.host}]` : listening.host;
  return `${scheme}://${host}:${listening.port}`;
}
