// What a login has to bring beyond a name: a hardware key, a fresh login. How that travels in URLs, and whether it is met.
import type { Missing } from '../../rules/model/decision.ts';
import type { Identity } from '../../rules/model/facts.ts';
import { type KeySource, keySources } from '../../rules/model/key-source.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { LoginUrl } from './login-step.ts';

export interface LoginNeeds {
  readonly isHardwareKey: boolean;
  /** Whose word on the key counts. */
  readonly keySource: KeySource;
  /** How old the login, and the key's use where one is needed, may be at most. Whole seconds; `null`: any age. */
  readonly maxAgeSeconds: number | null;
  /**
   * How fresh the login would best be. It is asked of the provider with a login that is needed anyway, and not insisted on:
   * a policy further down may want less. Whole seconds; `null`: any age.
   */
  readonly wishedAgeSeconds: number | null;
  /** The person wants to log in as somebody else: whoever is logged in will not do. */
  readonly isOtherAccount: boolean;
  /** The key that was used is not of the make that is asked for: another one of the person's may be. */
  readonly isOtherKey: boolean;
}

/** A login, and no more. */
export const noNeeds: LoginNeeds = Object.freeze({
  isHardwareKey: false,
  keySource: 'any',
  maxAgeSeconds: null,
  wishedAgeSeconds: null,
  isOtherAccount: false,
  isOtherKey: false,
});

/** Whether anything beyond a login is needed of the same person. A wish does not count. */
export function hasNeeds(needs: LoginNeeds): boolean {
  return needs.isHardwareKey || needs.maxAgeSeconds !== null;
}

function toSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}

/** The query parameters that say it; the strictest age of all that is missing. */
function parametersOf(missing: readonly Missing[]): string {
  let isHardwareKey = false;
  let source: KeySource = 'any';
  let maxAgeMs: number | null = null;
  let wishedAgeMs: number | null = null;
  for (const item of missing) {
    if (item.what === 'login') {
      wishedAgeMs = item.maxAgeMs ?? null;
      continue;
    }
    if (item.what === 'hardware_key') {
      isHardwareKey = true;
      source = item.source === 'any' ? source : item.source;
    }
    if (item.maxAgeMs !== null) maxAgeMs = Math.min(maxAgeMs ?? item.maxAgeMs, item.maxAgeMs);
  }
  return (
    (isHardwareKey ? '&step_up=hardware_key' : '') +
    (source === 'any' ? '' : `&key_source=${source}`) +
    (maxAgeMs === null ? '' : `&max_age=${toSeconds(maxAgeMs)}`) +
    (wishedAgeMs === null ? '' : `&wished_age=${toSeconds(wishedAgeMs)}`)
  );
}

/** What a step-up must bring, by the names of the query that {@link parseNeeds} reads. */
export function needsOf(missing: readonly Missing[]): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(parametersOf(missing)));
}

/** See {@link LoginUrl}. */
export const loginUrl: LoginUrl = (returnTo, missing) =>
  `/.bouncer/login?return_to=${encodeURIComponent(returnTo)}${parametersOf(missing)}`;

/** Adds to a query what {@link parseNeeds} reads. */
export function appendNeeds(query: URLSearchParams, needs: LoginNeeds): void {
  if (needs.isHardwareKey) query.set('step_up', 'hardware_key');
  if (needs.keySource !== 'any') query.set('key_source', needs.keySource);
  if (needs.maxAgeSeconds !== null) query.set('max_age', String(needs.maxAgeSeconds));
  if (needs.wishedAgeSeconds !== null) query.set('wished_age', String(needs.wishedAgeSeconds));
  if (needs.isOtherAccount) query.set('account', 'other');
  if (needs.isOtherKey) query.set('key', 'other');
}

function parseSeconds(text: string | undefined): number | null | 'wrong' {
  if (text === undefined) return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : 'wrong';
}

/** Reads `step_up`, `key_source`, `max_age`, `wished_age`, `account` and `key`; `null` when they make no sense. */
export function parseNeeds(query: ReadonlyMap<string, string>): LoginNeeds | null {
  const stepUp = query.get('step_up');
  const account = query.get('account');
  const key = query.get('key');
  const keySource = keySources.find((source) => source === (query.get('key_source') ?? 'any'));
  const maxAgeSeconds = parseSeconds(query.get('max_age'));
  const wishedAgeSeconds = parseSeconds(query.get('wished_age'));
  if (stepUp !== undefined && stepUp !== 'hardware_key') return null;
  if (account !== undefined && account !== 'other') return null;
  if (key !== undefined && key !== 'other') return null;
  if (keySource === undefined) return null;
  if (maxAgeSeconds === 'wrong' || wishedAgeSeconds === 'wrong') return null;
  return {
    isHardwareKey: stepUp !== undefined,
    keySource,
    maxAgeSeconds,
    wishedAgeSeconds,
    isOtherAccount: account !== undefined,
    isOtherKey: stepUp !== undefined && key !== undefined,
  };
}

/**
 * Whether an identity has what is needed, counted as policies count: without any tolerance, so that no login is sent round in
 * circles, and what has no time, or one from ahead of the clock, is not fresh.
 */
export function meetsNeeds(identity: Identity, needs: LoginNeeds, nowMs: number): boolean {
  if (needs.isOtherAccount || needs.isOtherKey) return false;
  if (!needs.isHardwareKey) return isFreshEnough(identity.authTimeMs, needs, nowMs);
  const { hardwareKey, ownKey } = identity;
  const isSaid = needs.keySource !== 'bouncer' && hardwareKey !== null;
  if (isSaid && isFreshEnough(hardwareKey.usedAtMs, needs, nowMs)) return true;
  if (needs.keySource === 'provider' || ownKey === undefined) return false;
  return isFreshEnough(ownKey.usedAtMs, needs, nowMs);
}

function isFreshEnough(atMs: number | null, { maxAgeSeconds }: LoginNeeds, nowMs: number): boolean {
  if (maxAgeSeconds === null) return true;
  return atMs !== null && atMs >= nowMs - maxAgeSeconds * 1000 && !isAhead(atMs, nowMs);
}
