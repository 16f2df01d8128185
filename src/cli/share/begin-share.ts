// Asks a bouncer for a share. The key that the connector proves itself by is made here, and its private half stays here.
import { BouncerError } from '../../bouncer-error.ts';
import { logText } from '../../http/log-text.ts';
import { createKeyPair, type KeyPair } from '../../tunnel/wire/key-text.ts';
import { askEdge, type EdgeAnswer } from '../edge/ask-edge.ts';
import { findEdge, parseStepUp } from '../edge/edge.ts';
import type { SavedLogin } from '../edge/saved-logins.ts';
import { takeUpLogin } from '../edge/take-up.ts';
import type { Terminal } from '../terminal.ts';

/** What a person wants to share. */
export interface ShareWish {
  readonly port: number;
  readonly emails: readonly string[];
  /** Milliseconds; `null`: as long as may be. */
  readonly forMs: number | null;
  readonly hasLetters: boolean;
}

/** A share as its bouncer began it. */
export interface OwnShare {
  readonly login: SavedLogin;
  readonly key: KeyPair;
  readonly name: string;
  readonly url: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiresAtMs: number;
  readonly addresses: readonly string[];
  readonly pins: readonly string[];
  /** Who is being sent a letter. */
  readonly mailed: readonly string[];
}

/** @throws BouncerError `login_failed` */
export async function beginShare(terminal: Terminal, login: SavedLogin, wish: ShareWish): Promise<OwnShare> {
  const key = createKeyPair();
  const first = await ask(terminal, login, wish, key);
  const stepUp = first.status === 401 ? parseStepUp(first.json['step_up']) : null;
  if (stepUp === null) return read(first, login, key);
  terminal.stderr.write('To share, bouncer wants to see you once more.\n');
  const edge = await findEdge(terminal, new URL(login.authUrl));
  const fresh = await takeUpLogin(terminal, edge, { stepUp });
  return read(await ask(terminal, fresh, wish, key), fresh, key);
}

function ask(
  terminal: Terminal,
  { authUrl, token }: SavedLogin,
  { emails, port, forMs, hasLetters }: ShareWish,
  key: KeyPair,
): Promise<EdgeAnswer> {
  const form = {
    ...{ with: emails.join(','), port: String(port), key: key.publicKey.toString('base64url') },
    ...(forMs === null ? {} : { for: String(Math.floor(forMs / 1000)) }),
    ...(hasLetters ? {} : { letters: 'none' }),
  };
  return askEdge(terminal, { url: `${authUrl}/.bouncer/share`, form, token });
}

function read({ status, json }: EdgeAnswer, login: SavedLogin, key: KeyPair): OwnShare {
  const { name, url, expires_in: seconds, addresses, pins, mailed } = json;
  if (status !== 200) throw refusalOf(status, json, login);
  const isWhole =
    typeof name === 'string' &&
    typeof url === 'string' &&
    URL.canParse(url) &&
    typeof seconds === 'number' &&
    areTexts(addresses) &&
    areTexts(pins) &&
    areTexts(mailed);
  if (!isWhole || addresses.length === 0)
    throw new BouncerError('login_failed', `${login.authUrl} answered in a way that makes no sense here`, {
      hint: 'is this program as new as the bouncer there?',
    });
  const expiresAtMs = Date.now() + seconds * 1000;
  return { login, key, name, url: new URL(url).href, expiresAtMs, addresses, pins, mailed };
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function refusalOf(
  status: number,
  { error, reason, most }: EdgeAnswer['json'],
  { authUrl, who }: SavedLogin,
): BouncerError {
  if (status === 401)
    return new BouncerError('login_failed', `your login at ${authUrl} has ended`, {
      hint: `run: bouncer login ${authUrl}`,
    });
  if (error === 'sharing_off' || (status === 404 && error !== 'no_such_share'))
    return new BouncerError('login_failed', `nobody can share at ${authUrl}`, {
      hint: 'whoever runs it turns it on by `share` in its settings',
    });
  if (error === 'not_allowed')
    return new BouncerError('login_failed', `${logText(who, 200)} may not share at ${authUrl}`, {
      hint: 'whoever runs it says who may, by `share.allow` in its settings',
    });
  if (error === 'too_many')
    return new BouncerError(
      'login_failed',
      typeof most === 'number'
        ? `you share ${most} sites already, which is as many as you may at ${authUrl}`
        : `too much is shared at ${authUrl} already`,
      { hint: 'end another one, or try later' },
    );
  if (status === 400 && typeof reason === 'string')
    return new BouncerError('usage', logText(reason, 200), { hint: 'see `bouncer share --help`' });
  return new BouncerError('login_failed', `${authUrl} cannot share it now (${status})`, {
    hint: 'try again in a moment',
  });
}
