// The doors to settings: a file on disk, or an object that a program gives. The only part of settings that reads files.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { objectDocument } from '../source/object-document.ts';
import type { Parsed } from '../source/problem.ts';
import { parseYaml } from '../source/yaml-document.ts';
import { parseSettings } from './parse-settings.ts';
import { readSourceFile } from './read-source-file.ts';
import type { ReferenceSources } from './resolve-references.ts';
import type { Settings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How strict to be. */
export type LoadSettingsOptions = Pick<ReferenceSources, 'missingSecrets' | 'use'>;

/** Secrets and certificates are small; anything larger was named by mistake. */
const maxReferencedBytes = 1_048_576;
/** The metadata of all makes of keys is about 9 MB. */
const maxMetadataBytes = 67_108_864;

/**
 * Reads bouncer.yaml and what it refers to.
 *
 * @param file its path, which the problems carry as it is given here
 * @param env where `{ env: NAME }` leads; what it lacks is looked for in the file `.env` beside the settings
 * @returns settings whose relative paths are relative to the file's folder, or every problem; never throws
 */
export function loadSettings(
  file: string,
  env: Environment,
  { missingSecrets = 'refuse', use = 'serve' }: LoadSettingsOptions = {},
): Parsed<Settings> {
  const bytes = readSourceFile(file);
  if (!bytes.ok) return bytes;
  const document = parseYaml(file, bytes.value);
  if (!document.ok) return document;
  const path = resolve(file);
  const beside = readEnvironmentFile(join(dirname(path), '.env'));
  const from = sources(dirname(path), { ...beside?.env, ...env });
  const parsed = parseSettings(document.value, { ...from, missingSecrets, use });
  if (!parsed.ok) return parsed;
  const { referencedFiles = [] } = parsed.value;
  const files = beside === null ? referencedFiles : [...referencedFiles, beside.file];
  return { ...parsed, value: Object.freeze({ ...parsed.value, file: path, referencedFiles: files }) };
}

/**
 * Takes settings from a program, with the keys of bouncer.yaml.
 *
 * @param object plain data; `undefined` counts as absent
 * @param options `baseDir`: what relative paths are relative to; `env`: where `{ env: NAME }` leads; `use`: what for
 * @returns settings, or problems of the file `settings` that name the key in their reason; never throws
 */
export function settingsFromObject(
  object: Readonly<Record<string, unknown>>,
  options: { readonly baseDir: string; readonly env: Environment } & Pick<LoadSettingsOptions, 'use'>,
): Parsed<Settings> {
  const document = objectDocument('settings', object);
  return document.ok
    ? parseSettings(document.value, {
        ...sources(resolve(options.baseDir), options.env),
        use: options.use ?? 'serve',
      })
    : document;
}

/** The variables of a `.env`; `null`: there is none. What cannot be read is as good as empty: each name that is missing is told. */
function readEnvironmentFile(file: string): { readonly file: string; readonly env: Environment } | null {
  if (!existsSync(file)) return null;
  try {
    return { file, env: parseEnv(readSmallFile(file)) };
  } catch {
    return { file, env: {} };
  }
}

function sources(baseDir: string, env: Environment): ReferenceSources {
  const keyTrust = {
    readFolder: (path: string) => readdirSync(path),
    readFile: (path: string) => readFileUpTo(maxMetadataBytes, path).toString('utf8'),
    identify: identifyFile,
    nowMs: Date.now(),
  };
  return { env, baseDir, readFile: readSmallFile, readBytes: readSmallBytes, keyTrust };
}

function readSmallFile(path: string): string {
  return readSmallBytes(path).toString('utf8');
}

function readSmallBytes(path: string): Buffer {
  return readFileUpTo(maxReferencedBytes, path);
}

function identifyFile(path: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** Opens without waiting, as a pipe without a writer would wait for ever. */
function readFileUpTo(maxBytes: number, path: string): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    if (!stats.isFile() || stats.size > maxBytes) throw new Error('no small file');
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
