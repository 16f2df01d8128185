// The certificates of a PEM text, and whether they can be used.
import { X509Certificate } from 'node:crypto';

const blocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** @param text PEM; what stands between the certificates is not looked at @returns one text each; `null`: none, or one that is damaged */
export function certificateBlocks(text: string): string[] | null {
  const found = text.match(blocks) ?? [];
  try {
    for (const block of found) new X509Certificate(block);
    return found.length > 0 ? [...found] : null;
  } catch {
    return null;
  }
}
