// The sealed records that a browser carries through a login, and their strict reading. Each is bound to one purpose.

import { keySources } from '../../rules/model/key-source.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import { isRecord } from '../../source/is-record.ts';
import type { AccountPrompt } from '../identity-provider.ts';
import type { Sealer } from '../sealer.ts';
import { loginTimeMs } from './login-cookies.ts';
import type { LoginNeeds } from './login-needs.ts';

/** Where a login ends: handed to an application's host, or on `auth_url` itself (`host` null). */
export type LoginEnd =
  | {
      readonly host: string;
      /** The login in progress on the application's host, and the SHA-256 of what its cookie holds. */
      readonly id: string;
      readonly bindingHash: string;
      /** For a way on when the login fails; `null` when it is too long to carry. Checked before it was sealed. */
      readonly returnTo: string | null;
    }
  | {
      readonly host: null;
      readonly returnTo: string;
      /** It makes no session of the browser but a token for one program; absent: a session. */
      readonly personal?: PersonalOrder;
    };

/** A personal token that somebody asked for. */
export interface PersonalOrder {
  readonly name: string;
  /** The names of the applications that it is for. */
  readonly applications: readonly string[];
  readonly lifetimeMs: number;
  /** The session of who asked. */
  readonly loginId: string;
}

/** What an application's host asks of `auth_url`. */
export interface LoginRequest {
  readonly end: LoginEnd;
  readonly needs: LoginNeeds;
  readonly expiresAtMs: number;
}

/** What travels through the provider as `state`. */
export interface LoginState extends LoginRequest {
  readonly id: string;
  readonly bindingHash: string;
  readonly providerId: string;
  /** Of its settings when the person was sent there: an answer under other settings is not taken. */
  readonly providerDigest: string;
  /** How another account was asked for; `null` when it was not. */
  readonly accountPrompt: AccountPrompt | null;
}

/** What stays in the cookie while the person is at the provider. */
export interface ProviderLoginSecrets {
  readonly binding: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Where a login on `auth_url` itself ends, when that is too long to travel; else `null`. */
  readonly returnTo: string | null;
}

/** The longest return address that travels inside the request. */
const maxCarriedReturnTo = 1024;

export function carriedReturnTo(returnTo: string): string | null {
  return returnTo.length <= maxCarriedReturnTo ? returnTo : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isSeconds(value: unknown): value is number | null {
  return value === null || typeof value === 'number';
}

function parseEnd(value: unknown): LoginEnd | null {
  if (!isRecord(value)) return null;
  const { host, id, bindingHash, returnTo } = value;
  if (host === null) {
    if (!isText(returnTo)) return null;
    const { personal } = value;
    if (personal === undefined) return { host, returnTo };
    const order = parseOrder(personal);
    return order === null ? null : { host, returnTo, personal: order };
  }
  if (!isText(host) || !isText(id) || !isText(bindingHash) || !(returnTo === null || isText(returnTo)))
    return null;
  return { host, id, bindingHash, returnTo };
}

function parseOrder(value: unknown): PersonalOrder | null {
  if (!isRecord(value)) return null;
  const { name, applications, lifetimeMs, loginId } = value;
  return isText(name) &&
    Array.isArray(applications) &&
    applications.every(isText) &&
    typeof lifetimeMs === 'number' &&
    isText(loginId)
    ? { name, applications, lifetimeMs, loginId }
    : null;
}

/** @param value what was opened of a seal; unverified in shape */
export function parseLoginRequest(value: unknown): LoginRequest | null {
  if (!isRecord(value) || !isRecord(value['needs'])) return null;
  const end = parseEnd(value['end']);
  const {
    isHardwareKey,
    keySource: source,
    maxAgeSeconds,
    wishedAgeSeconds,
    isOtherAccount,
    isOtherKey,
  } = value['needs'];
  const keySource = keySources.find((each) => each === source) ?? 'any';
  const expiresAtMs = value['expiresAtMs'];
  if (end === null || typeof expiresAtMs !== 'number' || typeof isHardwareKey !== 'boolean') return null;
  if (typeof isOtherAccount !== 'boolean') return null;
  if (!isSeconds(maxAgeSeconds) || !isSeconds(wishedAgeSeconds)) return null;
  const needs = {
    ...{ isHardwareKey, keySource, maxAgeSeconds, wishedAgeSeconds, isOtherAccount },
    isOtherKey: isOtherKey === true,
  };
  return { end, needs, expiresAtMs };
}

/** Whether a login in progress has had its time; one that seems to have more than any is given was begun by a clock that ran ahead. */
export function isOver({ expiresAtMs }: LoginRequest, nowMs: number): boolean {
  return expiresAtMs <= nowMs || isAhead(expiresAtMs - loginTimeMs, nowMs);
}

export function sealRequest(
  sealer: Sealer,
  request: Omit<LoginRequest, 'expiresAtMs'>,
  nowMs: number,
): string {
  return sealer.seal('login-request', { ...request, expiresAtMs: nowMs + loginTimeMs });
}

/** @returns `null` for what was not sealed here; an expired one is returned, its time is the caller's to judge */
export function openRequest(sealer: Sealer, text: string): LoginRequest | null {
  return parseLoginRequest(sealer.open('login-request', text));
}

export function sealState(sealer: Sealer, state: Omit<LoginState, 'expiresAtMs'>, nowMs: number): string {
  return sealer.seal('login-state', { ...state, expiresAtMs: nowMs + loginTimeMs });
}

/** @returns `null` for what was not sealed here; an expired one is returned, its time is the caller's to judge */
export function openState(sealer: Sealer, text: string): LoginState | null {
  const value = sealer.open('login-state', text);
  const request = parseLoginRequest(value);
  if (request === null || !isRecord(value)) return null;
  const { id, bindingHash, providerId, providerDigest } = value;
  const asked = value['accountPrompt'];
  const accountPrompt = asked === 'select_account' || asked === 'login' ? asked : null;
  return isText(id) && isText(bindingHash) && isText(providerId) && isText(providerDigest)
    ? { ...request, id, bindingHash, providerId, providerDigest, accountPrompt }
    : null;
}

export function checkProviderSecrets(record: Readonly<Record<string, unknown>>): ProviderLoginSecrets | null {
  const { binding, nonce, codeVerifier, returnTo } = record;
  return isText(binding) && isText(nonce) && isText(codeVerifier)
    ? { binding, nonce, codeVerifier, returnTo: isText(returnTo) ? returnTo : null }
    : null;
}

/** What an application's host remembers of a login in progress. */
export function checkApplicationLogin(
  record: Readonly<Record<string, unknown>>,
): { readonly binding: string; readonly returnTo: string; readonly host: string } | null {
  const { binding, returnTo, host } = record;
  return isText(binding) && isText(returnTo) && isText(host) ? { binding, returnTo, host } : null;
}
