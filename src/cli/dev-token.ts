// `bouncer dev-token`: an assertion for an application's own tests, signed by a key of this folder and published on loopback alone. No
// bouncer knows that key, so that what it signs opens nothing real.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createPrivateJwk, importSigningKey, type SigningKey, signJwt } from '../assertion/signing-key.ts';
import { BouncerError } from '../bouncer-error.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import { parseDuration } from '../source/parse-duration.ts';
import { makeFolder } from '../store/make-folder.ts';
import type { CliContext } from './cli-context.ts';
import { collect, parseEmailOption } from './options.ts';

interface DevTokenOptions {
  readonly email?: string;
  readonly service?: string;
  readonly name?: string;
  readonly group?: readonly string[];
  readonly audience?: string;
  readonly issuer: string;
  readonly lifetime: number;
  readonly folder: string;
  readonly serve?: true;
}

const help = `
Example: an application whose audience is \`wiki\`, in its tests
  bouncer dev-token --serve &
  TOKEN=$(bouncer dev-token --audience wiki --email ada@example.com --group staff)
  curl -H "X-Bouncer-Jwt-Assertion: $TOKEN" http://127.0.0.1:8090/

The application verifies with the issuer http://localhost:9465, as it does with the auth_url of a real bouncer.`;

const longestMs = 24 * 3_600_000;

export function addDevTokenCommand(program: Command, context: CliContext): void {
  program
    .command('dev-token')
    .description("an assertion for an application's own tests, signed by a key that no bouncer knows")
    .option('--audience <name>', 'the audience that the application expects')
    .addOption(new Option('--email <address>', 'who is asking: a person').argParser(parseEmailOption))
    .addOption(
      new Option('--service <name>', 'who is asking: a program').conflicts(['email', 'name', 'group']),
    )
    .option('--name <text>', 'what the person is called')
    .addOption(
      new Option('--group <name>', 'a group of theirs; may be given several times').argParser(collect),
    )
    .addOption(
      new Option('--lifetime <time>', 'how long it is valid').argParser(parseLifetime).default(300_000, '5m'),
    )
    .addOption(
      new Option('--issuer <origin>', 'its issuer, on this machine')
        .argParser(parseIssuer)
        .default('http://localhost:9465'),
    )
    .addOption(
      new Option('--folder <folder>', 'where the key is; made when it is not there').default('.bouncer-dev'),
    )
    .addOption(
      new Option('--serve', 'publish the public key at the issuer, until Ctrl-C').conflicts([
        'email',
        'service',
      ]),
    )
    .addHelpText('after', help)
    .action((options: DevTokenOptions) => run(options, context));
}

async function run(options: DevTokenOptions, { terminal }: CliContext): Promise<void> {
  const key = keyIn(resolve(terminal.cwd, options.folder));
  if (options.serve === true) {
    await serve(key, options.issuer, (text) => void terminal.stderr.write(text));
    return;
  }
  terminal.stdout.write(`${signJwt(key, claimsOf(options))}\n`);
}

/** Whatever an assertion has (docs/verify-the-jwt.md). @throws BouncerError `usage` */
function claimsOf({ email, service, name, group = [], audience, issuer, lifetime }: DevTokenOptions): object {
  if (audience === undefined)
    throw new BouncerError('usage', 'nothing says for which application', {
      hint: 'give --audience: the `audience` of the application in the rules, or its `name`',
    });
  const now = Math.floor(Date.now() / 1000);
  const common = {
    ...{ iss: issuer, aud: [audience], iat: now, nbf: now },
    ...{ exp: now + Math.floor(lifetime / 1000), jti: randomUUID() },
  };
  if (service !== undefined) return { ...common, sub: service, common_name: service, type: 'service' };
  if (email === undefined)
    throw new BouncerError('usage', 'nothing says who is asking', { hint: 'give --email or --service' });
  return {
    ...common,
    ...{ sub: email, email, email_verified: true },
    ...(name === undefined ? {} : { name }),
    ...{ groups: group, idp: 'dev-token', amr: ['pwd'], auth_time: now, sid: randomUUID(), type: 'user' },
  };
}

/** @throws BouncerError `usage` when what is there is not a key of ours */
function keyIn(folder: string): SigningKey {
  const file = join(folder, 'dev-key.json');
  try {
    makeFolder(folder, 0o700);
    if (!existsSync(file)) writeFileSync(file, createPrivateJwk(), { mode: 0o600, flag: 'wx' });
    const key = importSigningKey(readFileSync(file, 'utf8'));
    if ('problem' in key) throw new Error(key.problem);
    return key;
  } catch (cause) {
    const why = cause instanceof Error && !('code' in cause) ? cause.message : 'it cannot be read or written';
    throw new BouncerError('usage', `\`${file}\` is not a key for development: ${why}`, {
      cause,
      hint: 'delete it, and another one is made; or choose a folder with --folder',
    });
  }
}

/** @throws BouncerError `listen_failed` */
function serve(key: SigningKey, issuer: string, tell: (text: string) => void): Promise<void> {
  const { port } = new URL(issuer);
  const body = JSON.stringify({ keys: [key.publicJwk] });
  const server = createServer((req, res) => {
    const isKeys = req.url === '/.well-known/jwks.json' || req.url === '/.bouncer/certs';
    if (req.method !== 'GET' || !isKeys) res.writeHead(404).end();
    else res.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
  });
  return new Promise((done, reject) => {
    server.once('error', (cause) =>
      reject(new BouncerError('listen_failed', `cannot listen on port ${port} of 127.0.0.1`, { cause })),
    );
    server.listen(Number(port), '127.0.0.1', () => tell(`keys at ${issuer}/.well-known/jwks.json\n`));
    const stop = (): void => {
      server.closeAllConnections();
      server.close(() => done());
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
}

/** A real bouncer's address would make tokens that look real. */
function parseIssuer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    url.origin !== text ||
    url.protocol !== 'http:' ||
    !isLoopbackHost(url.hostname) ||
    url.port === ''
  )
    throw new InvalidArgumentError(
      'expected an origin on this machine with its port, such as http://localhost:9465',
    );
  return text;
}

function parseLifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 1000 || ms > longestMs)
    throw new InvalidArgumentError('expected a time such as 5m, at most 24h');
  return ms;
}
