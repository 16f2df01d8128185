// A settings document → frozen Settings, or every problem in it. Reads files and the environment only through its argument.
import { resolve } from 'node:path';
import { checkSchema } from '../source/check-schema.ts';
import type { Parsed } from '../source/problem.ts';
import { inOrder } from '../source/problem-at.ts';
import type { SourceDocument } from '../source/yaml-document.ts';
import { checkFiles } from './check-files.ts';
import { checkTogether } from './check-together.ts';
import { findLogo } from './find-logo.ts';
import { findKeyTrust } from './key-trust.ts';
import { withPresets } from './provider-presets.ts';
import { isSecret, type ReferenceSources, resolveReferences } from './resolve-references.ts';
import type { Settings } from './settings.ts';
import { settingsSchema } from './settings-schema.ts';
import { toSettings } from './to-settings.ts';

/**
 * @param written the parsed file, or an object given as one
 * @param sources where `{ env }` and `{ file }` lead; TLS files are read too, to say now that they are missing
 * @returns settings with absolute paths and milliseconds, deeply frozen; problems never quote a secret
 */
export function parseSettings(written: SourceDocument, sources: ReferenceSources): Parsed<Settings> {
  const { use = 'serve' } = sources;
  const document = withPresets(written);
  const resolved = resolveReferences(document, settingsSchema, sources);
  const checked = checkSchema(settingsSchema, resolved.document, {
    isHidden: (path) => isSecret(path) || resolved.isReferenced(path),
    isSettled: resolved.isUnresolved,
  });
  const problems = [...resolved.problems, ...checkTogether(resolved, use)];
  problems.push(...checkFiles(resolved, sources));
  const found = sources.keyTrust && findKeyTrust(resolved.document, sources.baseDir, sources.keyTrust);
  const picture = findLogo(resolved, sources);
  problems.push(...(found?.problems ?? []), ...picture.problems);
  if (!checked.ok) return { ok: false, problems: inOrder([...problems, ...checked.problems]) };
  const base = sources.baseDir;
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { ok: false, problems: inOrder(problems) };
  const file = document.isFromObject === true ? null : resolve(base, document.file);
  const settings = toSettings(checked.value, {
    ...{ file, base, trust: found?.trust ?? null, logo: picture.logo },
    referencedFiles: [...resolved.files, ...(found?.files ?? []), ...picture.files],
    readFile: sources.readFile,
    showsMail: use === 'try',
  });
  return { ok: true, value: freeze(settings), warnings: inOrder(problems) };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}
