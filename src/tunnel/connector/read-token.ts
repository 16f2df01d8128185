// Where a connector finds the token that it joins with: a file that only its owner can read, a systemd credential, or the environment.
// Never the arguments, which everybody on the machine can read.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BouncerError } from '../../bouncer-error.ts';
import { type JoinToken, parseJoinToken } from '../wire/join-token.ts';
import { ofGroupAndOthers, requirePrivate } from './connector-state.ts';

/** What the variable, and the credential of systemd, are called. */
export const tokenVariable = 'BOUNCER_JOIN_TOKEN';
export const tokenCredential = 'bouncer-join-token';

/**
 * @param file as it was named; `null`: elsewhere, if anywhere
 * @returns `null`: there is none
 * @throws BouncerError `settings_invalid` for a file that is not there, that others can read, or that holds no token
 */
export function findJoinToken(
  file: string | null,
  env: Readonly<Record<string, string | undefined>>,
): JoinToken | null {
  const folder = env['CREDENTIALS_DIRECTORY'];
  if (file !== null) {
    const isCredential = folder !== undefined && dirname(resolve(file)) === resolve(folder);
    return parse(readTokenFile(file, isCredential ? barredOfCredential : ofGroupAndOthers), `\`${file}\``);
  }
  const credential = folder === undefined ? null : join(folder, tokenCredential);
  if (credential !== null && existsSync(credential)) {
    const text = readTokenFile(credential, barredOfCredential);
    // The unit has an empty one where the file that it is made from is gone: the connector has joined.
    if (text.trim() !== '') return parse(text, `\`${credential}\``);
  }
  const text = env[tokenVariable];
  return text === undefined || text === '' ? null : parse(text, `\`${tokenVariable}\``);
}

/** A credential is one service's alone: since systemd 254 by an access list, which shows as the right of a group to read it. */
const barredOfCredential = 0o037;

function readTokenFile(path: string, barred: number): string {
  if (!existsSync(path))
    throw new BouncerError('settings_invalid', `the token file \`${path}\` is not there`, {
      hint: '`bouncer tunnel create NAME` prints a token: write it into the file, with mode 0600',
    });
  requirePrivate(path, 'the token file', barred);
  return readFileSync(path, 'utf8');
}

function parse(text: string, where: string): JoinToken {
  const token = parseJoinToken(text.trim());
  if (token !== null) return token;
  throw new BouncerError(
    'settings_invalid',
    `what ${where} holds is not a join token, or not the whole of one`,
    {
      hint: 'it begins with `bnc_j_`; copy it again from where `bouncer tunnel create` printed it',
    },
  );
}
