// `bouncer login`: a person lets this terminal act as them at the bouncer in front of an address. It needs no settings file.
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { logText } from '../http/log-text.ts';
import type { CliContext } from './cli-context.ts';
import { type Edge, findEdge, parseAddress, refreshLogin } from './edge/edge.ts';
import { logInByBrowser, logInByCode } from './edge/log-in.ts';
import { hasBrowser } from './edge/open-browser.ts';
import { isAddressOf, readLogins, type SavedLogin, saveLogin } from './edge/saved-logins.ts';
import type { Terminal } from './terminal.ts';

interface LoginOptions {
  readonly browser: boolean;
  readonly name?: string;
}

export function addLoginCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('login')
    .description('log this terminal in as you, at the bouncer in front of an address')
    .argument('<url>', 'an application behind it, or its `auth_url`')
    .option('--no-browser', 'show a code to type in any browser, such as one on another computer')
    .option('--name <name>', 'what you see of this terminal in your browser (the name of this computer)')
    .action(async (text: string, options: LoginOptions) => {
      const address = parseAddress(text);
      const edge = await findEdge(terminal, address);
      const login = (await stillLoggedIn(terminal, edge)) ?? (await logIn(terminal, edge, options));
      if (!isAddressOf(login, address))
        throw new BouncerError(
          'login_failed',
          `you are logged in as ${logText(login.who, 200)}, who may open nothing at ${address.origin}`,
          { hint: `ask whoever runs ${edge.authUrl} for access, or log in there as somebody else` },
        );
    });
}

async function stillLoggedIn(terminal: Terminal, { authUrl }: Edge): Promise<SavedLogin | null> {
  const saved = readLogins(terminal).find((login) => login.authUrl === authUrl);
  const login = saved === undefined ? null : await refreshLogin(terminal, saved);
  if (login !== null)
    terminal.stderr.write(`already logged in as ${logText(login.who, 200)} at ${authUrl}\n`);
  return login;
}

async function logIn(terminal: Terminal, edge: Edge, { browser, name }: LoginOptions): Promise<SavedLogin> {
  const own = name ?? hostname();
  const byBrowser = browser && (hasBrowser(terminal.env) || !edge.hasDeviceLogin);
  const token = byBrowser
    ? await logInByBrowser(terminal, edge, own)
    : await logInByCode(terminal, edge, own);
  const { authUrl } = edge;
  const login = await refreshLogin(terminal, { authUrl, token, who: '', hosts: [] });
  if (login === null) throw new BouncerError('login_failed', 'the login ended as soon as it was there');
  saveLogin(terminal, login);
  terminal.stderr.write(`logged in as ${logText(login.who, 200)} at ${authUrl}\n`);
  return login;
}
