// Logs this terminal in and keeps the login; also anew, when something asks for more than the login has. A step-up ends what programs
// hold, so that both are one way: through the browser, and back with another token.
import { hostname } from 'node:os';
import { BouncerError } from '../../bouncer-error.ts';
import { addressForShell, logText } from '../../http/log-text.ts';
import type { Terminal } from '../terminal.ts';
import { type CurrentLogin, type Edge, findEdge, refreshLogin, type StepUp } from './edge.ts';
import { logInByBrowser, logInByCode } from './log-in.ts';
import { hasBrowser } from './open-browser.ts';
import { type SavedLogin, saveLogin } from './saved-logins.ts';

export interface TakeUpOptions {
  /** What the person sees of this terminal; the name of this computer by default. */
  readonly name?: string;
  /** False: by a typed code, also where there is a browser. */
  readonly mayOpenBrowser?: boolean;
  readonly stepUp?: StepUp | null;
}

/** @throws BouncerError `login_failed` */
export async function takeUpLogin(
  terminal: Terminal,
  edge: Edge,
  { name = hostname(), mayOpenBrowser = true, stepUp = null }: TakeUpOptions,
): Promise<SavedLogin> {
  const byBrowser = mayOpenBrowser && (hasBrowser(terminal.env) || !edge.hasDeviceLogin);
  const wish = { name, stepUp };
  const token = byBrowser
    ? await logInByBrowser(terminal, edge, wish)
    : await logInByCode(terminal, edge, wish);
  const { authUrl } = edge;
  const login = await refreshLogin(terminal, { authUrl, token, who: '', hosts: [] });
  if (login === null) throw new BouncerError('login_failed', 'the login ended as soon as it was there');
  saveLogin(terminal, login);
  terminal.stderr.write(`logged in as ${logText(login.who, 200)} at ${authUrl}\n`);
  return login;
}

/** Whether somebody sits there who could open a browser: a script waits for nobody. */
function isAttended({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true || stderr.isTTY === true;
}

/**
 * The login with what is missing for the errand that was asked about, once somebody brought it; as it is where nothing is missing, or
 * nobody is there.
 *
 * @throws BouncerError `login_failed` when it was not brought
 */
export async function stepUpLogin(
  terminal: Terminal,
  login: CurrentLogin,
  address: URL,
): Promise<SavedLogin> {
  const { stepUp, authUrl } = login;
  if (stepUp === null) return login;
  const what = stepUp['step_up'] === 'hardware_key' ? 'your security key' : 'a fresh login';
  terminal.stderr.write(`${address.origin}${logText(address.pathname, 200)} asks for ${what}.\n`);
  if (!isAttended(terminal)) {
    terminal.stderr.write(
      `Nobody is there to bring it. At a terminal, run: bouncer login ${addressForShell(address)}\n`,
    );
    return login;
  }
  return takeUpLogin(terminal, await findEdge(terminal, new URL(authUrl)), { stepUp });
}
