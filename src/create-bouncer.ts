// Joins the parts into one bouncer: the only place that knows all of them. It holds no logic of theirs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { createAssertions } from './assertion/create-assertions.ts';
import { BouncerError } from './bouncer-error.ts';
import { createFileFollower } from './configuration/follow-files.ts';
import { createLiveConfiguration, reportWarnings } from './configuration/live-configuration.ts';
import {
  type Configuration,
  type ConfigurationSource,
  loadConfiguration,
  renderConfigurationProblems,
} from './configuration/load-configuration.ts';
import { createFrontServer, type FrontServer } from './front/front-server.ts';
import { prepareForExpress } from './front/http2-express.ts';
import { createLimitNotices } from './front/limit-notices.ts';
import { createGateway } from './gateway/create-gateway.ts';
import { isTrustedProxy } from './http/client-address.ts';
import { upstreamRequestTrailers } from './http/request-headers.ts';
import { clientResponseHeaders } from './http/response-headers.ts';
import { createLogins } from './identity/login/logins.ts';
import { createSessions } from './identity/sessions/sessions.ts';
import { type BouncerMiddleware, createMiddleware } from './middleware.ts';
import { createPages } from './pages/create-pages.ts';
import { createRefusalRenderer } from './pages/render-refusal.ts';
import type { Settings } from './settings/settings.ts';
import type { Problem } from './source/problem.ts';
import { announceNode } from './store/announce-node.ts';
import { openStore } from './store/open-store.ts';
import { keepPendingEnds } from './store/pending-ends.ts';
import { causeOf } from './telemetry/cause-of.ts';
import { createTelemetry, type LogStream } from './telemetry/create-telemetry.ts';
import { createManagementAccess } from './telemetry/management-access.ts';
import {
  type ManagementServer,
  type Readiness,
  startManagementServer,
} from './telemetry/management-server.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createForwarder } from './upstream/create-forwarder.ts';

import { readVersion } from './version.ts';

export interface BouncerOptions {
  /** A settings file, or its content as an object (SPEC section 3). */
  readonly settings: string | Readonly<Record<string, unknown>>;
  /** What relative paths in a settings object are relative to; the working directory by default. */
  readonly baseDir?: string;
  /** Where `{ env: NAME }` looks; the process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the log goes; standard output by default. */
  readonly log?: LogStream;
  /** Colours in the `pretty` log. */
  readonly isLogColored?: boolean;
  /** A socket that listens already, in place of the settings' `listen`; its file descriptor. */
  readonly inherited?: { readonly inheritedFd: number } | undefined;
  /** Read settings and rules again when their files change; off by default. */
  readonly watch?: boolean;
}

export interface Bouncer {
  /** For a server of your own; set its `request` and `checkContinue` events. */
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void;
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** For Express and connect: decides, adds the assertion to `req.headers` and the identity to `req.bouncer`, then calls `next()`. */
  middleware(): BouncerMiddleware;
  /**
   * Listen as the settings say, with the management listener when there is one.
   *
   * @throws BouncerError `listen_failed`
   */
  listen(): Promise<{ readonly url: string; readonly managementUrl: string | null }>;
  /** The settings in force. */
  readonly settings: Settings;
  /** Warnings of the settings and rules in force. */
  readonly warnings: readonly Problem[];
  /**
   * Read settings and rules again. Requests go on meanwhile, by the old ones until the new ones are complete.
   *
   * @returns true when a set that was read after this call is in force; false when it is not good and the old one stays
   */
  reload(): Promise<boolean>;
  /** What `/readyz` says. */
  readiness(): Readiness;
  /** Stop accepting, let requests finish until the drain deadline, then close everything. Idempotent. */
  close(): Promise<void>;
}

/** The settings or the rules are not valid, or tests in the rules failed. `message` is the whole list, ready to print. */
export class InvalidConfigurationError extends BouncerError {
  readonly problems: readonly Problem[];
  readonly failedTests: readonly string[];

  constructor(problems: readonly Problem[], failedTests: readonly string[]) {
    super('rules_invalid', renderConfigurationProblems(problems, failedTests, false));
    this.problems = problems;
    this.failedTests = failedTests;
  }
}

/**
 * Create a bouncer from settings and the rules that they name. It listens only when told to.
 *
 * @throws InvalidConfigurationError when settings or rules are not valid or tests in the rules fail
 * @throws BouncerError `store_unavailable` when the store cannot be used
 */
export async function createBouncer(options: BouncerOptions): Promise<Bouncer> {
  const source = {
    settings: options.settings,
    baseDir: options.baseDir ?? process.cwd(),
    env: options.env ?? process.env,
  };
  // Parts of it, so that nothing keeps the texts and trees of the files alive.
  const { settings: firstSettings, rules, hash, warnings, watched } = loadFirst(source);
  const telemetry = createTelemetry(firstSettings.log, options.log, options.isLogColored ?? false);
  let inForce = (): Settings => firstSettings;
  const opened = await openStore(firstSettings, {
    mode: 'follow',
    listener: {
      lost: (error, keepMs) =>
        telemetry.event('store_lost', { keep_seconds: Math.round(keepMs / 1000), ...causeOf(error) }),
      found: () => telemetry.event('store_found', {}),
      deaf: (hint) => telemetry.event('store_deaf', { hint }),
    },
    keepMs: () => inForce().storeLossKeepMs,
  });
  const store = keepPendingEnds(opened);
  // Not this machine's: whatever one process writes and another compares is told in the store's time.
  const now = store.now;
  const files = options.watch === true ? createFileFollower(() => void live.reload('files-changed')) : null;
  files?.follow(watched);
  const live = createLiveConfiguration(
    { settings: firstSettings, rules, rulesHash: hash, warnings },
    {
      source,
      telemetry,
      prepare: (application) => forwarder.prepare(application),
      onSwap() {
        forwarder.retain(live.snapshot().rules.applications);
        gateway.recheckStreams();
      },
      onFiles: (paths) => files?.follow(paths),
    },
  );
  const { settings } = live;
  inForce = settings;
  const sessions = createSessions({ store, settings, telemetry, rules: () => live.snapshot().rules, now });
  const logins = createLogins({
    store,
    settings,
    rules: () => live.snapshot().rules,
    sessions,
    telemetry,
    now,
  });
  const assertions = await createAssertions({ keyStore: store.keys, settings, telemetry, now });
  const forwarder = createForwarder({
    telemetry,
    responseHeaders: (permit, raw) => clientResponseHeaders(raw, permit.responsePlan, permit.locations),
    requestTrailers: (permit, raw) => upstreamRequestTrailers(raw, permit.requestPlan),
    // Behind a Unix socket there is always somebody who carries for others.
    isSharedConnection: ({ socket: { remoteAddress } }) =>
      remoteAddress === undefined || isTrustedProxy(remoteAddress, live.snapshot().trust),
    bodyBytes: settings().limits.bodyBytes,
  });
  forwarder.retain(live.snapshot().rules.applications);
  const pages = createPages({ logins, assertions, telemetry });
  const gateway = createGateway({
    snapshot: live.snapshot,
    sessions,
    assertions,
    telemetry,
    own: {
      handle(req, res, context) {
        prepareForExpress(req, res);
        pages.handle(req, res, context);
      },
    },
    renderRefusal: createRefusalRenderer(settings),
    forwarder,
    now,
  });

  const announcer = announceNode(store, readVersion(), () => ({
    rulesHash: live.rulesHash,
    rulesFailure: live.reloadFailure,
  }));
  let front: FrontServer | null = null;
  let management: ManagementServer | null = null;
  let isClosing = false;

  const readiness = (): Readiness => {
    const failures: Record<string, string> = {};
    const { failure, warnings: ofStore } = store.status();
    const warnings: Record<string, string> = { ...ofStore };
    if (failure !== null) failures['store'] = failure;
    if (isClosing) failures['draining'] = 'the process is stopping';
    if (live.reloadFailure !== null) warnings['reload'] = live.reloadFailure;
    if (live.waitsForRestart.length > 0)
      warnings['restart'] = `changed, and in force after a restart: ${live.waitsForRestart.join(', ')}`;
    for (const id of logins.unreachableProviders()) {
      warnings[`identity_provider:${id}`] = 'does not answer: logins with it fail, existing sessions go on';
    }
    const { rulesHash } = live;
    return { isReady: Object.keys(failures).length === 0, rulesHash, failures, warnings };
  };

  const close = async (): Promise<void> => {
    if (isClosing) return;
    isClosing = true;
    files?.close();
    await live.close();
    if (front !== null) {
      await setTimeout(settings().limits.drainDelayMs);
      telemetry.event('draining', { live_streams: gateway.liveCount });
      await front.drain(settings().limits.drainTimeoutMs);
    }
    gateway.endStreams('stopping');
    gateway.close();
    await forwarder.close();
    assertions.close();
    await logins.close();
    await sessions.close();
    await announcer.close();
    await store.close();
    await management?.close();
    telemetry.event('stopped', {});
    telemetry.flush();
  };

  return {
    handler: gateway.handle,
    upgrade: gateway.upgrade,
    middleware: () => createMiddleware(gateway),
    async listen() {
      const { listen, limits, tls, reusePort, management: managementAddress } = settings();
      const notices = createLimitNotices(telemetry);
      front = createFrontServer({
        limits,
        tls,
        telemetry,
        notices,
        isProxy: (address) => isTrustedProxy(address, live.snapshot().trust),
        onRequest: gateway.handle,
        onCheckContinue: gateway.handle,
        onUpgrade: gateway.upgrade,
      });
      if (managementAddress !== null) {
        const metrics = createMetrics(telemetry.counters, () => gateway.liveCount, readiness, notices);
        const access = createManagementAccess(settings());
        const isBesideAnother = reusePort || options.inherited !== undefined;
        management = await startManagementServer(
          managementAddress,
          readiness,
          metrics,
          access,
          isBesideAnother,
        );
      }
      const url = urlOf(await front.listen(listen, { reusePort, ...options.inherited }), tls !== null);
      telemetry.event('started', {
        listen: url,
        auth_url: settings().authUrl,
        applications: live.snapshot().rules.applications.length,
        rules_hash: live.rulesHash,
        warnings: live.warnings().length,
      });
      reportWarnings(telemetry, live.warnings());
      return { url, managementUrl: management?.url ?? null };
    },
    get settings() {
      return settings();
    },
    get warnings() {
      return live.warnings();
    },
    reload: () => live.reload('asked'),
    readiness,
    close,
  };
}

function loadFirst(
  source: ConfigurationSource,
): Pick<Configuration, 'settings' | 'warnings' | 'watched'> &
  Pick<Configuration['loaded'], 'rules' | 'hash'> {
  const loaded = loadConfiguration(source);
  if (!loaded.ok) throw new InvalidConfigurationError(loaded.problems, loaded.failedTests);
  const { settings, warnings, watched } = loaded.value;
  const { rules, hash } = loaded.value.loaded;
  return { settings, warnings, watched, rules, hash };
}

function urlOf(listening: { readonly host: string; readonly port: number | null }, isTls: boolean): string {
  if (listening.port === null) return `unix:${listening.host}`;
  const host = listening.host.includes(':') ? `[${listening.host}]` : listening.host;
  return `${isTls ? 'https' : 'http'}://${host}:${listening.port}`;
}
