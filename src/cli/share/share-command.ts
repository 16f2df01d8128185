// `bouncer share`: a site of this machine on an address of its own, for the people named and nobody else, until it is stopped. It needs a
// login of this terminal, and no settings file.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BouncerError } from '../../bouncer-error.ts';
import { logText } from '../../http/log-text.ts';
import { durationHint, parseDuration } from '../../source/parse-duration.ts';
import type { CliContext } from '../cli-context.ts';
import { collectBuffersLater } from '../collect-buffers-later.ts';
import { findEdge, parseAddress } from '../edge/edge.ts';
import { readLogins, type SavedLogin } from '../edge/saved-logins.ts';
import { collect, parseEmailOption } from '../options.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { beginShare } from './begin-share.ts';
import { runShare } from './run-share.ts';

interface ShareOptions {
  readonly with?: readonly string[];
  readonly for?: number;
  readonly at?: string;
  readonly letters: boolean;
}

const help = `
Examples:
  bouncer share 1313 --with mom@gmail.com
  bouncer share 3000 --with ada@example.com --with bob@example.com --for 2h

The address that it prints protects nothing and need not be kept secret:
whoever opens it logs in, and nobody but the people named gets in.`;

export function addShareCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('share')
    .description('show a site of this machine to the people named, until Ctrl-C')
    .argument('<port>', 'where the site is on this machine', parsePort)
    .addOption(
      new Option('--with <address>', 'who may open it; may be given several times')
        .argParser((text: string, before?: readonly string[]) => collect(parseEmailOption(text), before))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--for <duration>', 'for how long at most (as long as the bouncer allows)').argParser(
        parseTime,
      ),
    )
    .option('--at <url>', 'by which bouncer, where this terminal is logged in at several')
    .option('--no-letters', 'send no mail to the people named')
    .addHelpText('after', help)
    .action(async (port: number, options: ShareOptions) => {
      collectBuffersLater();
      const login = await chooseLogin(terminal, options.at);
      const wish = {
        port,
        emails: [...new Set(options.with ?? [])],
        forMs: options.for ?? null,
        hasLetters: options.letters,
      };
      const share = await beginShare(terminal, login, wish);
      finish((await runShare(terminal, share, wish)) === 'ended' ? exitCodes.failed : exitCodes.done);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('expected a port such as 1313');
  return port;
}

function parseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(durationHint.replaceAll('`', ''));
  if (ms < 60_000) throw new InvalidArgumentError('a share lasts a minute at least');
  return ms;
}

/** @throws BouncerError `login_failed`, `usage` */
async function chooseLogin(terminal: Terminal, at: string | undefined): Promise<SavedLogin> {
  const logins = readLogins(terminal);
  if (at !== undefined) {
    const { authUrl } = await findEdge(terminal, parseAddress(at));
    const login = logins.find((one) => one.authUrl === authUrl);
    if (login !== undefined) return login;
    throw new BouncerError('login_failed', `you are not logged in at ${authUrl}`, {
      hint: `run: bouncer login ${authUrl}`,
    });
  }
  const [login, ...others] = logins;
  if (login === undefined)
    throw new BouncerError('login_failed', 'this terminal is logged in nowhere', {
      hint: 'run `bouncer login` with the address of an application behind the bouncer that you share by',
    });
  if (others.length === 0) return login;
  const places = logins.map(({ authUrl }) => logText(authUrl, 200)).join(', ');
  throw new BouncerError('usage', `this terminal is logged in at several bouncers: ${places}`, {
    hint: 'say which one to share by: `--at URL`',
  });
}
