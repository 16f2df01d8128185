// Whether a text holds certificates that can be used.
import { X509Certificate } from 'node:crypto';

const blocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** @param text PEM; what stands between the certificates is not looked at */
export function isCertificates(text: string): boolean {
  const found = text.match(blocks) ?? [];
  try {
    for (const block of found) new X509Certificate(block);
    return found.length > 0;
  } catch {
    return false;
  }
}
