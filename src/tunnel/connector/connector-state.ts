// What a connector keeps between its starts: its key, whom it joined with it, and where the edges are. One file, for its owner alone.
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { BouncerError } from '../../bouncer-error.ts';
import { makeFolder } from '../../store/make-folder.ts';
import { createKeyPair, type KeyPair, keyPairOf, seedOf } from '../wire/key-text.ts';

export interface ConnectorState {
  readonly key: KeyPair;
  /** The public half of the token that it joined with, base64url; `null`: it has not joined. */
  readonly joinedWith: string | null;
  readonly addresses: readonly string[];
  readonly pins: readonly string[];
}

const fileSchema = z.object({
  version: z.literal(1),
  seed: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  joinedWith: z.string().nullable(),
  addresses: z.array(z.string()),
  pins: z.array(z.string()),
});

export function freshState(): ConnectorState {
  return { key: createKeyPair(), joinedWith: null, addresses: [], pins: [] };
}

/**
 * @returns `null` where there is no file yet
 * @throws BouncerError `settings_invalid` when it is not one of ours, or others may read it
 */
export function readState(file: string): ConnectorState | null {
  if (!existsSync(file)) return null;
  requirePrivate(file, 'the key file');
  try {
    const { seed, joinedWith, addresses, pins } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { key: keyPairOf(Buffer.from(seed, 'base64url')), joinedWith, addresses, pins };
  } catch {
    throw new BouncerError('settings_invalid', `\`${file}\` is not the key file of a connector`, {
      hint: 'remove it and join again with a new token, or name another file',
    });
  }
}

/** As a whole or not at all. @throws BouncerError `settings_invalid` when it cannot be written */
export function writeState(file: string, { key, joinedWith, addresses, pins }: ConnectorState): void {
  const text = JSON.stringify({
    version: 1,
    seed: seedOf(key).toString('base64url'),
    joinedWith,
    addresses,
    pins,
  });
  const draft = `${file}.new`;
  try {
    makeFolder(resolve(dirname(file)), 0o700);
    rmSync(draft, { force: true });
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } catch (cause) {
    throw new BouncerError('settings_invalid', `the key file \`${file}\` cannot be written`, {
      cause,
      hint: 'name a place as `--key-file` where this account may write; a container without a disk takes `--in-memory` and a reusable token',
    });
  }
}

/** Bits of a file's mode: what group and others may. */
export const ofGroupAndOthers = 0o077;

/**
 * @param barred bits of the mode that may not be set
 * @throws BouncerError `settings_invalid` when group or others may read or write it
 */
export function requirePrivate(file: string, what: string, barred: number = ofGroupAndOthers): void {
  if (process.platform === 'win32') return;
  const mode = statSync(file).mode & 0o777;
  if ((mode & barred) === 0) return;
  throw new BouncerError(
    'settings_invalid',
    `${what} \`${file}\` can be read by others (mode ${mode.toString(8).padStart(4, '0')})`,
    { hint: `run \`chmod 600 ${file}\`` },
  );
}
