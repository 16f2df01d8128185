// The fields of a request head with what was worked out from them and from nothing that changes between two requests: for the next request
// on the same connection that says exactly the same. Each result stands beside everything else that it was made from, and counts only
// while that is the same too. Nothing of a session, a decision or a time is in here.
import type { FieldLimits } from './gate-fields.ts';
import type { HeadFields } from './head-fields.ts';
import type { ClientFields } from './request-headers.ts';

export interface KnownHead extends KnownText {
  /** Name, value, name, value …: a copy, which nobody else can change. */
  readonly rawHeaders: readonly string[];
  /** As Node merges them, by their lower-case names; for `req.headers`, which each request has a copy of. */
  merged: Readonly<Record<string, string>> | null;
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
    merged: null,
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

const kept = Symbol('kept heads');
const mark = Symbol('known head');

interface Keeping {
  [kept]?: readonly KnownHead[];
}

interface Marked {
  [mark]?: { readonly known: KnownHead; readonly rawHeaders: readonly string[] };
}

const none: readonly KnownHead[] = Object.freeze([]);

/** The heads that are kept of a connection, the one that was kept last first. */
export function keptHeads(connection: object): readonly KnownHead[] {
  return (connection as Keeping)[kept] ?? none;
}

/** Keep these heads of a connection in place of those before. Bounds are the caller's. */
export function setKeptHeads(connection: object, heads: readonly KnownHead[]): void {
  if (heads.length === 0) delete (connection as Keeping)[kept];
  else (connection as Keeping)[kept] = heads;
}

/** The head that is kept of the connection and has exactly these fields. */
export function knownHead(connection: object, rawHeaders: readonly string[]): KnownHead | null {
  const heads = keptHeads(connection);
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i] as KnownHead;
    if (!isSameFields(head.rawHeaders, rawHeaders)) continue;
    head.isRepeated = true;
    return head;
  }
  return null;
}

/** Note on a request that its fields, as they are, are those of this head. */
export function markKnown(request: { readonly rawHeaders: readonly string[] }, known: KnownHead): void {
  (request as Marked)[mark] = { known, rawHeaders: request.rawHeaders };
}

/** What {@link markKnown} noted; `null` where it noted nothing, or of another list of fields. */
export function markedHead(request: { readonly rawHeaders: readonly string[] }): KnownHead | null {
  const noted = (request as Marked)[mark];
  return noted !== undefined && noted.rawHeaders === request.rawHeaders ? noted.known : null;
}
