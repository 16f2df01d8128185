// A session as this process remembers it: the frozen value that requests share, and beside it what changes while it is used.
import type { CanonicalHost } from '../../http/request-target.ts';
import type { Identity } from '../../rules/model/facts.ts';
import type { Settings } from '../../settings/settings.ts';
import type { FoundLogin } from '../../store/session-store.ts';
import { logIdOf } from '../opaque-token.ts';
import { isOfTheseSettings } from '../provider-digest.ts';
import type { Session } from './session.ts';

/** A token by its hash, and for a program's token the host that was asked: its session is another value on each. */
export interface HeldToken {
  readonly tokenHash: string;
  /** `null`: a browser's token, which is for one host. */
  readonly programHost: CanonicalHost | null;
}

/** A session that this process remembers, with the token that leads to it. */
export interface SessionEntry extends HeldToken {
  readonly session: Session;
  readonly settings: Settings;
  /** Of a personal token: until when nobody has to vouch for it anew, milliseconds since the epoch; else `null`. */
  readonly vouchedUntilMs: number | null;
  readonly isRefreshable: boolean;
  /** Its provider is gone from the settings, or other settings would have made something else of its answer. */
  readonly isOfOtherSettings: boolean;
  /** The store's version at which the login was last known to be unchanged. */
  version: number;
  seenMs: number;
  checkedAtMs: number;
  /** The token's own end, where a newer one replaced it. */
  tokenEndsAtMs: number | null;
  /** It was seen to have ended; kept only while the store could not be told. */
  isEnded: boolean;
}

/** What the store found, under the settings in force. @param version the store's, from before it was asked */
export function createEntry(
  held: HeldToken,
  { login, host, tokenEndsAtMs, program }: FoundLogin,
  settings: Settings,
  version: number,
): SessionEntry {
  const { durationMs } = settings.session;
  const { vouchedAtMs } = login;
  return {
    // One by one: what is held may be the entry from before.
    tokenHash: held.tokenHash,
    programHost: held.programHost,
    session: Object.freeze({
      kind: 'person',
      id: login.id,
      logId: logIdOf(login.id),
      // Only addToken and its siblings write hosts, from canonical ones.
      host: held.programHost ?? (host as CanonicalHost),
      program: program === null ? null : Object.freeze(program),
      identity: Object.freeze(program?.kind === 'personal' ? withoutKey(login.identity) : login.identity),
      revision: login.revision,
      createdAtMs: login.createdAtMs,
      expiresAtMs:
        vouchedAtMs === null
          ? Math.min(login.expiresAtMs, login.createdAtMs + durationMs)
          : login.expiresAtMs,
      mustAskPerson: login.mustAskPerson,
    }),
    settings,
    vouchedUntilMs: vouchedAtMs === null ? null : vouchedAtMs + durationMs,
    isRefreshable: login.isRefreshable,
    isOfOtherSettings: !isOfTheseSettings(settings, login.identity.idp, login.providerDigest),
    version,
    seenMs: login.lastSeenMs,
    checkedAtMs: login.checkedAtMs,
    tokenEndsAtMs,
    isEnded: false,
  };
}

/** A password in a program's settings is not a hardware key, whatever the login was that it was made with. */
function withoutKey({ ownKey: _, ...identity }: Identity): Identity {
  return { ...identity, hardwareKey: null, amr: identity.amr.filter((method) => method !== 'hwk') };
}
