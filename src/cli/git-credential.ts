// `bouncer git-credential`: Git asks it for names and passwords (gitcredentials). Of hosts that are not behind a bouncer where this
// terminal is logged in it knows nothing, at once and without asking anybody, so that the next helper is asked.
import { type Command, InvalidArgumentError } from 'commander';
import { isSameSecret } from '../identity/opaque-token.ts';
import { isSecretShaped } from '../identity/tokens/service-secret.ts';
import type { CliContext } from './cli-context.ts';
import { refreshLogin } from './edge/edge.ts';
import { isAddressOf, readLogins, removeLogin, type SavedLogin } from './edge/saved-logins.ts';
import type { Terminal } from './terminal.ts';

const operations = ['get', 'store', 'erase', 'capability'] as const;
type Operation = (typeof operations)[number];

const longestInput = 65_536;
/** Git waits for it. Milliseconds. */
const timeoutMs = 5_000;
/** Any would do: the password says who it is. */
const userName = 'bouncer';

export function addGitCredentialCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('git-credential')
    .description(
      'give Git your login as its credentials; git config credential.helper "!bouncer git-credential"',
    )
    .argument('<operation>', 'get, store or erase: Git says which', readOperation)
    .action(async (operation: Operation) => {
      // What Git learned elsewhere is for other helpers to keep.
      if (operation === 'store' || operation === 'capability') return;
      const asked = await readInput(terminal);
      const login = findLogin(terminal, asked);
      if (login === null) return;
      if (operation === 'get') await get(terminal, login, asked);
      else await erase(terminal, login, asked);
    });
}

/** Git may know more operations one day, which a helper must pass over in silence. */
function readOperation(text: string): Operation {
  const known = operations.find((one) => one === text);
  if (known === undefined && !/^[a-z-]+$/.test(text))
    throw new InvalidArgumentError('Git says get, store or erase');
  return known ?? 'store';
}

type Asked = ReadonlyMap<string, readonly string[]>;

/** Lines of `name=value` up to an empty one (git-credential, input/output format). */
async function readInput({ stdin }: Terminal): Promise<Asked> {
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    if (text.length > longestInput || /\n\r?\n/.test(text)) break;
  }
  const asked = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const end = line.indexOf('=');
    if (end < 1) continue;
    const name = line.slice(0, end);
    asked.set(name, [...(asked.get(name) ?? []), line.slice(end + 1)]);
  }
  return asked;
}

function findLogin(terminal: Terminal, asked: Asked): SavedLogin | null {
  const [protocol, host] = [asked.get('protocol')?.at(-1), asked.get('host')?.at(-1)];
  if (protocol === undefined || host === undefined || !URL.canParse(`${protocol}://${host}`)) return null;
  const url = new URL(`${protocol}://${host}`);
  const login = readLogins(terminal).find((one) => isAddressOf(one, url)) ?? null;
  return login !== null && asksForUs(asked, url) ? login : null;
}

/** Newer versions of Git say what the server asked for: an application's own credentials are not ours to give. */
function asksForUs(asked: Asked, { hostname }: URL): boolean {
  const challenges = asked.get('wwwauth[]');
  return challenges === undefined || challenges.some((one) => one.includes(`realm="${hostname}"`));
}

async function get(terminal: Terminal, login: SavedLogin, asked: Asked): Promise<void> {
  const { authUrl, token } = login;
  // A bouncer that does not answer now will not answer Git either, which says so in its own words.
  const now = await refreshLogin(terminal, login, { timeoutMs }).catch(() => login);
  if (now === null) {
    const host = asked.get('host')?.at(-1) ?? '';
    terminal.stderr.write(
      `bouncer: your login at ${authUrl} has ended. Run: bouncer login ${asked.get('protocol')?.at(-1) ?? 'https'}://${host}\n`,
    );
    // Nobody else knows it, and a prompt would only mislead.
    terminal.stdout.write('quit=1\n');
    return;
  }
  terminal.stdout.write(`username=${userName}\npassword=${token}\n`);
}

/** Git says so of every 401, also where only a step-up is missing: the login is forgotten when it has ended. */
async function erase(terminal: Terminal, login: SavedLogin, asked: Asked): Promise<void> {
  const password = asked.get('password')?.at(-1) ?? '';
  if (!isSecretShaped(password) || !isSameSecret(password, login.token)) return;
  const now = await refreshLogin(terminal, login, { timeoutMs }).catch(() => login);
  if (now === null) removeLogin(terminal, login.authUrl);
}
