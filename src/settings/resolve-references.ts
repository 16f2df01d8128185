// Replaces `{ env: NAME }` and `{ file: PATH }` by the texts that they stand for, wherever the schema wants a text.
// Remembers where, so that no message ever quotes such a value. Reads nothing itself.
import { resolve } from 'node:path';
import type { z } from 'zod';
import { looksLikeSecret } from '../source/looks-like-secret.ts';
import type { Problem } from '../source/problem.ts';
import { problemAt, renderPath, type SourcePath } from '../source/problem-at.ts';
import { quote } from '../source/quote.ts';
import { alternatives, schemasAt } from '../source/schema-shape.ts';
import type { SourceDocument } from '../source/yaml-document.ts';

/** Where references lead. */
export interface ReferenceSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The whole text of a file. Throws where it cannot be read; an `ENOENT`-like `code` makes for a better message. */
  readonly readFile: (path: string) => string;
  /** What relative paths are relative to. Absolute. */
  readonly baseDir: string;
  /**
   * `warn`: a secret whose reference leads nowhere is a warning, for commands that log nobody in. Where rules are
   * checked or sessions listed the secrets of production are rightly not at hand. `refuse` by default.
   */
  readonly missingSecrets?: 'warn' | 'refuse';
  /** The whole of a file that is no text. Throws as `readFile` does. Absent: such a file is not read. */
  readonly readBytes?: (path: string) => Buffer;
  /** What for. `serve` by default. */
  readonly use?: SettingsUse;
  /** For what proves the makes of hardware keys. Absent: it is not read. */
  readonly keyTrust?: KeyTrustSources;
}

/**
 * What settings are read for. `serve`: to run them. `try`: to run them on this machine alone, where mail is shown and not sent. `look`: to
 * run nothing; what is good for one of the two is good.
 */
export type SettingsUse = 'serve' | 'try' | 'look';

/** How folders and large files are read, and what time it is. */
export interface KeyTrustSources {
  /** The names in a folder. Throws as `readFile` does. */
  readonly readFolder: (path: string) => readonly string[];
  readonly readFile: (path: string) => string;
  /** A text that is another one once the file was changed or replaced. Throws as `readFile` does. */
  readonly identify: (path: string) => string;
  readonly nowMs: number;
}

/** A document without references. */
export interface ResolvedDocument {
  readonly document: SourceDocument;
  /** True for a path whose value came from elsewhere. */
  readonly isReferenced: (path: SourcePath) => boolean;
  /** True for a path whose reference led nowhere: its problem is told, the value is missing. */
  readonly isUnresolved: (path: SourcePath) => boolean;
  /** Absolute paths of the files that references named. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** @param schema says where texts are wanted; anywhere else `env` and `file` are ordinary keys */
export function resolveReferences(
  document: SourceDocument,
  schema: z.core.$ZodType,
  sources: ReferenceSources,
): ResolvedDocument {
  const referenced = new Set<string>();
  const unresolved = new Set<string>();
  const files: string[] = [];
  const problems: Problem[] = [];

  const walk = (value: unknown, path: SourcePath): unknown => {
    if (Array.isArray(value)) return Object.freeze(value.map((item, index) => walk(item, [...path, index])));
    if (!isMapping(value)) return value;
    if (isReference(value) && wantsText(schema, path)) {
      referenced.add(renderPath(path));
      const found = follow(value, sources, files);
      if (found.ok) return found.text;
      unresolved.add(renderPath(path));
      const isTolerated =
        sources.missingSecrets === 'warn' && isSecret(path) && found.code !== 'bad-reference';
      problems.push(
        problemAt(document, found.key === null ? path : [...path, found.key], {
          ...found,
          ...(isTolerated
            ? {
                severity: 'warning',
                hint: hintWhereTolerated(found),
              }
            : {}),
        }),
      );
      if (isTolerated && path[0] === 'secrets') return secretNotAtHand;
      if (!isTolerated || path.at(-1) !== 'url') return undefined;
      return path[0] === 'smtp' ? smtpUrlNotAtHand : urlNotAtHand;
    }
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, each] of Object.entries(value)) {
      const resolved = walk(each, [...path, key]);
      if (resolved !== undefined) copy[key] = resolved;
    }
    return Object.freeze(copy);
  };

  const value = walk(document.value, []);
  return {
    document: Object.freeze({ ...document, value }),
    isReferenced: (path) => referenced.has(renderPath(path)),
    isUnresolved: (path) => unresolved.has(renderPath(path)),
    files,
    problems,
  };
}

/** Stands for an address that must be given and is not at hand. Nothing is ever reached by it. */
export const urlNotAtHand = 'postgres://not-at-hand.invalid/';
export const smtpUrlNotAtHand = 'smtp://not-at-hand.invalid/';
const secretNotAtHand = 'not-at-hand';

const secrets = new Set<string | number>([
  'client_secret',
  'client_key',
  'url',
  'listen_url',
  'master_key',
  'further_master_keys',
]);

/** Whether a path leads to a value that no message may quote, and that is not at hand where rules are only checked. */
export function isSecret(path: SourcePath): boolean {
  const last = path.findLast((step) => typeof step === 'string');
  if (path[0] === 'secrets' && path.length > 1) return true;
  // Where people log in, which is not a secret.
  if (path[0] === 'identity_providers' && last === 'url') return false;
  return last !== undefined && secrets.has(last);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isReference(value: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key === 'env' || key === 'file');
}

function wantsText(schema: z.core.$ZodType, path: SourcePath): boolean {
  return schemasAt(schema, path)
    .flatMap(alternatives)
    .some((each) => ['string', 'enum'].includes((each as z.core.$ZodTypes)._zod.def.type));
}

/** What `bouncer check` says of a secret that is not at hand: it may well be where `serve` runs. */
function hintWhereTolerated({ code, hint }: { readonly code: string; readonly hint?: string }): string {
  if (code === 'secret-as-name' && hint !== undefined) return hint;
  const startsNot = '`bouncer serve` does not start without it';
  return hint === undefined ? startsNot : `${startsNot}: ${hint}`;
}

type Found =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly key: string | null;
      readonly code: string;
      readonly reason: string;
      readonly hint?: string;
    };

function follow(value: Readonly<Record<string, unknown>>, sources: ReferenceSources, files: string[]): Found {
  const { env, file } = value;
  if (env !== undefined && file !== undefined) {
    return { ok: false, key: null, code: 'bad-reference', reason: 'either `env` or `file`, not both' };
  }
  const key = env === undefined ? 'file' : 'env';
  const name = env ?? file;
  if (typeof name !== 'string' || name === '') {
    const hint = key === 'env' ? 'name an environment variable' : 'name a file';
    return { ok: false, key, code: 'bad-reference', reason: `expected a text after \`${key}\``, hint };
  }
  const found = key === 'env' ? followVariable(name, sources) : followFile(name, sources, files);
  if (found.ok || !looksLikeSecret(key, name)) return found;
  return {
    ok: false,
    key,
    code: 'secret-as-name',
    reason:
      key === 'env' ? 'this is not the name of a variable that is set' : 'this is not the path of a file',
    hint:
      key === 'env'
        ? 'is it the secret itself? Put that into an environment variable, and write the name of the variable here'
        : 'is it the secret itself? Put that into a file, and write its path here',
  };
}

function followVariable(name: string, { env }: ReferenceSources): Found {
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  if (text !== undefined && text !== '') return { ok: true, text };
  const state = text === undefined ? 'not set' : 'empty';
  const code = text === undefined ? 'variable-not-set' : 'variable-empty';
  const hint = `set it for the process that runs bouncer, or write \`${name}=…\` into a file \`.env\` beside the settings, readable by you alone`;
  return { ok: false, key: 'env', code, reason: `the environment variable ${quote(name)} is ${state}`, hint };
}

function followFile(name: string, { readFile, baseDir }: ReferenceSources, files: string[]): Found {
  const path = resolve(baseDir, name);
  files.push(path);
  try {
    const text = readFile(path).replace(/[\r\n]+$/, '');
    if (text !== '') return { ok: true, text };
    return { ok: false, key: 'file', code: 'file-empty', reason: `the file ${quote(name)} is empty` };
  } catch (error) {
    return { ok: false, key: 'file', code: 'file-unreadable', ...explainUnreadable(name, path, error) };
  }
}

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder',
  ENAMETOOLONG: 'has a name that is too long',
};

/**
 * Why a file that settings name cannot be read, by the error's code. The error's message is not shown.
 *
 * @param name as written; `null` when it must not be quoted
 */
export function explainUnreadable(
  name: string | null,
  path: string,
  error: unknown,
): { reason: string; hint?: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = `the file ${name === null ? '' : `${quote(name)} `}${causes[code] ?? 'cannot be read'}`;
  const isElsewhere = code === 'ENOENT' && name !== null && name !== path;
  return isElsewhere ? { reason, hint: `looked for ${quote(path)}` } : { reason };
}
