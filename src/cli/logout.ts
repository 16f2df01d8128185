// `bouncer logout`: ends what this terminal holds. The browser's session goes on.
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import type { CliContext } from './cli-context.ts';
import { askEdge } from './edge/ask-edge.ts';
import { parseAddress } from './edge/edge.ts';
import { isAddressOf, readLogins, removeLogin, type SavedLogin } from './edge/saved-logins.ts';
import type { Terminal } from './terminal.ts';

export function addLogoutCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('logout')
    .description('log this terminal out; your browser stays logged in')
    .argument('[url]', 'where: an application, or an `auth_url` (everywhere)')
    .action(async (text: string | undefined) => {
      const all = readLogins(terminal);
      const address = text === undefined ? null : parseAddress(text);
      const meant = address === null ? all : all.filter((login) => isAddressOf(login, address));
      if (meant.length === 0) {
        terminal.stderr.write('not logged in\n');
        return;
      }
      const failed: unknown[] = [];
      for (const login of meant) await logOut(terminal, login).catch((error: unknown) => failed.push(error));
      const [error] = failed;
      if (error !== undefined) throw error;
    });
}

/** Forgotten here in any case. @throws BouncerError `login_failed` when the other side could not be told */
async function logOut(terminal: Terminal, login: SavedLogin): Promise<void> {
  const { authUrl, token } = login;
  removeLogin(terminal, login);
  try {
    const { status } = await askEdge(terminal, {
      url: `${authUrl}/.bouncer/terminal/logout`,
      form: {},
      token,
    });
    // 401: it had ended there before.
    if (status !== 204 && status !== 401) throw new Error(`it answered ${status}`);
  } catch (error) {
    throw new BouncerError('login_failed', `the token is forgotten here, but ${authUrl} could not be told`, {
      cause: error,
      hint: 'it ends with your session in the browser: log out there too',
    });
  }
  terminal.stderr.write(`logged out at ${authUrl}\n`);
}
