// Hosts as rules name them: exact ones, and `*.example.com`, which stands for exactly one label.

/**
 * The wildcard that stands for a host, `*.example.com` for `wiki.example.com`; `null` for a host of one label.
 *
 * @param host canonical
 */
function wildcardOf(host: string): string | null {
  const dot = host.indexOf('.');
  return dot < 1 ? null : `*${host.slice(dot)}`;
}

/** Whether a canonical host is one of these, exact or by a wildcard. */
export function isHostIn(hosts: readonly string[], host: string): boolean {
  if (hosts.includes(host)) return true;
  const wildcard = wildcardOf(host);
  return wildcard !== null && hosts.includes(wildcard);
}

/** A table of hosts with an owner each: exact ones come before wildcards. */
export interface HostTable<T> {
  set(host: string, owner: T): void;
  /**
   * Whose a host is, or `null`.
   *
   * @param host canonical
   */
  find(host: string): T | null;
  /** Whether exactly this host or wildcard was set. */
  has(host: string): boolean;
}

/**
 * Create a table of hosts. A look-up costs two of a map, however many hosts there are.
 *
 * @param exactOnly a host that no wildcard stands for, such as the one where people log in; `null`: none
 */
export function createHostTable<T>(exactOnly: string | null): HostTable<T> {
  const owners = new Map<string, T>();
  let hasWildcards = false;
  return {
    set(host, owner) {
      owners.set(host, owner);
      hasWildcards ||= host.startsWith('*');
    },
    find(host) {
      const owner = owners.get(host);
      if (owner !== undefined) return owner;
      if (!hasWildcards || host === exactOnly) return null;
      const wildcard = wildcardOf(host);
      return wildcard === null ? null : (owners.get(wildcard) ?? null);
    },
    has: (host) => owners.has(host),
  };
}
