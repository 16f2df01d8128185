// What a row in the table of events holds, and the fields that several events share.

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** What a field may hold, by the word that stands in the table. */
export interface Kinds {
  readonly text: string;
  readonly 'text or null': string | null;
  readonly number: number;
  readonly flag: boolean;
  readonly texts: readonly string[];
}

/** Field → kind; a name that ends in `?` may be absent. */
type FieldTable = Readonly<Record<string, keyof Kinds>>;

export interface EventRow {
  readonly level: Level;
  /** The level in place of `level` when this field is there (`name`) or has this value. */
  readonly unless?: { readonly field: string; readonly is?: unknown; readonly level: Level };
  readonly fields: FieldTable;
  /** What happened, for whoever reads the log. */
  readonly means: string;
  /** When to look at it, and what to do then; `null`: it is only to be known. */
  readonly hint: string | null;
}

export type EventRows = Readonly<Record<string, EventRow>>;

/** Who came by: of every event that belongs to one visit. */
export const visit = {
  request_id: 'text',
  host: 'text',
  ip: 'text or null',
  user_agent: 'text or null',
} as const;
export const person = { sub: 'text', email: 'text or null', session: 'text' } as const;
export const failure = { cause: 'text', 'hint?': 'text' } as const;
