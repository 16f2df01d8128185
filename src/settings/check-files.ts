// What the files and sockets that settings name have to say: certificates that can be read, paths that a socket can have.
import { resolve } from 'node:path';
import { isRecord } from '../source/is-record.ts';
import type { Problem } from '../source/problem.ts';
import { problemAt, type SourcePath } from '../source/problem-at.ts';
import type { SourceDocument } from '../source/yaml-document.ts';
import { certificateBlocks } from './certificate-blocks.ts';
import { parseListenBelow } from './parse-listen.ts';
import { explainUnreadable, type ReferenceSources, type ResolvedDocument } from './resolve-references.ts';

/** The longest path of a Unix socket that every platform takes, bytes. */
const maxSocketPath = 103;

const pemFiles = [
  ['tls', 'cert_file'],
  ['tls', 'key_file'],
  ['store', 'postgres', 'ca_file'],
  ['smtp', 'ca_file'],
] as const;

/** Its document's values may still be of wrong types. */
export function checkFiles(
  { document, isReferenced }: ResolvedDocument,
  sources: ReferenceSources,
): Problem[] {
  const problems: Problem[] = [];
  for (const at of [...pemFiles, ...caFilesOf(document)]) {
    const name = textAt(document, at);
    if (name === undefined) continue;
    const path = resolve(sources.baseDir, name);
    try {
      const text = sources.readFile(path);
      const isAuthority = at.at(-1) === 'ca_file';
      if (isAuthority ? certificateBlocks(text) !== null : text.includes('-----BEGIN ')) continue;
      const hint = 'it has lines such as `-----BEGIN CERTIFICATE-----`';
      const reason = isAuthority
        ? 'the file has no certificate that can be used'
        : 'the file is not in PEM format';
      problems.push(problemAt(document, at, { code: 'not-pem', reason, hint }));
    } catch (error) {
      const complaint = explainUnreadable(isReferenced(at) ? null : name, path, error);
      problems.push(problemAt(document, at, { code: 'file-unreadable', ...complaint }));
    }
  }
  for (const at of [['listen'], ['management'], ['forward_auth', 'listen']]) {
    const address = parseListenBelow(sources.baseDir, textAt(document, at));
    if (address?.kind !== 'unix' || new TextEncoder().encode(address.path).length <= maxSocketPath) continue;
    const reason = `the path of the socket is longer than ${maxSocketPath} bytes`;
    problems.push(problemAt(document, at, { code: 'socket-path-too-long', reason }));
  }
  return problems;
}

/** Lists whose entries may name an authority of their own. */
const withAuthorities: readonly (string | number)[] = ['identity_providers', 'trusted_issuers'];

function caFilesOf({ value }: SourceDocument): SourcePath[] {
  const settings = isRecord(value) ? value : {};
  return withAuthorities.flatMap((key): SourcePath[] => {
    const entries = settings[key];
    return Array.isArray(entries) ? entries.map((_, index) => [key, index, 'ca_file']) : [];
  });
}

function textAt(document: SourceDocument, path: SourcePath): string | undefined {
  let value = document.value;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}
