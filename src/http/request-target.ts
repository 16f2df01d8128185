// The branded forms of a request's host and path. Only canonical-host.ts and canonical-path.ts may make them.

declare const canonicalHost: unique symbol;
declare const canonicalPath: unique symbol;

/** A host name in lower case without port and without trailing dot, or an IP literal in URL form. */
export type CanonicalHost = string & { readonly [canonicalHost]: true };

/** A path that begins with `/`, was read exactly once, and is the same for match, decision, log and forwarding. */
export type CanonicalPath = string & { readonly [canonicalPath]: true };

/** What is unclear about a path: it is not UTF-8 or wrongly encoded, or it has encoded control characters. */
export type UnclearPath = 'path-encoding' | 'path-control';

/** The request target, split. `query` is as sent, with its `?`, or `''`. */
export interface RequestTarget {
  readonly path: CanonicalPath;
  readonly query: string;
  /**
   * Other paths that a lenient reader (decoding, merging slashes, removing dot segments or `;parameters`, folding case …)
   * could take this one for. Empty for ordinary paths. All of them must fall into the area of `path`, else the request is refused.
   */
  readonly readings: readonly string[];
  /** Why the path has no one spelling: only an application whose rules say `path_spelling: opaque` takes it. Absent on other paths. */
  readonly unclear?: UnclearPath;
}
