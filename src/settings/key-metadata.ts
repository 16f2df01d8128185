// A FIDO metadata file (FIDO Metadata Service 3, section 3.1.7) → the makes of keys that it vouches for. The file is a signed JWT:
// nothing of it is looked at before its signature leads to a known root. Opens nothing and asks nobody; whether it is still fresh is
// the caller's to say.
import { verify, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { isRecord } from '../source/is-record.ts';
import { findCertificatePath } from './certificate-path.ts';

/** A make of keys, as its maker and the FIDO Alliance describe it. */
export interface KeyMake {
  /** Lower case. */
  readonly aaguid: string;
  /** Such as `YubiKey 5 Series with NFC`. */
  readonly name: string;
  /** The certificates that its attestations may lead to, PEM. */
  readonly roots: readonly string[];
  /** Keeps its keys in a secure element or a trusted execution environment, and proves its make by more than itself. */
  readonly isHardware: boolean;
  /** Why nobody should trust it any more, in the metadata's word, such as `REVOKED`; `null`: nothing is known against it. */
  readonly badStatus: string | null;
}

export interface KeyMetadata {
  /** Counts up with every issue. */
  readonly number: number;
  /** When a newer one is due, milliseconds since the epoch: after that, what is known against a make may be missing. */
  readonly nextUpdateMs: number;
  /** When the certificate that it is signed with ends, or another on its way to the root; milliseconds since the epoch. */
  readonly signerEndsMs: number;
  readonly makes: readonly KeyMake[];
}

/** What the FIDO Alliance's files lead to, by SHA-256: GlobalSign Root R46 and GlobalSign Root CA - R3. */
const knownRoots = new Set([
  '4F:A3:12:6D:8D:3A:11:D1:C4:85:5A:4F:80:7C:BA:D6:CF:91:9D:3A:5A:88:B0:3B:EA:2C:63:72:D9:3C:40:C9',
  'CB:B5:22:D7:B7:F1:27:AD:6A:01:13:86:5B:DF:1C:D4:10:2E:7D:07:59:AF:63:5A:7C:F4:72:0D:C9:63:C5:3B',
]);

/** Statuses after which a make is not trusted (FIDO Metadata Service 3, section 3.1.4). */
const badStatuses: ReadonlySet<string> = new Set([
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
]);

/** How the signature is made (RFC 7518 section 3.1). */
const algorithms: Readonly<Record<string, { readonly hash: string; readonly isEcdsa: boolean }>> = {
  RS256: { hash: 'sha256', isEcdsa: false },
  RS384: { hash: 'sha384', isEcdsa: false },
  RS512: { hash: 'sha512', isEcdsa: false },
  ES256: { hash: 'sha256', isEcdsa: true },
  ES384: { hash: 'sha384', isEcdsa: true },
  ES512: { hash: 'sha512', isEcdsa: true },
};

/** The roots of the FIDO Alliance that this Node knows. */
export function fidoRoots(): readonly X509Certificate[] {
  return rootCertificates
    .map((pem) => new X509Certificate(pem))
    .filter(({ fingerprint256 }) => knownRoots.has(fingerprint256));
}

/**
 * @param text the file as the FIDO Alliance publishes it
 * @param roots what its signature may lead to
 * @returns what is wrong, in words, where it is not a file that can be believed
 */
export function parseKeyMetadata(
  text: string,
  roots: readonly X509Certificate[],
  nowMs: number,
): KeyMetadata | { readonly fault: string } {
  const parts = text.trim().split('.');
  const [head, body, signature] = parts;
  if (parts.length !== 3 || head === undefined || body === undefined || signature === undefined)
    return { fault: 'it is not a signed metadata file' };
  const header = parseJson(head);
  const chain = isRecord(header) ? parseChain(header['x5c']) : null;
  if (!isRecord(header) || chain === null) return { fault: 'its signature names no certificate' };
  const algorithm = typeof header['alg'] === 'string' ? algorithms[header['alg']] : undefined;
  const [leaf] = chain;
  if (algorithm === undefined || leaf === undefined)
    return { fault: 'it is signed in a way that is not accepted' };
  // A signature is as good as it was made. Nobody knows when that was, so that an old one is judged by the last moment at which its
  // certificates were good: a start that nobody prepared must not fail for a download that was forgotten.
  const signerEndsMs = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
  if (findCertificatePath(chain, roots, Math.min(nowMs, signerEndsMs)) === null)
    return { fault: 'its signature does not lead to a root that is trusted' };
  const isSigned = verify(
    algorithm.hash,
    Buffer.from(`${head}.${body}`),
    algorithm.isEcdsa ? { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' } : leaf.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return { fault: 'its signature is wrong' };
  const payload = parsePayload(parseJson(body));
  return payload === null ? { fault: 'it has another form than is known' } : { ...payload, signerEndsMs };
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function parseChain(value: unknown): readonly X509Certificate[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > 8) return null;
  try {
    return value.map((each) => new X509Certificate(Buffer.from(String(each), 'base64')));
  } catch {
    return null;
  }
}

function parsePayload(payload: unknown): Omit<KeyMetadata, 'signerEndsMs'> | null {
  if (!isRecord(payload) || !Array.isArray(payload['entries'])) return null;
  const { no, nextUpdate } = payload;
  const nextUpdateMs = typeof nextUpdate === 'string' ? Date.parse(nextUpdate) : Number.NaN;
  if (typeof no !== 'number' || Number.isNaN(nextUpdateMs)) return null;
  return { number: no, nextUpdateMs, makes: payload['entries'].flatMap(parseMake) };
}

/** Entries without an AAGUID are of keys for other protocols. */
function parseMake(entry: unknown): KeyMake[] {
  if (!isRecord(entry) || typeof entry['aaguid'] !== 'string') return [];
  const statement = entry['metadataStatement'];
  if (!isRecord(statement)) return [];
  const texts = (name: string): string[] => {
    const value = statement[name];
    return Array.isArray(value) ? value.map(String) : [];
  };
  const reports = Array.isArray(entry['statusReports']) ? entry['statusReports'] : [];
  const statuses = reports.map((report) => (isRecord(report) ? String(report['status']) : ''));
  const protection = texts('keyProtection');
  const isProven = texts('attestationTypes').some((type) => type === 'basic_full' || type === 'attca');
  const isProtected =
    protection.includes('hardware') && (protection.includes('secure_element') || protection.includes('tee'));
  return [
    {
      aaguid: entry['aaguid'].toLowerCase(),
      name: String(statement['description'] ?? entry['aaguid']),
      roots: texts('attestationRootCertificates').map(toPem),
      isHardware: isProven && isProtected,
      badStatus: statuses.find((status) => badStatuses.has(status)) ?? null,
    },
  ];
}

function toPem(base64: string): string {
  const body = base64.replace(/\s/g, '');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}
