// The file of `branding.logo_file`: read and looked at when the settings are loaded, never while somebody waits for a page.
import { resolve } from 'node:path';
import { isRecord } from '../source/is-record.ts';
import type { Problem } from '../source/problem.ts';
import { problemAt } from '../source/problem-at.ts';
import { type Logo, parseLogo } from './logo.ts';
import { explainUnreadable, type ReferenceSources, type ResolvedDocument } from './resolve-references.ts';

const at = ['branding', 'logo_file'];

/** @returns the picture, `null` where none is named or it has a problem */
export function findLogo(
  { document, isReferenced }: ResolvedDocument,
  { baseDir, readBytes }: Pick<ReferenceSources, 'baseDir' | 'readBytes'>,
): { readonly logo: Logo | null; readonly files: readonly string[]; readonly problems: readonly Problem[] } {
  const branding = isRecord(document.value) ? document.value['branding'] : undefined;
  const name = isRecord(branding) ? branding['logo_file'] : undefined;
  if (typeof name !== 'string' || name === '' || readBytes === undefined)
    return { logo: null, files: [], problems: [] };
  const path = resolve(baseDir, name);
  const files = [path];
  try {
    const logo = parseLogo(readBytes(path));
    if (!('code' in logo)) return { logo, files, problems: [] };
    return { logo: null, files, problems: [problemAt(document, at, logo)] };
  } catch (error) {
    const complaint = explainUnreadable(isReferenced(at) ? null : name, path, error);
    return {
      logo: null,
      files,
      problems: [problemAt(document, at, { code: 'file-unreadable', ...complaint })],
    };
  }
}
