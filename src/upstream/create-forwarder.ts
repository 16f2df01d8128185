// The forwarder: keeps the connections of every application and starts what carries one request.
// Only permits are accepted, and nothing is ever thrown: what goes wrong is the sink's to know.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BouncerError } from '../bouncer-error.ts';
import type { Forwarder, ForwardSink, UpgradingClient } from '../gateway/forwarder.ts';
import type { Permit } from '../gateway/permit.ts';
import type { Application, Area, UpstreamAddress } from '../rules/model/compiled-rules.ts';
import type { LimitNotices } from '../telemetry/limit-notices.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { type Carriers, noCarriers } from './carriers.ts';
import { CoarseClock } from './coarse-clock.ts';
import { type ForwardParts, ForwardRequest } from './forward-request.ts';
import { ForwardUpgrade } from './forward-upgrade.ts';
import type { RequestTrailers, ResponseHeaders } from './header-ports.ts';
import { readUpstreamTls, type UpstreamTls } from './open-socket.ts';
import { UpstreamGroup } from './upstream-group.ts';

export interface ForwarderParts {
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly notices?: Pick<LimitNotices, 'note'>;
  /** Who carries to services behind tunnels. */
  readonly carriers?: Carriers;
  readonly responseHeaders: ResponseHeaders;
  readonly requestTrailers: RequestTrailers;
  /** Whether the client's connection carries other people too: a trusted proxy's. HTTP/2 is one anyway. */
  readonly isSharedConnection: (req: IncomingMessage) => boolean;
  /** The most bytes of a request body; 0 = no limit. */
  readonly bodyBytes: number;
}

/** Create a forwarder without any connection. Call `retain` with the applications before the first request. */
export function createForwarder(options: ForwarderParts): Forwarder {
  return new UpstreamForwarder(options);
}

class UpstreamForwarder implements Forwarder {
  readonly #options: ForwarderParts;
  readonly #parts: ForwardParts;
  readonly #clock = new CoarseClock();
  /** By what decides how connections are made: an application that a reload did not change keeps its connections. */
  readonly #groups = new Map<string, UpstreamGroup>();
  /** Of applications that are gone, until their last request is through. */
  readonly #retiring = new Set<UpstreamGroup>();
  #byApplication = new WeakMap<Application, UpstreamGroup>();
  /** Of areas with upstreams of their own. */
  #byArea = new WeakMap<Area, UpstreamGroup>();
  /** Since the last `retain`: their certificate files need not be read again there. */
  #prepared = new WeakSet<Application>();
  #isClosed = false;

  constructor(options: ForwarderParts) {
    this.#options = options;
    this.#parts = options;
  }

  forward(permit: Permit, req: IncomingMessage, res: ServerResponse, sink: ForwardSink): void {
    try {
      requireAllowed(permit);
      new ForwardRequest(this.#parts, this.#groupOf(permit), permit, { req, res, sink }).start();
    } catch (error) {
      sink.onFailure(failureOf(error), null);
    }
  }

  upgrade(permit: Permit, client: UpgradingClient, sink: ForwardSink): void {
    try {
      requireAllowed(permit);
      const group = this.#groupOf(permit);
      new ForwardUpgrade(this.#parts, group, permit, { ...client, sink }).start();
    } catch (error) {
      sink.onFailure(failureOf(error), null);
    }
  }

  prepare(application: Application): void {
    if (application.isForwardAuth) return;
    this.#prepared.add(application);
    try {
      const tls = readUpstreamTls(application.upstreamOptions);
      this.#byApplication.set(application, this.#groupFor(application, application.upstreams, tls));
      for (const area of application.areas)
        if (area.upstreams !== null) this.#byArea.set(area, this.#groupFor(application, area.upstreams, tls));
    } catch {
      // Its certificate files cannot be read: requests to it fail with that cause until a reload finds them.
      this.#byApplication.delete(application);
      for (const area of application.areas) this.#byArea.delete(area);
    }
  }

  retain(applications: readonly Application[]): void {
    const kept = new Set<UpstreamGroup>();
    for (const application of applications) {
      if (!this.#prepared.has(application)) this.prepare(application);
      for (const group of this.#groupsOf(application)) kept.add(group);
    }
    this.#prepared = new WeakSet();
    for (const [key, group] of this.#groups) {
      if (kept.has(group)) continue;
      this.#groups.delete(key);
      this.#retiring.add(group);
      void group.close().finally(() => this.#retiring.delete(group));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const groups = [...this.#groups.values(), ...this.#retiring];
    this.#groups.clear();
    this.#byApplication = new WeakMap();
    this.#byArea = new WeakMap();
    for (const group of groups) group.destroy();
    this.#clock.close();
  }

  *#groupsOf(application: Application): Iterable<UpstreamGroup> {
    const group = this.#byApplication.get(application);
    if (group !== undefined) yield group;
    for (const area of application.areas) {
      const own = area.upstreams === null ? undefined : this.#byArea.get(area);
      if (own !== undefined) yield own;
    }
  }

  /** @throws BouncerError when a certificate file cannot be read, or the forwarder was closed */
  #groupOf({ application, area }: Permit): UpstreamGroup {
    const known = area.upstreams === null ? this.#byApplication.get(application) : this.#byArea.get(area);
    // A request that was decided by the rules before a reload may come just after it.
    if (known !== undefined && !known.isClosing) return known;
    const tls = readUpstreamTls(application.upstreamOptions);
    const group = this.#groupFor(application, area.upstreams ?? application.upstreams, tls);
    if (area.upstreams === null) this.#byApplication.set(application, group);
    else this.#byArea.set(area, group);
    return group;
  }

  /** @throws BouncerError when the forwarder was closed */
  #groupFor(
    application: Application,
    addresses: readonly UpstreamAddress[],
    tls: UpstreamTls,
  ): UpstreamGroup {
    if (this.#isClosed) throw new BouncerError('upstream_busy', 'the forwarder is closed');
    const key = groupKey(application, addresses, tls);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new UpstreamGroup({
        application: application.name,
        addresses,
        options: application.upstreamOptions,
        tls,
        carriers: this.#options.carriers ?? noCarriers,
        telemetry: this.#options.telemetry,
        clock: this.#clock,
        onShare: (limit) => this.#options.notices?.note(limit, null, { application: application.name }),
      });
      this.#groups.set(key, group);
    }
    return group;
  }
}

/** Only authorize.ts can make a permit; one that says something else than yes is a mistake that must not reach an upstream. */
function requireAllowed({ decision }: Permit): void {
  if (decision.outcome !== 'allow') throw new BouncerError('internal', 'a permit without an allow decision');
}

function groupKey(application: Application, addresses: readonly UpstreamAddress[], tls: UpstreamTls): string {
  const contents = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key])
    contents.update(`${part?.length ?? -1}:`).update(part ?? '');
  return JSON.stringify([
    application.name,
    addresses,
    application.upstreamOptions,
    contents.digest('base64'),
  ]);
}

function failureOf(error: unknown): BouncerError {
  return error instanceof BouncerError
    ? error
    : new BouncerError('internal', 'the request could not be forwarded', { cause: error });
}
