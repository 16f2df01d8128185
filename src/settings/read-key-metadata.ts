// Reads a metadata file once for all reloads that find it unchanged: it has nine megabytes, and reloads are about other things.
import type { X509Certificate } from 'node:crypto';
import { type KeyMetadata, parseKeyMetadata } from './key-metadata.ts';
import type { KeyTrustSources } from './resolve-references.ts';

interface Kept {
  readonly identity: string;
  readonly metadata: KeyMetadata;
}

/** There is one such file. What could not be believed is not kept. */
let kept: Kept | null = null;

/**
 * @param file absolute @param roots what its signature may lead to
 * @returns as {@link parseKeyMetadata}
 * @throws whatever reading throws
 */
export function readKeyMetadata(
  file: string,
  roots: readonly X509Certificate[],
  { identify, readFile, nowMs }: KeyTrustSources,
): KeyMetadata | { readonly fault: string } {
  const identityNow = (): string =>
    [file, identify(file), ...roots.map(({ fingerprint256 }) => fingerprint256)].join(' ');
  const identity = identityNow();
  if (kept?.identity === identity) return kept.metadata;
  const parsed = parseKeyMetadata(readFile(file), roots, nowMs);
  // One that was replaced while it was read may be either.
  if (!('fault' in parsed) && identity === identityNow()) kept = { identity, metadata: parsed };
  return parsed;
}
