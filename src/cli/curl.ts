// `bouncer curl`: curl with the token of this terminal. The token is in a file that curl reads for one host alone, so that it goes with no
// redirect and to no other address, and stands in no list of processes.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import type { CliContext } from './cli-context.ts';
import { parseAddress, requireLogin } from './edge/edge.ts';
import { isAddressOf, readLogins, type SavedLogin } from './edge/saved-logins.ts';
import { stepUpLogin } from './edge/take-up.ts';
import { exitCodes, type Terminal } from './terminal.ts';

export function addCurlCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('curl')
    .description('run curl as you')
    .argument('<args...>', 'the address of an application, and what curl takes besides')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (args: readonly string[]) => {
      const address = addressAmong(terminal, args);
      const known = await requireLogin(terminal, { address, method: methodIn(args) });
      const login = await stepUpLogin(terminal, known, address);
      const code = await runCurl(terminal, login, address, args);
      if (code !== 0) finish(exitCodes.failed);
    });
}

/** What curl will do, as far as its options say it plainly: rules may ask for more where something is written. */
export function methodIn(args: readonly string[]): string {
  const named = args.findIndex((arg) => arg === '--request' || /^-[a-zA-Z]*X$/.test(arg));
  const word = named === -1 ? args.find((arg) => /^-X./.test(arg))?.slice(2) : args[named + 1];
  if (word !== undefined) return word.toUpperCase();
  if (args.some((arg) => arg === '--head' || arg === '-I')) return 'HEAD';
  if (args.some((arg) => arg === '--get' || arg === '-G')) return 'GET';
  if (args.some((arg) => /^--(?:data|form|json)/.test(arg) || /^-[dF]/.test(arg))) return 'POST';
  return args.some((arg) => arg === '--upload-file' || /^-T/.test(arg)) ? 'PUT' : 'GET';
}

/** What curl takes besides may have addresses too, such as that of a proxy: the first one that a login is for is meant, else the first. */
function addressAmong(terminal: Terminal, args: readonly string[]): URL {
  const texts = args.filter((one) => /^https?:\/\//i.test(one) && URL.canParse(one));
  const logins = readLogins(terminal);
  const isKnown = (text: string): boolean => logins.some((login) => isAddressOf(login, new URL(text)));
  const meant = texts.find(isKnown) ?? texts[0];
  if (meant === undefined)
    throw new BouncerError('usage', 'there is no address among what curl is given', {
      hint: 'write it out: bouncer curl https://wiki.example.com/page',
    });
  return parseAddress(meant);
}

/** @returns curl's exit code @throws BouncerError `package_missing` where there is no curl */
async function runCurl(
  terminal: Terminal,
  { token }: SavedLogin,
  address: URL,
  own: readonly string[],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-curl-'));
  const file = join(folder, 'netrc');
  try {
    // Nothing of a host or a token could be more than one word.
    writeFileSync(file, `machine ${address.hostname} login bouncer password ${token}\n`, { mode: 0o600 });
    const only = ['--proto', `=${address.protocol.slice(0, -1)}`];
    const args = ['--netrc-file', file, ...only, ...own];
    return await run('curl', args, terminal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What ends a program that a person started. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whoever wants an end of it ends the program: this process stays until then, to take away what is in its folder. */
function run(
  command: string,
  args: readonly string[],
  { env, cwd, stdout, stderr }: Terminal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const isOwn = stdout === process.stdout;
    const child = spawn(command, args, {
      cwd,
      env: { ...env },
      stdio: ['inherit', isOwn ? 'inherit' : 'pipe', isOwn ? 'inherit' : 'pipe'],
    });
    const end = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of endings) process.on(signal, end);
    child.once('exit', () => {
      for (const signal of endings) process.removeListener(signal, end);
    });
    child.stdout?.on('data', (chunk: Buffer) => stdout.write(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => stderr.write(chunk.toString()));
    child.on('error', (error) =>
      reject(
        new BouncerError('package_missing', 'there is no `curl` on this computer', {
          cause: error,
          hint: 'install it, or use `bouncer access-token` with another program',
        }),
      ),
    );
    child.on('close', (code) => resolve(code ?? 1));
  });
}
