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
/** A name or an address, and a port: nothing that ends a host for one reader and not for another, and nothing that moves a cursor. */
const hostForm = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
/** Any would do: the password says who it is. */
const userName = 'bouncer';

export function addGitCredentialCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('git-credential')
    .description(
      'give Git your login as its credentials; git config credential.https://git.example.com.helper "!bouncer git-credential"',
    )
    .argument('<operation>', 'get, store or erase: Git says which', parseOperation)
    .action(async (operation: Operation) => {
      // What Git learned elsewhere is for other helpers to keep.
      if (operation === 'store' || operation === 'capability') return;
      const asked = await readInput(terminal);
      const address = addressIn(asked);
      if (address === null) return;
      const login = readLogins(terminal).find((one) => isAddressOf(one, address));
      if (login === undefined) tellHowToLogIn(terminal, operation, asked, address);
      if (login === undefined || !asksForUs(asked, address)) return;
      if (operation === 'get') await get(terminal, login, address);
      else await erase(terminal, login, asked);
    });
}

/** Git may know more operations one day, which a helper must pass over in silence. */
function parseOperation(text: string): Operation {
  const known = operations.find((one) => one === text);
  if (known === undefined && !/^[a-z-]+$/.test(text))
    throw new InvalidArgumentError('Git says get, store or erase');
  return known ?? 'store';
}

type Asked = ReadonlyMap<string, readonly string[]>;

/** Lines of `name=value` up to an empty one (git-credential, input/output format). What ends a line for others does not for Git. */
async function readInput({ stdin }: Terminal): Promise<Asked> {
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    if (text.length > longestInput) return new Map();
    if (text.includes('\n\n')) break;
  }
  const asked = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') break;
    const end = line.indexOf('=');
    if (end < 1) continue;
    const name = line.slice(0, end);
    asked.set(name, [...(asked.get(name) ?? []), line.slice(end + 1)]);
  }
  return asked;
}

/** What is asked about; `null` for what Git and this program could read differently. */
function addressIn(asked: Asked): URL | null {
  const [protocols, hosts] = [asked.get('protocol') ?? [], asked.get('host') ?? []];
  const [[protocol = ''], [host = '']] = [protocols, hosts];
  if (protocols.length !== 1 || hosts.length !== 1 || !/^https?$/.test(protocol) || !hostForm.test(host))
    return null;
  const text = `${protocol}://${host}`;
  return URL.canParse(text) ? new URL(text) : null;
}

/** Newer versions of Git say what the server asked for: an application's own credentials are not ours to give. */
function asksForUs(asked: Asked, { hostname }: URL): boolean {
  const challenges = asked.get('wwwauth[]');
  return challenges === undefined || challenges.some((one) => one.includes(`realm="${hostname}"`));
}

/** Of a host that asks as a bouncer does, and of no other: a prompt for a password that nobody knows would not say it. */
function tellHowToLogIn(
  { stderr }: Terminal,
  operation: Operation,
  asked: Asked,
  { hostname, origin }: URL,
): void {
  const ours = `basic realm="${hostname}", charset="utf-8"`;
  if (operation === 'get' && asked.get('wwwauth[]')?.some((one) => one.toLowerCase() === ours) === true)
    stderr.write(`bouncer: you are not logged in for ${origin}. Run: bouncer login ${origin}\n`);
}

async function get(terminal: Terminal, login: SavedLogin, address: URL): Promise<void> {
  const { authUrl, token } = login;
  // A bouncer that does not answer now will not answer Git either, which says so in its own words.
  const now = await refreshLogin(terminal, login, { timeoutMs }).catch(() => login);
  if (now === null) {
    terminal.stderr.write(
      `bouncer: your login at ${authUrl} has ended. Run: bouncer login ${address.origin}\n`,
    );
    // Nobody else knows it, and a prompt would only mislead.
    terminal.stdout.write('quit=1\n');
    return;
  }
  // What its person could open yesterday.
  if (!isAddressOf(now, address)) return;
  terminal.stdout.write(`username=${userName}\npassword=${token}\n`);
}

/** Git says so of every 401, also where only a step-up is missing: the login is forgotten when it has ended. */
async function erase(terminal: Terminal, login: SavedLogin, asked: Asked): Promise<void> {
  const password = asked.get('password')?.at(-1) ?? '';
  if (!isSecretShaped(password) || !isSameSecret(password, login.token)) return;
  const now = await refreshLogin(terminal, login, { timeoutMs }).catch(() => login);
  if (now === null) removeLogin(terminal, login);
}
