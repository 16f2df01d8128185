// What is wrong in a file that people wrote, and where. Pure data: printing it is render-problems.ts's work.

/** A place in a source text. `line` and `column` count from 1; `endColumn` is exclusive, on the same line. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** One fault or warning at one place. */
export interface Problem extends Position {
  readonly severity: 'error' | 'warning';
  /** A fixed id in kebab-case, such as `unknown-key`; stable across releases. */
  readonly code: string;
  /** Lower case, no full stop, user input in backticks and cut to length. */
  readonly reason: string;
  /** The way out, when there is one worth saying. */
  readonly hint?: string;
}

/** A value, or every problem that stood in the way of one. Warnings may come with a value. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };
