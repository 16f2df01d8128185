// A ceremony with a hardware key that a page has begun: sealed into the page's form, bound to the login that it was begun in, good for
// one answer within two minutes, at any of the processes that share a store.
import { isAhead } from '../../rules/model/time-ahead.ts';
import { isRecord } from '../../source/is-record.ts';
import { ceremonyTimeMs } from '../hardware-keys/ceremony-options.ts';
import { createId, createToken } from '../opaque-token.ts';
import type { LoginContext } from './login-context.ts';
import { type LoginRequest, parseLoginRequest } from './login-records.ts';

/** What happens with the key, and where it leads. */
export interface KeyWish {
  readonly does: 'use' | 'enrol';
  /** The login that is stepped up; `null`: the page of keys. */
  readonly request: LoginRequest | null;
  /** Where the page of keys goes on after a use: to the enrolment of another key. */
  readonly isForAnother: boolean;
  /** The sealed invitation that lets a first key in; `null`: none. */
  readonly invitation: string | null;
}

export interface KeyCeremony extends KeyWish {
  readonly id: string;
  /** base64url of 32 random bytes. */
  readonly challenge: string;
  readonly loginId: string;
  readonly expiresAtMs: number;
}

/** @returns the ceremony, and its text for the form */
export function beginCeremony(
  { sealer }: LoginContext,
  wish: KeyWish,
  loginId: string,
  nowMs: number,
): { readonly ceremony: KeyCeremony; readonly sealed: string } {
  const ceremony: KeyCeremony = {
    ...wish,
    id: createId(),
    challenge: createToken(),
    loginId,
    expiresAtMs: nowMs + ceremonyTimeMs,
  };
  return { ceremony, sealed: sealer.seal('hardware-key-ceremony', ceremony) };
}

/** @returns `null` for what was not sealed here; its time and whose it is are the caller's to judge */
export function openCeremony({ sealer }: LoginContext, text: string): KeyCeremony | null {
  const value = sealer.open('hardware-key-ceremony', text);
  if (!isRecord(value)) return null;
  const { does, isForAnother, invitation, id, challenge, loginId, expiresAtMs } = value;
  const request = value['request'] === null ? null : parseLoginRequest(value['request']);
  if (does !== 'use' && does !== 'enrol') return null;
  if (value['request'] !== null && request === null) return null;
  return typeof isForAnother === 'boolean' &&
    (invitation === null || typeof invitation === 'string') &&
    typeof id === 'string' &&
    typeof challenge === 'string' &&
    typeof loginId === 'string' &&
    typeof expiresAtMs === 'number'
    ? { does, request, isForAnother, invitation, id, challenge, loginId, expiresAtMs }
    : null;
}

/** Whether its two minutes are over; one that has more was begun by a clock that ran ahead. */
export function isCeremonyOver({ expiresAtMs }: KeyCeremony, nowMs: number): boolean {
  return expiresAtMs <= nowMs || isAhead(expiresAtMs - ceremonyTimeMs, nowMs);
}
