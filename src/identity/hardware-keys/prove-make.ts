// What is known of the make of a key: whether an attestation proves it, and whether anything is known against it. Asked at the enrolment
// and again at every use, as metadata changes.
import { createHash, X509Certificate } from 'node:crypto';
import { findCertificatePath } from '../../settings/certificate-path.ts';
import type { KeyTrust } from '../../settings/key-trust.ts';

/** A FIDO U2F key says nothing of its make. */
const noMake = '00000000-0000-0000-0000-000000000000';

/** The extension of an attestation's certificate that names the make (W3C Web Authentication, section 8.2.1), as DER. */
const makeExtension = Buffer.from('060b2b0601040182e51c010104', 'hex');

/**
 * @param certificates of a checked attestation, the key's own first
 * @returns the SHA-256 of the root that proves the make, hex; `null`: nothing does
 */
export function rootOfMake(
  aaguid: string,
  certificates: readonly X509Certificate[],
  trust: KeyTrust | null,
  nowMs: number,
): string | null {
  const [leaf] = certificates;
  if (trust === null || leaf === undefined || aaguid === noMake) return null;
  const make = trust.metadata?.makes.find((each) => each.aaguid === aaguid);
  if (make !== undefined && !make.isHardware) return null;
  // A maker's root from the folder vouches for all its makes, so the certificate itself has to name this one.
  const ownRoots = namesMake(leaf, aaguid) ? trust.roots : [];
  const roots = [...(make?.roots ?? []), ...ownRoots].map((pem) => new X509Certificate(pem));
  const root = findCertificatePath(certificates, roots, nowMs);
  return root === null ? null : fingerprintOf(root);
}

/** Whether the certificate has the extension with this make in it: the object identifier, then an octet string within one. */
function namesMake({ raw }: X509Certificate, aaguid: string): boolean {
  const value = Buffer.concat([
    makeExtension,
    Buffer.from('04120410', 'hex'),
    Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
  ]);
  return raw.includes(value);
}

function fingerprintOf({ raw }: X509Certificate): string {
  return createHash('sha256').update(raw).digest('hex');
}

/** What a make that was proven once is worth now. */
export interface MakeNow {
  /** `null`: it is not proven, or what proved it is not trusted any more. */
  readonly aaguid: string | null;
  /** What is known against it; `null`: nothing. Counts for makes that nothing proves, too. */
  readonly badStatus: string | null;
  /** By the metadata. */
  readonly name: string | null;
}

/** @param attestedBy as {@link rootOfMake} found it at the enrolment */
export function makeNow(
  { aaguid, attestedBy }: { readonly aaguid: string; readonly attestedBy: string | null },
  trust: KeyTrust | null,
): MakeNow {
  const make = trust?.metadata?.makes.find((each) => each.aaguid === aaguid);
  const roots = [...(make?.roots ?? []), ...(trust?.roots ?? [])];
  const isTrusted =
    attestedBy !== null &&
    make?.isHardware !== false &&
    roots.some((pem) => fingerprintOf(new X509Certificate(pem)) === attestedBy);
  return {
    aaguid: isTrusted ? aaguid : null,
    badStatus: make?.badStatus ?? null,
    name: make?.name ?? null,
  };
}
