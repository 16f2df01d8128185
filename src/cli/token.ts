// `bouncer token create|list|rotate|revoke`: what programs log in with, on a running or a stopped bouncer, through its store.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import {
  type IssuedToken,
  issueToken,
  revokeToken,
  rotateToken,
} from '../identity/tokens/token-operations.ts';
import type { RulesSet } from '../rules/model/rules-set.ts';
import { findNamedTokens } from '../rules/review/named-tokens.ts';
import type { Settings } from '../settings/settings.ts';
import { durationHint, parseDuration } from '../source/parse-duration.ts';
import type { ListedToken } from '../store/token-store.ts';
import type { CliContext } from './cli-context.ts';
import { collect, configOption, jsonOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { shortTime } from './short-time.ts';
import { renderTable, type Terminal } from './terminal.ts';
import { withStore } from './with-store.ts';

interface CreateOptions extends ConfigChoice {
  readonly application?: readonly string[];
  readonly expires?: number;
  readonly json?: true;
}

interface RotateOptions extends ConfigChoice {
  readonly keep: number;
  readonly expires?: number;
  readonly json?: true;
}

const defaultKeepMs = 86_400_000;

export function addTokenCommand(program: Command, context: CliContext): void {
  const token = program
    .command('token')
    .description('make, list and end the tokens that programs log in with');
  addCreate(token, context);
  addList(token, context);
  addRotate(token, context);
  addRevoke(token, context);
}

function addCreate(token: Command, { terminal }: CliContext): void {
  token
    .command('create')
    .description('make a token for a program; its secret is printed now and never again')
    .argument('<name>', 'what rules, applications and the log call it')
    .addOption(
      new Option(
        '--application <name>',
        'it is for this application alone; may be given several times',
      ).argParser(collect),
    )
    .addOption(expiresOption('how long it lives, such as 90d (without an end)'))
    .addOption(configOption())
    .addOption(jsonOption())
    .action((name: string, options: CreateOptions) =>
      withStore(options, terminal, async ({ store, settings }) => {
        const rules = rulesOf(settings);
        const applications = options.application ?? null;
        for (const application of applications ?? []) requireApplication(application, rules);
        const order = { name, applications, lifetimeMs: options.expires ?? null };
        const issued = await issueToken(store.tokens, order, store.now());
        printIssued(issued, options, terminal);
        const named = rules === null ? null : findNamedTokens(rules);
        if (named !== null && !named.hasAny && !named.places.has(name))
          terminal.stderr.write(
            `note: no policy names it yet; it opens something with: include: [{ service_token: ${name} }]\n`,
          );
      }),
    );
}

function addList(token: Command, { terminal }: CliContext): void {
  token
    .command('list')
    .description('list the tokens with their last use')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, ...choice }: ConfigChoice & { json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const nowMs = store.now();
        const listed = (await store.tokens.list()).map((one) => describeToken(one, nowMs));
        if (json === true) terminal.stdout.write(`${JSON.stringify(listed, null, 2)}\n`);
        else if (listed.length === 0)
          terminal.stdout.write('no tokens yet: `bouncer token create NAME` makes one\n');
        else terminal.stdout.write(renderList(listed, terminal.stdout.columns));
      }),
    );
}

function addRotate(token: Command, { terminal }: CliContext): void {
  token
    .command('rotate')
    .description('give a token a second secret, and an end to the first')
    .argument('<name>', 'the name of the token')
    .addOption(
      new Option('--keep <duration>', 'how long the first secret goes on; 0s ends it at once')
        .default(defaultKeepMs, '24h')
        .argParser(parseDurationOption),
    )
    .addOption(expiresOption('a new end for the token, from now (the one that it has)'))
    .addOption(configOption())
    .addOption(jsonOption())
    .action((name: string, options: RotateOptions) =>
      withStore(options, terminal, async ({ store }) => {
        const nowMs = store.now();
        const order = { name, keepMs: options.keep, lifetimeMs: options.expires };
        printIssued(await rotateToken(store.tokens, order, nowMs), options, terminal);
        terminal.stderr.write(`the secret before it ends ${shortTime(nowMs + options.keep)}\n`);
      }),
    );
}

function addRevoke(token: Command, { terminal }: CliContext): void {
  token
    .command('revoke')
    .description('end a token with all its secrets, and what they let in, within a second')
    .argument('<name>', 'the name of the token')
    .addOption(configOption())
    .action((name: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        await revokeToken(store.tokens, name);
        terminal.stdout.write(`the token ${name} has ended\n`);
      }),
    );
}

/** The secret goes to standard output, and what only people read to standard error. */
function printIssued(
  { token, secret }: IssuedToken,
  options: { readonly json?: boolean },
  { stdout, stderr }: Terminal,
): void {
  const { name, id, applications, expiresAtMs } = token;
  if (options.json === true) {
    stdout.write(`${JSON.stringify({ name, id, secret, applications, expiresAtMs }, null, 2)}\n`);
    return;
  }
  stdout.write(
    renderTable([
      ['name', name],
      ['for', applications === null ? 'every application whose rules name it' : applications.join(', ')],
      ['ends', expiresAtMs === null ? 'when it is revoked' : shortTime(expiresAtMs)],
      ['id', id],
      ['secret', secret],
    ]),
  );
  stderr.write(
    'the secret is not shown again: bouncer keeps only its hash\nsend it as `Authorization: Bearer SECRET`, or as the password of Basic\n',
  );
}

interface DescribedToken {
  readonly name: string;
  readonly id: string;
  readonly state: 'active' | 'ended';
  readonly applications: readonly string[] | null;
  readonly secrets: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedMs: number | null;
  readonly lastIp: string | null;
  readonly lastCountry: string | null;
  readonly uses: number;
}

function describeToken({ token, use, secrets }: ListedToken, nowMs: number): DescribedToken {
  const { name, id, applications, createdAtMs, expiresAtMs } = token;
  const living = secrets.filter(({ endsAtMs }) => endsAtMs === null || endsAtMs > nowMs);
  const state = expiresAtMs !== null && expiresAtMs <= nowMs ? 'ended' : 'active';
  return { name, id, state, applications, secrets: living.length, createdAtMs, expiresAtMs, ...use };
}

function renderList(listed: readonly DescribedToken[], width?: number): string {
  const time = (timeMs: number | null, otherwise: string): string =>
    timeMs === null ? otherwise : shortTime(timeMs);
  return renderTable(
    [
      ['NAME', 'STATE', 'FOR', 'SECRETS', 'CREATED', 'ENDS', 'LAST USED', 'FROM', 'USES'],
      ...listed.map((one) => [
        one.name,
        one.state,
        one.applications?.join(',') ?? 'all',
        String(one.secrets),
        shortTime(one.createdAtMs),
        time(one.expiresAtMs, '-'),
        time(one.lastUsedMs, 'never'),
        one.lastIp === null ? '-' : [one.lastIp, one.lastCountry ?? []].flat().join(' '),
        String(one.uses),
      ]),
    ],
    width,
  );
}

function expiresOption(description: string): Option {
  return new Option('--expires <duration>', description).argParser((text) => {
    const ms = parseDurationOption(text);
    if (ms === 0) throw new InvalidArgumentError('it would have ended already');
    return ms;
  });
}

function parseDurationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(durationHint.replaceAll('`', ''));
  return ms;
}

/** `null` where they are not valid: a token can be made all the same, unless it is to be for an application. */
function rulesOf(settings: Settings): RulesSet | null {
  const loaded = loadRules(settings);
  return loaded.ok ? loaded.value.set : null;
}

function requireApplication(name: string, rules: RulesSet | null): void {
  if (rules === null)
    throw new BouncerError('rules_invalid', 'the rules are not valid, so the application is not known', {
      hint: 'run `bouncer check`',
    });
  if (rules.applications.some((one) => one.name === name)) return;
  throw new BouncerError('usage', `there is no application \`${name}\``, {
    hint: `the rules have: ${rules.applications.map((one) => one.name).join(', ')}`,
  });
}
