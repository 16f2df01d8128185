// The logins of a person's terminal: one file an `auth_url`, for its owner alone. A token never gets into a message.
import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BouncerError } from '../../bouncer-error.ts';
import { parseHost } from '../../http/canonical-host.ts';
import { isHostIn } from '../../http/host-match.ts';
import { makeFolder } from '../../store/make-folder.ts';
import type { Terminal } from '../terminal.ts';
import { configFolder } from './config-folder.ts';
import { isSafeAddress } from './safe-address.ts';

/** A login at one bouncer. */
export interface SavedLogin {
  /** An origin. */
  readonly authUrl: string;
  readonly token: string;
  /** Who it is of, for people to read. */
  readonly who: string;
  /** The hosts of applications that the token may be sent to, as the rules name them. */
  readonly hosts: readonly string[];
}

/** What says where the person's folder is. */
type Home = Pick<Terminal, 'env'>;

const folderMode = 0o700;
const fileMode = 0o600;
const longestFile = 1_048_576;
/** What is one word in a `.netrc`, a header field and a question of Git alike. */
const wordForm = /^[\w.~+/-]{1,512}$/;

/** Whether the token of a login may be sent to an address: one of its applications', by the scheme and port of its `auth_url`. */
export function isAddressOf({ authUrl, hosts }: SavedLogin, url: URL): boolean {
  const own = new URL(authUrl);
  if (url.protocol !== own.protocol || url.port !== own.port) return false;
  const host = parseHost(url.hostname)?.host;
  return host !== undefined && (host === own.hostname || isHostIn(hosts, host));
}

/** All that can be read. What is damaged is left out: another login brings it back. */
export function readLogins({ env }: Home): readonly SavedLogin[] {
  let folder: string;
  let names: readonly string[];
  try {
    folder = folderOf(env);
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => readLogin(join(folder, name)) ?? []);
}

function readLogin(file: string): SavedLogin | null {
  try {
    const { size, mode } = statSync(file);
    if (size > longestFile) return null;
    // Somebody opened it to others: it is closed again, and goes on.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) chmodSync(file, fileMode);
    return checkLogin(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function checkLogin(value: unknown): SavedLogin | null {
  if (typeof value !== 'object' || value === null) return null;
  const { auth_url: authUrl, token, who, hosts } = value as Readonly<Record<string, unknown>>;
  const isWhole =
    typeof authUrl === 'string' &&
    isOrigin(authUrl) &&
    typeof token === 'string' &&
    wordForm.test(token) &&
    typeof who === 'string' &&
    Array.isArray(hosts) &&
    hosts.every((host) => typeof host === 'string');
  return isWhole ? { authUrl, token, who, hosts } : null;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.origin === text && isSafeAddress(url);
}

/** In place of the one of the same `auth_url`, at once or not at all. @throws BouncerError `login_failed` when it cannot be written */
export function saveLogin({ env }: Home, { authUrl, token, who, hosts }: SavedLogin): void {
  const folder = folderOf(env);
  const file = fileOf(folder, authUrl);
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  let isDrafted = false;
  try {
    makeFolder(folder, folderMode);
    for (const each of [configFolder(env), folder]) chmodSync(each, folderMode);
    const text = `${JSON.stringify({ auth_url: authUrl, who, hosts, token }, null, 2)}\n`;
    writeFileSync(draft, text, { mode: fileMode, flag: 'wx' });
    isDrafted = true;
    renameSync(draft, file);
  } catch (error) {
    if (isDrafted) rmSync(draft, { force: true });
    throw new BouncerError('login_failed', `the login cannot be saved in ${folder}`, {
      cause: error,
      hint: 'it must be a folder that you may write to; XDG_CONFIG_HOME names another place',
    });
  }
}

/** The same login as its bouncer describes it now. One that another process saved or removed meanwhile stays as that left it. */
export function replaceLogin(home: Home, login: SavedLogin): void {
  if (isSaved(home, login)) saveLogin(home, login);
}

/** Forgets this login, and none that another process saved in its place meanwhile. */
export function removeLogin(home: Home, login: SavedLogin): void {
  if (isSaved(home, login)) rmSync(fileOf(folderOf(home.env), login.authUrl), { force: true });
}

function isSaved({ env }: Home, { authUrl, token }: SavedLogin): boolean {
  return readLogin(fileOf(folderOf(env), authUrl))?.token === token;
}

function folderOf(env: Terminal['env']): string {
  return join(configFolder(env), 'logins');
}

/** No two origins have one name: hosts have no `_`, and the scheme follows from the port or stands there. */
function fileOf(folder: string, authUrl: string): string {
  const { protocol, hostname, port } = new URL(authUrl);
  const name = `${protocol.slice(0, -1)}_${hostname.replace(/[^A-Za-z0-9.-]/g, '-')}_${port}`;
  return join(folder, `${name}.json`);
}
