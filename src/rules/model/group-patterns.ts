// Which groups a provider's `groups.only` lets count.

/** @param patterns whole names; a `*` at the end stands for anything */
export function isNamedBy(patterns: readonly string[], group: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? group.startsWith(pattern.slice(0, -1)) : group === pattern,
  );
}
