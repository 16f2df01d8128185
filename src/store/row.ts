// One row as a database gives it, and what of its values both stores read alike.

export type Row = Readonly<Record<string, unknown>>;

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
