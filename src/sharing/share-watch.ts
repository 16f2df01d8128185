// Which shares there are at the moment: follows the store, and ends what may not go on, so that no request has to ask. What is over is
// out of force here at once, and in the store by whichever process was first.

import { authHostOf } from '../http/origin-of.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import type { ProgramSessions } from '../identity/sessions/session.ts';
import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { Sharing } from '../rules/model/compiled-rules.ts';
import type { Identity } from '../rules/model/facts.ts';
import type { Settings } from '../settings/settings.ts';
import type { Store } from '../store/store.ts';
import type { TunnelBook } from '../store/tunnel-store.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { compileShares, type NamedShare } from './share-rules.ts';

/** How often it is asked whether anything changed, milliseconds. */
const lookEveryMs = 400;
/** How often it is read when nobody says that it changed: when connectors were seen says nobody. Milliseconds. */
const readEveryMs = 60_000;
/** A share whose machine is away for so long is over, milliseconds: a laptop may sleep. */
const awayForMs = 3_600_000;
/** In this time after its beginning it may have no connector yet. Milliseconds. */
const connectsWithinMs = 60_000;

export interface ShareWatchParts {
  readonly store: Pick<Store, 'tunnels' | 'now'>;
  readonly settings: () => Settings;
  /** As the rules in force have it. */
  readonly sharing: () => Sharing | null;
  readonly programs: Pick<ProgramSessions, 'programStanding'>;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Told which shares are in force, whenever that changed. */
  readonly show: (rules: ExplainableRules) => void;
}

export type ShareEnd =
  | 'asked'
  | 'expired'
  | 'session-ended'
  | 'not-allowed'
  | 'connector-away'
  | 'connector-revoked'
  | 'settings-changed';

const noLimits = Object.freeze({ durationMs: null, idleTimeoutMs: null });

/** Whether somebody may share, as the decision of `share.allow`. */
export function decideSharing(
  { area }: Sharing,
  by: { readonly identity: Identity; readonly ip: string | null; readonly country: string | null },
  nowMs: number,
): ReturnType<Sharing['area']['decide']> {
  return area.decide({ ...by, serviceToken: null, workload: null, method: 'POST', nowMs });
}

export class ShareWatch {
  readonly #parts: ShareWatchParts;
  #book: TunnelBook = { tunnels: [], tokens: [], connectors: [] };
  #version: number | null = null;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #shares: readonly NamedShare[] = [];
  #shown = '';
  #shownBy: Sharing | null = null;
  #looking: Promise<void> | null = null;
  #isFailing = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: ShareWatchParts) {
    this.#parts = parts;
  }

  /** Read them for the first time, and follow them. @throws BouncerError `store_unavailable` */
  async start(): Promise<void> {
    await this.#read();
    await this.look();
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Those that are in force. */
  get shares(): readonly NamedShare[] {
    return this.#shares;
  }

  /** What this process itself changed counts from here on. */
  async refresh(): Promise<void> {
    await this.#looking;
    await this.look();
  }

  /** One look at a time. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { store, telemetry } = this.#parts;
    try {
      await this.#follow();
      this.#isFailing = false;
    } catch (error) {
      // What is known goes on, as logins do.
      if (!this.#isFailing) telemetry.event('store_failed', { action: 'follow-shares', ...causeOf(error) });
      this.#isFailing = true;
    }
    const nowMs = store.now();
    const going: NamedShare[] = [];
    const over: (readonly [NamedShare, ShareEnd])[] = [];
    for (const share of this.#known()) {
      const end = await this.#endOf(share, nowMs);
      if (end === null) going.push(share);
      else over.push([share, end]);
    }
    this.#show(going);
    for (const [share, end] of over) await this.remove(share, end).catch(() => {});
  }

  async #follow(): Promise<void> {
    const { tunnels } = this.#parts.store;
    const version = await tunnels.version();
    const isOld = performance.now() - this.#readAtMs > readEveryMs;
    if (!isOld && this.#version !== null) {
      if (version === this.#version) return;
      if (tunnels.isUnchangedSince(this.#version)) {
        this.#version = version;
        return;
      }
    }
    await this.#read();
  }

  async #read(): Promise<void> {
    const { tunnels } = this.#parts.store;
    // Asked before the rest is read: a change in between is seen the next time.
    this.#version = await tunnels.version();
    this.#book = await tunnels.read();
    this.#readAtMs = performance.now();
  }

  #known(): readonly NamedShare[] {
    return this.#book.tunnels.flatMap(({ name, createdAtMs, share }) =>
      share === null ? [] : [{ ...share, name, createdAtMs }],
    );
  }

  /** Why it may not go on; `null`: it may. */
  async #endOf(share: NamedShare, nowMs: number): Promise<ShareEnd | null> {
    const { settings, sharing, programs } = this.#parts;
    const { share: now } = settings();
    const rules = sharing();
    if (now === null || rules === null || now.domain !== share.domain) return 'settings-changed';
    if (share.expiresAtMs <= nowMs) return 'expired';
    const away = this.#awayOf(share, nowMs);
    if (away !== null) return away;
    // A host that nobody asks for: no use of the session, and no limit of any application.
    const host = authHostOf(settings()) as CanonicalHost;
    try {
      const standing = await programs.programStanding(share.tokenHash, { host, limits: noLimits, nowMs });
      if (standing === null) return 'session-ended';
      const { identity } = standing.session;
      const { ip, country } = share;
      return decideSharing(rules, { identity, ip, country }, nowMs).outcome === 'allow'
        ? null
        : 'not-allowed';
    } catch {
      // While nobody can say whether the login stands, it stands as others do: whoever opens the share needs one too.
      return null;
    }
  }

  #awayOf({ name, createdAtMs }: NamedShare, nowMs: number): ShareEnd | null {
    const connector = this.#book.connectors.find(({ tunnel }) => tunnel === name);
    if (connector === undefined) return nowMs - createdAtMs > connectsWithinMs ? 'connector-revoked' : null;
    return nowMs - Math.max(connector.lastSeenMs, createdAtMs) > awayForMs ? 'connector-away' : null;
  }

  #show(shares: readonly NamedShare[]): void {
    const sharing = this.#parts.sharing();
    const shown = shares.map(({ name }) => name).join(' ');
    if (shown === this.#shown && sharing === this.#shownBy) return;
    this.#shares = shares;
    this.#shown = shown;
    this.#shownBy = sharing;
    this.#parts.show(compileShares(shares, sharing));
  }

  /** End one for good. @throws BouncerError `store_unavailable` */
  async remove(share: NamedShare, reason: ShareEnd): Promise<void> {
    const { store, telemetry } = this.#parts;
    if (!(await store.tunnels.removeTunnel(share.name))) return;
    const { name, sub, email } = share;
    telemetry.event('share_ended', { share: name, reason, sub, email });
  }
}
