// The fields of a request head with what was worked out from them and from nothing that changes between two requests: for the next request
// on the same connection that says exactly the same. Each result stands beside everything else that it was made from, and counts only
// while that is the same too. Nothing of a session, a decision or a time is in here.
import type { FieldLimits } from './gate-fields.ts';
import type { HeadFields } from './head-fields.ts';
import type { ClientFields } from './request-headers.ts';

export interface KnownHead extends KnownText {
  /** Name, value, name, value …: a copy, which nobody else can change. */
  readonly rawHeaders: readonly string[];
  /** By the gate. */
  gate: { readonly limits: FieldLimits; readonly head: HeadFields } | null;
  /** By whoever looks sessions up. */
  token: KnownToken | null;
  /** What of them goes on to the application. */
  forwarded: ClientFields | null;
}

/** The part of it that whoever speaks to applications sees. */
export interface KnownText {
  /** The fields came more than once: what is kept of them will be used. */
  isRepeated: boolean;
  /** How what goes on of them was written for the application, with bouncer's own fields. */
  text: WrittenFields | null;
}

/** The session token in the cookies of a request, by its hash. */
export interface KnownToken {
  /** All `Cookie` fields joined. */
  readonly cookie: string | undefined;
  /** The cookie that it was looked for in. */
  readonly name: string;
  /** `null`: there is none that could be one. */
  readonly hash: string | null;
}

/** Field lines of a request to an application, in two parts: its number, which is always another one, stands between them. */
export interface WrittenFields {
  /** What they were made from: name, value, name, value … */
  readonly headers: readonly string[];
  /** The index of the number among them: the one text that may differ. */
  readonly numberAt: number;
  readonly before: string;
  readonly after: string;
  /** The value of `Content-Length`; `null`: there is none. */
  readonly length: string | null;
}

/** Begin with the fields alone. */
export function createKnownHead(rawHeaders: readonly string[]): KnownHead {
  return {
    rawHeaders: rawHeaders.slice(),
    isRepeated: false,
    gate: null,
    token: null,
    forwarded: null,
    text: null,
  };
}

/** Whether two lists of fields are the same: every name and value, in case and order. */
export function isSameFields(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
