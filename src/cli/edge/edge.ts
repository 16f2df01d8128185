// What a person's terminal knows of a bouncer: who logs people in for an address, and what a login may still do.
import { BouncerError } from '../../bouncer-error.ts';
import type { Terminal } from '../terminal.ts';
import { askEdge } from './ask-edge.ts';
import { isSafeAddress } from './safe-address.ts';
import { isAddressOf, readLogins, replaceLogin, type SavedLogin } from './saved-logins.ts';

/** A bouncer as it describes itself. */
export interface Edge {
  /** An origin. */
  readonly authUrl: string;
  readonly hasDeviceLogin: boolean;
}

/** An address on the command line. @throws BouncerError `usage` for one that no token may be sent to */
export function parseAddress(text: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme))
    throw new BouncerError('usage', 'that is not an address', { hint: 'such as https://wiki.example.com' });
  const url = new URL(withScheme);
  if (!isSafeAddress(url))
    throw new BouncerError('usage', `${url.origin} is not reached by https`, {
      hint: 'a token is sent by https alone, or to this very computer',
    });
  if (url.username !== '' || url.password !== '')
    throw new BouncerError('usage', 'there is a name or a password in the address', { hint: 'leave it out' });
  return url;
}

/**
 * Who logs people in for an address.
 *
 * @throws BouncerError `login_failed` when no bouncer answers there, or it names somebody who does not know it
 */
export async function findEdge(terminal: Terminal, address: URL): Promise<Edge> {
  const first = await describe(terminal, address.origin);
  if (first === null)
    throw new BouncerError('login_failed', `there is no bouncer at ${address.origin}`, {
      hint: 'give the address of an application behind it, as you open it in the browser',
    });
  if (first.authUrl === address.origin) return first;
  // Whoever answers at the address may say anything: the one that is named must say the same of itself.
  const second = await describe(terminal, first.authUrl);
  if (second === null || second.authUrl !== first.authUrl)
    throw new BouncerError(
      'login_failed',
      `${address.origin} sends you to ${first.authUrl}, where no bouncer of that name answers`,
    );
  return second;
}

async function describe(terminal: Terminal, origin: string): Promise<Edge | null> {
  const { status, json } = await askEdge(terminal, { url: `${origin}/.bouncer/terminal/edge` });
  const authUrl = json['auth_url'];
  if (status !== 200 || typeof authUrl !== 'string' || !URL.canParse(authUrl)) return null;
  const url = new URL(authUrl);
  return isSafeAddress(url) ? { authUrl: url.origin, hasDeviceLogin: json['device_login'] === true } : null;
}

/** What a person has to bring before a token opens an address, by the names of the query of `/.bouncer/login`. */
export type StepUp = Readonly<Record<string, string>>;

/** An address, and what is to be done there. */
export interface Errand {
  readonly address: URL;
  readonly method: string;
}

/** A login as its bouncer describes it now. */
export interface CurrentLogin extends SavedLogin {
  /** For the errand that was asked about; `null`: nothing, or nothing was asked. */
  readonly stepUp: StepUp | null;
}

/** The same login with what its bouncer says of it now, or `null`: it has ended. Saved when something changed. */
export async function refreshLogin(
  terminal: Terminal,
  login: SavedLogin,
  { errand, timeoutMs }: { readonly errand?: Errand; readonly timeoutMs?: number } = {},
): Promise<CurrentLogin | null> {
  const { authUrl, token } = login;
  const asked = errand === undefined ? '' : `?${queryOf(errand)}`;
  const question = { url: `${authUrl}/.bouncer/terminal/session${asked}`, token };
  const answer = await askEdge(terminal, timeoutMs === undefined ? question : { ...question, timeoutMs });
  if (answer.status === 401) return null;
  const { hosts, email, name, sub } = answer.json;
  if (answer.status !== 200 || !Array.isArray(hosts))
    throw new BouncerError('login_failed', `${authUrl} cannot say how the login stands (${answer.status})`, {
      hint: 'try again in a moment',
    });
  const who = [email, name, sub].find((word) => typeof word === 'string') ?? login.who;
  const now: SavedLogin = {
    ...{ authUrl, token, who: String(who) },
    hosts: hosts.filter((host): host is string => typeof host === 'string'),
  };
  if (JSON.stringify(now.hosts) !== JSON.stringify(login.hosts) || now.who !== login.who)
    replaceLogin(terminal, now);
  return { ...now, stepUp: parseStepUp(answer.json['step_up']) };
}

/** Without what is the application's own in the address. */
function queryOf({ address, method }: Errand): URLSearchParams {
  return new URLSearchParams({ for: address.origin + address.pathname, method });
}

const stepUpNames = ['step_up', 'key_source', 'max_age'] as const;

export function parseStepUp(value: unknown): StepUp | null {
  if (typeof value !== 'object' || value === null) return null;
  const said = value as Readonly<Record<string, unknown>>;
  const known = stepUpNames.flatMap((name) => {
    const word = said[name];
    return typeof word === 'string' && /^\w{1,20}$/.test(word) ? [[name, word] as const] : [];
  });
  return known.length === 0 ? null : Object.fromEntries(known);
}

/**
 * The login whose token may be sent to an address, which still holds.
 *
 * @throws BouncerError `login_failed` when there is none, or it has ended
 */
export async function requireLogin(terminal: Terminal, errand: Errand): Promise<CurrentLogin> {
  const { address } = errand;
  const all = readLogins(terminal);
  const logInHint = `run: bouncer login ${address.origin}`;
  const saved = all.find((login) => isAddressOf(login, address));
  if (saved !== undefined) {
    const login = await refreshLogin(terminal, saved, { errand });
    if (login === null)
      throw new BouncerError('login_failed', `your login at ${saved.authUrl} has ended`, { hint: logInHint });
    if (isAddressOf(login, address)) return login;
  }
  // An application that came later: whoever logged this terminal in may know it by now.
  for (const login of all) {
    if (login === saved) continue;
    const now = await refreshLogin(terminal, login, { errand }).catch(() => null);
    if (now !== null && isAddressOf(now, address)) return now;
  }
  throw new BouncerError('login_failed', `you are not logged in for ${address.origin}`, { hint: logInHint });
}
