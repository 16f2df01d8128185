// Whether certificates lead from a leaf to a root that is trusted (RFC 5280 section 6, the part that attestations need). Asks nobody
// whether one was revoked: what is known against a make stands in its metadata.
import type { X509Certificate } from 'node:crypto';

/** Longer chains are not made by anybody who makes keys. */
const longest = 8;

/**
 * @param chain the leaf first, then whatever stands between it and the root, in any order
 * @returns the root that it leads to; `null`: none of them, or a certificate on the way is out of its time or not an authority's
 */
export function findCertificatePath(
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  nowMs: number,
): X509Certificate | null {
  let [at] = chain;
  const left = chain.slice(1);
  for (let step = 0; at !== undefined && step <= longest; step++) {
    const here: X509Certificate = at;
    if (!isInTime(here, nowMs)) return null;
    const same = roots.find((root) => root.fingerprint256 === here.fingerprint256);
    if (same !== undefined) return same;
    const root = roots.find((each) => isIssuer(each, here));
    if (root !== undefined) return isInTime(root, nowMs) ? root : null;
    const next = left.findIndex((each) => isIssuer(each, here));
    at = next < 0 ? undefined : left.splice(next, 1)[0];
  }
  return null;
}

function isIssuer(authority: X509Certificate, of: X509Certificate): boolean {
  return authority.ca && of.checkIssued(authority) && of.verify(authority.publicKey);
}

function isInTime({ validFrom, validTo }: X509Certificate, nowMs: number): boolean {
  return Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo);
}
