// What a look at the outside found: a provider, an upstream, a certificate, the store. No line of a file shows it. Pure data.

/** One thing that somebody should know. */
export interface Finding {
  /** `error`: it does not work as the settings say. `warning`: it will not, or not for everybody. `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  /** A fixed id in kebab-case, such as `clock-differs`; stable across releases. */
  readonly code: string;
  /** What was seen and what is wanted: lower case, no full stop. */
  readonly cause: string;
  readonly hint?: string;
}

/** What was looked at, and what came of it. */
export interface Look {
  /** Such as ``identity provider `google` ``. */
  readonly about: string;
  /** What is good about it, in a few words; `null`: nothing, as it did not answer. */
  readonly seen: string | null;
  readonly findings: readonly Finding[];
}

/** Something that did not answer at all. @param failure what a failure says of itself */
export function deadLook(
  about: string,
  code: string,
  failure: { readonly cause: string; readonly hint?: string },
): Look {
  return { about, seen: null, findings: [{ severity: 'error', code, ...failure }] };
}
