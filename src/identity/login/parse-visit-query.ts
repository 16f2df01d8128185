// Reads the query of a visit to one of bouncer's own endpoints: every name once, or nothing at all (HTTP parameter pollution).

const maxLength = 32 * 1024;

/**
 * @param query as sent, with its `?`, or `''`
 * @returns `null` when it is overlong or a name stands in it twice, `name[]` and `name[0]` counting as `name`
 */
export function parseVisitQuery(query: string): ReadonlyMap<string, string> | null {
  if (query.length > maxLength) return null;
  const found = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const plain = name.replace(/\[.*$/s, '');
    if (seen.has(plain)) return null;
    seen.add(plain);
    if (plain !== name) return null;
    found.set(name, value);
  }
  return found;
}
