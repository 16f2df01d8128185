// The table of attacks: what each tries, what must not come of it, and who plays it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'control';

/** A request that is sent verbatim: fields in this order, one byte a character up to U+00FF. */
export interface HttpRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A test of the project that shows the case. */
export interface TestMapping {
  readonly file: string;
  readonly title: string;
}

export interface AttackCase {
  readonly id: string;
  readonly area: string;
  readonly severity: Severity;
  readonly kind: string;
  readonly identity: string;
  readonly description: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly expected: {
    readonly outcome: string;
    readonly status?: readonly number[];
    readonly upstream?: string;
    readonly assert?: string;
  };
  readonly refs?: unknown;
  /** A login of its own, because the case ends it. */
  readonly isFreshLogin?: true;
  /** Shown by these tests, which run in the same check. */
  readonly tests?: readonly TestMapping[];
  /** Cannot be played yet, or does not apply: why. */
  readonly verdict?: 'waits' | 'not-applicable';
  readonly reason?: string;
  /** What a reader should know about how the case is judged here. */
  readonly note?: string;
}

/** Read the table. @throws Error when two cases share an id */
export function readCases(): readonly AttackCase[] {
  const cases = readFileSync(join(import.meta.dirname, 'cases.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AttackCase);
  const ids = new Set(cases.map(({ id }) => id));
  if (ids.size !== cases.length) throw new Error('two cases share an id');
  return cases;
}
