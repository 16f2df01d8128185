// A look at the certificate that bouncer shows: can it be used, for how long, and for which of the hosts that people open?
import { X509Certificate } from 'node:crypto';
import type { Settings } from '../settings/settings.ts';
import { deadLook, type Finding, type Look } from '../source/finding.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import { readCertificate } from './certificate.ts';

const dayMs = 24 * 60 * 60_000;
/** With so little left it is said; for short ones a third of their life. Milliseconds. */
const soonMs = 14 * dayMs;

/** @param hosts that people open; `*.example.com` for a wildcard @param nowMs since the epoch */
export function lookAtCertificate(
  tls: NonNullable<Settings['tls']>,
  hosts: readonly string[],
  nowMs: number,
): Look {
  const about = `certificate \`${tls.certFile}\``;
  try {
    const { cert } = readCertificate(tls);
    const leaf = new X509Certificate(cert);
    const findings = [...lookAtTime(leaf, nowMs), ...lookAtNames(leaf, hosts), ...lookAtChain(leaf, cert)];
    return { about, seen: `valid until ${leaf.validTo}`, findings };
  } catch (error) {
    return deadLook(about, 'certificate-unusable', causeOf(error));
  }
}

function lookAtTime(leaf: X509Certificate, nowMs: number): readonly Finding[] {
  const from = Date.parse(leaf.validFrom);
  const to = Date.parse(leaf.validTo);
  if (from > nowMs)
    return [
      {
        severity: 'error',
        code: 'certificate-early',
        cause: `it is not valid before ${leaf.validFrom}`,
        hint: 'is this machine’s clock right?',
      },
    ];
  const leftMs = to - nowMs;
  if (leftMs >= Math.min(soonMs, (to - from) / 3)) return [];
  return [
    {
      severity: 'warning',
      code: 'certificate-ends-soon',
      cause: `it ends in ${Math.max(0, Math.floor(leftMs / dayMs))} days`,
      hint: 'renew it; the files are read again when they change',
    },
  ];
}

/** @returns whether the certificate is for the host, as browsers see it */
function isFor(leaf: X509Certificate, host: string): boolean {
  return leaf.checkHost(host.replace(/^\*\./, 'any.')) !== undefined;
}

function lookAtNames(leaf: X509Certificate, hosts: readonly string[]): readonly Finding[] {
  const missing = hosts.filter((host) => !isFor(leaf, host));
  if (missing.length === 0) return [];
  const shown = missing.slice(0, 5).map((host) => `\`${host}\``);
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  return [
    {
      severity: 'error',
      code: 'certificate-names',
      cause: `it is not for ${shown.join(', ')}${more}: browsers refuse it there`,
      hint: 'get one that has these names too, or a wildcard',
    },
  ];
}

/** @param chain the file: the leaf, and what it has beside it */
function lookAtChain(leaf: X509Certificate, chain: Buffer): readonly Finding[] {
  const isAlone = chain.toString('latin1').split('-----BEGIN CERTIFICATE-----').length <= 2;
  if (!isAlone || leaf.issuer === leaf.subject) return [];
  return [
    {
      severity: 'note',
      code: 'certificate-alone',
      cause: 'the file has one certificate and none of the authority between it and the root',
      hint: 'with a public authority take the file that has both, such as `fullchain.pem`: some clients refuse it otherwise',
    },
  ];
}
