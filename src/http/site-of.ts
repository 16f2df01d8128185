// Which hosts browsers count as one site: those with one registrable domain, by the public suffix list. What is on another host of the
// same site can set cookies for it, and is asked with them. Pure.
import { createRequire } from 'node:module';

type PublicSuffixes = typeof import('tldts');

let known: PublicSuffixes | null = null;

/** Loaded with the first question: the list is a megabyte of a process, and only where people share is it asked. */
function publicSuffixes(): PublicSuffixes {
  known ??= createRequire(import.meta.url)('tldts') as PublicSuffixes;
  return known;
}

/** The registrable domain of a host, or the host itself where it has none: an address, a public suffix, a single label. */
export function siteOf(host: string): string {
  return publicSuffixes().getDomain(host, { allowPrivateDomains: true }) ?? host;
}

/**
 * Whether a host is of the same site as what lies below a domain, or lies there itself.
 *
 * @param host canonical, or a wildcard such as `*.example.com`
 * @param domain lower case
 */
export function isOnSiteOf(host: string, domain: string): boolean {
  const name = host.startsWith('*.') ? `any.${host.slice(2)}` : host;
  return name === domain || name.endsWith(`.${domain}`) || siteOf(name) === siteOf(`any.${domain}`);
}
