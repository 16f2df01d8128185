// SQL that both stores share writes its values as SQLite does.

/** `?1` as PostgreSQL writes it: `$1`. The text must have no other question mark. */
export function numberedValues(sql: string): string {
  return sql.replaceAll('?', '$');
}
