// Joins the parts into one pipeline: the only place that knows all of them. It holds no logic of theirs, and no part is used before it is
// there.
import type { Assertions } from './assertion/assertions.ts';
import { createAssertions } from './assertion/create-assertions.ts';
import { type BouncerOptions, InvalidConfigurationError } from './bouncer.ts';
import { createFileFollower } from './configuration/follow-files.ts';
import {
  type ConfigurationInForce,
  createLiveConfiguration,
  type LiveConfiguration,
} from './configuration/live-configuration.ts';
import {
  type Configuration,
  type ConfigurationSource,
  loadConfiguration,
  watchedFiles,
} from './configuration/load-configuration.ts';
import { prepareForExpress } from './front/http2-express.ts';
import { createGateway, type Gateway } from './gateway/create-gateway.ts';
import type { OwnEndpoints } from './gateway/own-endpoints.ts';
import { isTrustedProxy } from './http/client-address.ts';
import { upstreamRequestTrailers } from './http/request-headers.ts';
import { knownResponseHeaders } from './http/response-headers.ts';
import { createAccessDesk } from './identity/access/access-desk.ts';
import { createGrants } from './identity/access/grants.ts';
import { createKeptForms, type KeptForms } from './identity/forms/kept-forms.ts';
import { createLogins, type LoginFlows } from './identity/login/logins.ts';
import { createOwnSessions } from './identity/sessions/own-sessions.ts';
import { createSessions, type SessionKeeper } from './identity/sessions/sessions.ts';
import { createServiceTokens, type ServiceTokenKeeper } from './identity/tokens/service-tokens.ts';
import { createWorkloads } from './identity/workloads/create-workloads.ts';
import type { Workloads } from './identity/workloads/workloads.ts';
import { createMailbox, type Mailbox } from './mail/mailbox.ts';
import { createPages } from './pages/create-pages.ts';
import { createRefusalRenderer } from './pages/render-refusal.ts';
import { canMail } from './settings/can-mail.ts';
import type { Settings } from './settings/settings.ts';
import { createShareKeeper, type ShareKeeper } from './sharing/keep-shares.ts';
import { noteVisits, type TellVisit } from './sharing/note-visits.ts';
import { announceNode } from './store/announce-node.ts';
import { openStore } from './store/open-store.ts';
import { keepPendingEnds } from './store/pending-ends.ts';
import { causeOf } from './telemetry/cause-of.ts';
import { createTelemetry } from './telemetry/create-telemetry.ts';
import { createLimitNotices, type LimitNotices, noteRefusals } from './telemetry/limit-notices.ts';
import { createTunnelEdge, type TunnelEdge } from './tunnel/edge/create-tunnel-edge.ts';
import { noCarriers } from './upstream/carriers.ts';
import { createForwarder, type ForwarderParts } from './upstream/create-forwarder.ts';
import { readVersion } from './version.ts';

type OpenStore = ReturnType<typeof keepPendingEnds>;

/** One running pipeline without its listeners. */
export interface Parts {
  readonly telemetry: ReturnType<typeof createTelemetry>;
  readonly live: LiveConfiguration;
  readonly notices: LimitNotices;
  readonly store: OpenStore;
  readonly logins: LoginFlows;
  readonly gateway: Gateway;
  /** `null`: the settings have none. */
  readonly tunnels: TunnelEdge | null;
  /** Loads what the first page would wait for. Never rejects. */
  readonly preparePages: () => Promise<void>;
  /** No reload begins any more. */
  stopFollowing(): Promise<void>;
  /** After the last request: ends what still goes on and gives everything back. */
  close(): Promise<void>;
}

/**
 * @throws InvalidConfigurationError when settings or rules are not valid or tests in the rules fail
 * @throws BouncerError `store_unavailable` when the store cannot be used
 */
export async function joinParts(options: BouncerOptions): Promise<Parts> {
  const source = sourceOf(options);
  const { watched, ...first } = loadFirst(source);
  const output = {
    stream: options.log,
    isColored: options.isLogColored,
    isTerminal: options.isLogTerminal,
  };
  const log = createTelemetry(first.settings.log, output);
  const notices = createLimitNotices(log);
  const visits: { tell: TellVisit } = { tell: () => {} };
  const telemetry = noteVisits(noteRefusals(log, notices), (...visit) => visits.tell(...visit));
  const live = createLiveConfiguration(first, { source, telemetry });
  const files = options.watch === true ? createFileFollower(() => void live.reload('files-changed')) : null;
  files?.follow(watched);
  const { settings } = live;
  const store = keepPendingEnds(await openFollowedStore(settings, telemetry));
  // Not this machine's: whatever one process writes and another compares is told in the store's time.
  const { now } = store;
  const rules = () => live.snapshot().rules;
  const sessions = createSessions({ store, settings, telemetry, rules, now });
  const workloads = createWorkloads({ settings, telemetry, now });
  const tokens = createServiceTokens({ store: store.tokens, sessions, workloads, telemetry, now });
  const mailbox = options.dev === true ? createMailbox(now) : null;
  const logins = createLogins({ store, settings, rules, sessions, telemetry, notices, now, mailbox });
  const assertions = await createAssertions({
    ...{ keyStore: store.keys, secrets: store.secrets, settings, telemetry, now },
  });
  await Promise.all(rules().applications.map((each) => assertions.dialects.prepare(each)));
  const tunnels = openTunnels({ settings, store, telemetry });
  if (tunnels !== null) visits.tell = (...visit) => tunnels.tellVisit(...visit);
  const shares = openShares({ live, store, telemetry, sessions, logins, tunnels });
  const forwarder = openForwarder(live, { telemetry, notices, carriers: tunnels ?? noCarriers });
  const keptForms = createKeptForms({ store, settings });
  const own = openOwnEndpoints({
    ...{ logins, assertions, telemetry, store, sessions, settings, keptForms, mailbox, shares },
  });
  const gateway = createGateway({
    ...{ snapshot: live.snapshot, sessions, tokens, assertions, telemetry, own, forwarder, now },
    ...{ keptForms, grants: createGrants(store), renderRefusal: createRefusalRenderer(settings) },
  });
  const announcer = announce({ live, store, tunnels });
  followChanges(live, { forwarder, gateway, assertions, files });
  if (tunnels !== null) await shares.start();
  // Whatever was read meanwhile: other files than the first time are read once more.
  files?.follow(watchedFiles(settings()));

  return {
    ...{ telemetry, live, notices, store, logins, gateway, tunnels },
    preparePages: () => own.preparePages(),
    async stopFollowing() {
      files?.close();
      await live.close();
    },
    close: () =>
      closeParts({
        ...{ gateway, forwarder, tunnels, shares, assertions, logins, sessions, tokens, workloads },
        ...{ announcer, store },
      }),
  };
}

/** What goes along with a change of the configuration. */
function followChanges(
  live: LiveConfiguration,
  parts: {
    readonly forwarder: ReturnType<typeof createForwarder>;
    readonly gateway: Gateway;
    readonly assertions: Assertions;
    readonly files: ReturnType<typeof createFileFollower> | null;
  },
): void {
  const { forwarder, gateway, assertions, files } = parts;
  live.follow({
    prepare(application) {
      forwarder.prepare(application);
      // Who asks before the key is there is told so, and why it is not is in the log.
      assertions.dialects.prepare(application).catch(() => {});
    },
    onSwap() {
      forwarder.retain(live.snapshot().rules.applications);
      gateway.recheckStreams();
    },
    onFiles: (paths) => files?.follow(paths),
  });
}

function sourceOf({ settings, baseDir, env, dev }: BouncerOptions): ConfigurationSource {
  return {
    settings,
    baseDir: baseDir ?? process.cwd(),
    env: env ?? process.env,
    use: dev === true ? 'try' : 'serve',
  };
}

interface ClosedInOrder {
  readonly gateway: Gateway;
  readonly forwarder: ReturnType<typeof createForwarder>;
  readonly tunnels: TunnelEdge | null;
  readonly shares: ShareKeeper;
  readonly assertions: Assertions;
  readonly logins: LoginFlows;
  readonly sessions: SessionKeeper;
  readonly tokens: ServiceTokenKeeper;
  readonly workloads: Workloads;
  readonly announcer: ReturnType<typeof announceNode>;
  readonly store: OpenStore;
}

/** From the requests down to the store, so that nothing is taken from under another. */
async function closeParts(parts: ClosedInOrder): Promise<void> {
  parts.gateway.endStreams('stopping');
  parts.gateway.close();
  await parts.forwarder.close();
  parts.shares.close();
  await parts.tunnels?.close();
  parts.assertions.close();
  await parts.logins.close();
  await parts.sessions.close();
  await parts.tokens.close();
  await parts.workloads.close();
  await parts.announcer.close();
  await parts.store.close();
}

/** Parts of it alone, so that nothing keeps the texts and trees of the files alive. */
function loadFirst(
  source: Parameters<typeof loadConfiguration>[0],
): ConfigurationInForce & Pick<Configuration, 'watched'> {
  const loaded = loadConfiguration(source);
  if (!loaded.ok) throw new InvalidConfigurationError(loaded.problems, loaded.failedTests);
  const { settings, warnings, watched } = loaded.value;
  const { rules, hash: rulesHash } = loaded.value.loaded;
  return { settings, warnings, watched, rules, rulesHash };
}

function openFollowedStore(
  settings: () => Settings,
  telemetry: Parts['telemetry'],
): ReturnType<typeof openStore> {
  return openStore(settings(), {
    mode: 'follow',
    listener: {
      lost: (error, keepMs) =>
        telemetry.event('store_lost', { keep_seconds: Math.round(keepMs / 1000), ...causeOf(error) }),
      found: () => telemetry.event('store_found', {}),
      deaf: (hint) => telemetry.event('store_deaf', { hint }),
      unwritable: (error) => telemetry.event('store_unwritable', causeOf(error)),
      writable: () => telemetry.event('store_writable', {}),
    },
    keepMs: () => settings().storeLossKeepMs,
  });
}

function openOwnEndpoints(parts: {
  readonly logins: LoginFlows;
  readonly assertions: Assertions;
  readonly telemetry: Parts['telemetry'];
  readonly store: OpenStore;
  readonly sessions: SessionKeeper;
  readonly settings: () => Settings;
  readonly keptForms: KeptForms;
  readonly shares: ShareKeeper;
  readonly mailbox: Mailbox | null;
}): OwnEndpoints & Pick<Parts, 'preparePages'> {
  const { logins, assertions, telemetry, store, sessions, settings, keptForms, shares, mailbox } = parts;
  const { terminals, tokens } = logins;
  const ownSessions = createOwnSessions({
    ...{ store, sessions, telemetry },
    idleTimeoutMs: () => settings().session.idleTimeoutMs,
    canMail: () => canMail(settings()),
  });
  const accessDesk = createAccessDesk({
    ...{ store, telemetry },
    tellByMail: (letter) => logins.providers.tellByMail(letter),
    authUrl: () => settings().authUrl,
  });
  const pages = createPages({
    ...{ logins, terminals, tokens, assertions, telemetry, ownSessions, keptForms, shares, mailbox },
    accessDesk,
  });
  return {
    handle(req, res, context) {
      prepareForExpress(req, res);
      pages.handle(req, res, context);
    },
    preparePages: () => pages.prepare(),
  };
}

function openTunnels(parts: {
  readonly settings: () => Settings;
  readonly store: OpenStore;
  readonly telemetry: Parts['telemetry'];
}): TunnelEdge | null {
  const { settings, store, telemetry } = parts;
  const { tunnel, reusePort } = settings();
  return tunnel === null ? null : createTunnelEdge({ settings: tunnel, store, telemetry, reusePort });
}

function openShares(parts: {
  readonly live: LiveConfiguration;
  readonly store: OpenStore;
  readonly telemetry: Parts['telemetry'];
  readonly sessions: SessionKeeper;
  readonly logins: LoginFlows;
  readonly tunnels: TunnelEdge | null;
}): ShareKeeper {
  const { live, store, telemetry, sessions, logins, tunnels } = parts;
  return createShareKeeper({
    ...{ store, telemetry, settings: live.settings, programs: sessions },
    sharing: () => (tunnels === null ? null : live.snapshot().rules.sharing),
    show: (shown) => live.showShares(shown),
    tellByMail: (letter) => logins.providers.tellByMail(letter),
  });
}

function announce(parts: {
  readonly live: LiveConfiguration;
  readonly store: OpenStore;
  readonly tunnels: TunnelEdge | null;
}): ReturnType<typeof announceNode> {
  const { live, store, tunnels } = parts;
  return announceNode(store, readVersion(), () => ({
    authUrl: live.settings().authUrl,
    rulesHash: live.rulesHash(),
    rulesFailure: live.reloadFailure(),
    ...(tunnels === null ? {} : { tunnelSessions: tunnels.sessions() }),
  }));
}

function openForwarder(
  live: LiveConfiguration,
  parts: Pick<ForwarderParts, 'telemetry' | 'notices' | 'carriers'>,
): ReturnType<typeof createForwarder> {
  const forwarder = createForwarder({
    ...parts,
    responseHeaders: (permit, raw, known) =>
      knownResponseHeaders(raw, permit.responsePlan, permit.locations, known),
    requestTrailers: (permit, raw) => upstreamRequestTrailers(raw, permit.requestPlan),
    // Behind a Unix socket there is always somebody who carries for others.
    isSharedConnection: ({ socket: { remoteAddress } }) =>
      remoteAddress === undefined || isTrustedProxy(remoteAddress, live.snapshot().trust),
    bodyBytes: live.settings().limits.bodyBytes,
  });
  forwarder.retain(live.snapshot().rules.applications);
  return forwarder;
}
