// What proves the make of a hardware key: a folder of certificates and a metadata file, as settings name them. Read with the settings,
// so that what is wrong with them is told with all else.
import { X509Certificate } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Problem } from '../source/problem.ts';
import { type Complaint, problemAt, type SourcePath } from '../source/problem-at.ts';
import { quote } from '../source/quote.ts';
import type { SourceDocument } from '../source/yaml-document.ts';
import { certificateBlocks } from './certificate-blocks.ts';
import { fidoRoots, type KeyMetadata } from './key-metadata.ts';
import { readKeyMetadata } from './read-key-metadata.ts';
import { explainUnreadable, type KeyTrustSources } from './resolve-references.ts';

export interface KeyTrust {
  /** PEM, one certificate each. */
  readonly roots: readonly string[];
  readonly metadata: KeyMetadata | null;
}

export interface FoundKeyTrust {
  /** `null`: settings name nothing, or what they name cannot be used. */
  readonly trust: KeyTrust | null;
  /** What was read, absolute. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** Values of the document may still be of wrong types. */
export function findKeyTrust(
  document: SourceDocument,
  baseDir: string,
  sources: KeyTrustSources,
): FoundKeyTrust {
  const found = new Reading(document, baseDir, sources);
  const roots = found.roots(['hardware_keys', 'attestation_roots']);
  const metadata = found.metadata(['hardware_keys', 'attestation_metadata']);
  const isNamed = roots.length > 0 || metadata !== null;
  return {
    trust: isNamed ? { roots, metadata } : null,
    files: found.files,
    problems: found.problems,
  };
}

class Reading {
  readonly files: string[] = [];
  readonly problems: Problem[] = [];
  readonly #document: SourceDocument;
  readonly #baseDir: string;
  readonly #sources: KeyTrustSources;

  constructor(document: SourceDocument, baseDir: string, sources: KeyTrustSources) {
    this.#document = document;
    this.#baseDir = baseDir;
    this.#sources = sources;
  }

  roots(at: SourcePath): readonly string[] {
    const folder = this.#path(at);
    if (folder === null) return [];
    return this.#reading(at, folder, () => {
      const names = this.#sources.readFolder(folder).filter((name) => /\.(pem|crt|cer)$/i.test(name));
      const found = [...names].sort().flatMap((name) => this.#certificates(at, join(folder, name)));
      if (names.length === 0)
        this.#tell(at, { code: 'no-certificates', reason: 'the folder has no file that ends in `.pem`' });
      return found;
    });
  }

  metadata(at: SourcePath): KeyMetadata | null {
    const file = this.#path([...at, 'file']);
    if (file === null) return null;
    const rootFile = this.#path([...at, 'root_file']);
    const roots =
      rootFile === null
        ? fidoRoots()
        : this.#certificates([...at, 'root_file'], rootFile).map((pem) => new X509Certificate(pem));
    const [metadata] = this.#reading([...at, 'file'], file, () => {
      this.files.push(file);
      const parsed = readKeyMetadata(file, roots, this.#sources);
      if (!('fault' in parsed)) return [parsed];
      const hint = 'take it as the FIDO Alliance publishes it; is it whole?';
      this.#tell([...at, 'file'], {
        code: 'bad-metadata',
        reason: `the metadata cannot be used: ${parsed.fault}`,
        hint,
      });
      return [];
    });
    if (metadata !== undefined) this.#tellOfAge([...at, 'file'], metadata);
    return metadata ?? null;
  }

  #tellOfAge(at: SourcePath, { nextUpdateMs, signerEndsMs }: KeyMetadata): void {
    const { nowMs } = this.#sources;
    const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
    const isOld = nextUpdateMs < nowMs;
    if (!isOld && signerEndsMs >= nowMs) return;
    const reason = isOld
      ? `the metadata should have been replaced on ${day(nextUpdateMs)}: what became known against a make since is missing`
      : `the certificate that the metadata is signed with ended on ${day(signerEndsMs)}`;
    this.#tell(at, { severity: 'warning', code: 'old-metadata', reason, hint: 'fetch it anew' });
  }

  #certificates(at: SourcePath, file: string): string[] {
    return this.#reading(at, file, () => {
      this.files.push(file);
      const blocks = certificateBlocks(this.#sources.readFile(file));
      if (blocks === null)
        this.#tell(at, { code: 'not-pem', reason: `${quote(file)} has no certificate that can be used` });
      return blocks ?? [];
    });
  }

  #reading<T>(at: SourcePath, path: string, read: () => T[]): T[] {
    try {
      return read();
    } catch (error) {
      this.problems.push(
        problemAt(this.#document, at, {
          code: 'file-unreadable',
          ...explainUnreadable(path, path, error),
        }),
      );
      return [];
    }
  }

  #path(at: SourcePath): string | null {
    let value: unknown = this.#document.value;
    for (const key of at)
      value =
        typeof value === 'object' && value !== null
          ? (value as Readonly<Record<string | number, unknown>>)[key]
          : undefined;
    return typeof value === 'string' && value !== '' ? resolve(this.#baseDir, value) : null;
  }

  #tell(at: SourcePath, complaint: Complaint): void {
    this.problems.push(problemAt(this.#document, at, complaint));
  }
}
