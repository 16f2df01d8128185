// `bouncer login`: a person lets this terminal act as them at the bouncer in front of an address. It needs no settings file.
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { logText } from '../http/log-text.ts';
import type { CliContext } from './cli-context.ts';
import { type CurrentLogin, type Edge, findEdge, parseAddress, refreshLogin } from './edge/edge.ts';
import { isAddressOf, readLogins } from './edge/saved-logins.ts';
import { takeUpLogin } from './edge/take-up.ts';
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
      const known = await stillLoggedIn(terminal, edge, address);
      const login =
        known !== null && known.stepUp === null
          ? known
          : await takeUpLogin(terminal, edge, {
              mayOpenBrowser: options.browser,
              stepUp: known?.stepUp ?? null,
              ...(options.name === undefined ? {} : { name: options.name }),
            });
      if (!isAddressOf(login, address))
        throw new BouncerError(
          'login_failed',
          `you are logged in as ${logText(login.who, 200)}, who may open nothing at ${address.origin}`,
          { hint: `ask whoever runs ${edge.authUrl} for access, or log in there as somebody else` },
        );
    });
}

async function stillLoggedIn(
  terminal: Terminal,
  { authUrl }: Edge,
  address: URL,
): Promise<CurrentLogin | null> {
  const saved = readLogins(terminal).find((login) => login.authUrl === authUrl);
  const errand = { address, method: 'GET' };
  const login = saved === undefined ? null : await refreshLogin(terminal, saved, { errand });
  if (login !== null && login.stepUp === null)
    terminal.stderr.write(`already logged in as ${logText(login.who, 200)} at ${authUrl}\n`);
  return login;
}
