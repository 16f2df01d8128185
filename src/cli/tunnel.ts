// `bouncer tunnel …`: named tunnels, the tokens that connectors join with, and the connectors, through the store of a bouncer that runs or
// does not.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import { isTunnelName, tunnelNameHint } from '../http/tunnel-address.ts';
import { upstreamsOf } from '../rules/model/policies-of.ts';
import { checkNetwork } from '../settings/check-network.ts';
import type { Settings, TunnelSettings } from '../settings/settings.ts';
import { durationHint, parseDuration } from '../source/parse-duration.ts';
import {
  type IssuedJoinToken,
  issueJoinToken,
  longestReusableMs,
  type TokenOrder,
} from '../tunnel/edge/issue-join-token.ts';
import { rotateEdgeKeys } from '../tunnel/wire/edge-keys.ts';
import type { CliContext } from './cli-context.ts';
import { collect, configOption, jsonOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { shortTime } from './short-time.ts';
import type { Terminal } from './terminal.ts';
import { addDrain, addRevokeConnector } from './tunnel-connectors.ts';
import { describeTunnels, renderTunnel, renderTunnels } from './tunnel-list.ts';
import { withStore } from './with-store.ts';

interface TokenOptions extends ConfigChoice {
  readonly reusable?: true;
  readonly expires?: number;
  readonly from?: readonly string[];
  readonly maxConnectors?: number;
  readonly json?: true;
}

export function addTunnelCommand(program: Command, context: CliContext): void {
  const tunnel = program
    .command('tunnel')
    .description('name tunnels, invite connectors to them, list and end them');
  addCreate(tunnel, context);
  addList(tunnel, context);
  addRotate(tunnel, context);
  addInfo(tunnel, context);
  addRevokeConnector(tunnel, context);
  addDrain(tunnel, context);
  addDelete(tunnel, context);
  addRotateKey(tunnel, context);
}

function withTokenOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--reusable',
        'for containers without a disk: every start is another connector; needs --expires',
      ),
    )
    .addOption(
      new Option('--expires <duration>', 'how long a reusable token lives: at most 90d').argParser(
        parseLifetime,
      ),
    )
    .addOption(
      new Option(
        '--from <network>',
        'a reusable token counts from there alone; may be given several times',
      ).argParser(parseNetworks),
    )
    .addOption(
      new Option('--max-connectors <n>', 'how many connectors a reusable token lets in at a time').argParser(
        parseCount,
      ),
    )
    .addOption(configOption())
    .addOption(jsonOption());
}

function addCreate(tunnel: Command, { terminal }: CliContext): void {
  withTokenOptions(
    tunnel
      .command('create')
      .description('name a tunnel, and make the token that its first connector joins with')
      .argument('<name>', 'what rules call it: `upstream: tunnel:NAME/SERVICE`'),
  ).action((name: string, options: TokenOptions) =>
    withStore(options, terminal, async ({ store, settings }) => {
      const { addresses } = requireTunnels(settings);
      if (!isTunnelName(name))
        throw new BouncerError('usage', `\`${name}\` cannot be the name of a tunnel`, {
          hint: tunnelNameHint,
        });
      const reusable = reusableOf(options);
      if (!(await store.tunnels.createTunnel({ name, createdAtMs: store.now(), share: null })))
        throw new BouncerError('usage', `there is a tunnel \`${name}\` already`, {
          hint: `\`bouncer tunnel rotate ${name}\` makes a new token for it`,
        });
      const order = { tunnel: name, addresses, ...reusable };
      printToken(await issueJoinToken(store, order), options, terminal);
    }),
  );
}

function addRotate(tunnel: Command, { terminal }: CliContext): void {
  withTokenOptions(
    tunnel
      .command('rotate')
      .description('end all tokens of a tunnel and make a new one; connectors that have joined go on')
      .argument('<name>', 'the name of the tunnel'),
  ).action((name: string, options: TokenOptions) =>
    withStore(options, terminal, async ({ store, settings }) => {
      const { addresses } = requireTunnels(settings);
      const reusable = reusableOf(options);
      await store.tunnels.endTokens(name);
      const issued = await issueJoinToken(store, { tunnel: name, addresses, ...reusable });
      printToken(issued, options, terminal);
    }),
  );
}

function addList(tunnel: Command, { terminal }: CliContext): void {
  tunnel
    .command('list')
    .description('list the tunnels with their connectors and live connections')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, ...choice }: ConfigChoice & { json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const book = await store.tunnels.read();
        const described = describeTunnels(book, await store.nodes.listNodes(), store.now());
        if (json === true) terminal.stdout.write(`${JSON.stringify(described, null, 2)}\n`);
        else terminal.stdout.write(renderTunnels(described, terminal.stdout.columns));
      }),
    );
}

function addInfo(tunnel: Command, { terminal }: CliContext): void {
  tunnel
    .command('info')
    .description('say all about one tunnel: its tokens, its connectors, their live connections')
    .argument('<name>', 'the name of the tunnel')
    .addOption(configOption())
    .addOption(jsonOption())
    .action((name: string, { json, ...choice }: ConfigChoice & { json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const book = await store.tunnels.read();
        const all = describeTunnels(book, await store.nodes.listNodes(), store.now());
        const found = all.find((one) => one.name === name);
        if (found === undefined)
          throw new BouncerError('usage', `there is no tunnel \`${name}\``, {
            hint: '`bouncer tunnel list` shows them',
          });
        terminal.stdout.write(json === true ? `${JSON.stringify(found, null, 2)}\n` : renderTunnel(found));
      }),
    );
}

function addDelete(tunnel: Command, { terminal }: CliContext): void {
  tunnel
    .command('delete')
    .description('end a tunnel with its tokens and connectors; refuses while rules name it')
    .argument('<name>', 'the name of the tunnel')
    .addOption(configOption())
    .action((name: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store, settings }) => {
        requireUnnamed(name, settings);
        if (!(await store.tunnels.removeTunnel(name)))
          throw new BouncerError('usage', `there is no tunnel \`${name}\``, {
            hint: '`bouncer tunnel list` shows them',
          });
        terminal.stdout.write(`the tunnel ${name} has ended\n`);
      }),
    );
}

function addRotateKey(tunnel: Command, { terminal }: CliContext): void {
  tunnel
    .command('rotate-edge-key')
    .description('let all edges show the next key, which connectors that were connected lately know already')
    .addOption(configOption())
    .action((choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        if (!(await rotateEdgeKeys(store.secrets)))
          throw new BouncerError('usage', 'another process changed the keys at the same time', {
            hint: 'look before trying again',
          });
        terminal.stdout.write(
          'the next key is in use within seconds; tokens from before this and a further rotation no longer lead here\n',
        );
      }),
    );
}

function requireTunnels({ tunnel }: Settings): TunnelSettings {
  if (tunnel !== null) return tunnel;
  throw new BouncerError('usage', 'the settings have no `tunnel`', {
    hint: 'add `tunnel: { listen: "[::]:7844", addresses: [edge.example.com:7844] }`',
  });
}

function reusableOf({ reusable, expires, from, maxConnectors }: TokenOptions): Pick<TokenOrder, 'reusable'> {
  if (reusable === true) {
    if (expires === undefined)
      throw new BouncerError('usage', '`--reusable` needs `--expires`', {
        hint: 'for example `--expires 30d`',
      });
    return { reusable: { lifetimeMs: expires, from: from ?? null, maxConnectors: maxConnectors ?? null } };
  }
  if (expires === undefined && from === undefined && maxConnectors === undefined) return {};
  throw new BouncerError('usage', '`--expires`, `--from` and `--max-connectors` are for `--reusable`', {
    hint: 'a token for one connector lives for an hour, and is spent by its first use',
  });
}

/** Rules that name it would lead nowhere. Rules that cannot be read may name it. */
function requireUnnamed(name: string, settings: Settings): void {
  const loaded = loadRules(settings);
  if (!loaded.ok)
    throw new BouncerError(
      'rules_invalid',
      'the rules are not valid, so nobody knows whether they name the tunnel',
      {
        hint: 'run `bouncer check`',
      },
    );
  const users = loaded.value.set.applications.filter((application) =>
    upstreamsOf(application).some((upstream) => upstream.kind === 'tunnel' && upstream.tunnel === name),
  );
  if (users.length === 0) return;
  throw new BouncerError(
    'usage',
    `rules name the tunnel \`${name}\`: ${users.map((user) => user.name).join(', ')}`,
    {
      hint: 'give those applications another upstream, or delete them, first',
    },
  );
}

/** The token goes to standard output, and what only people read to standard error. */
function printToken(
  { text, token }: IssuedJoinToken,
  options: { readonly json?: boolean },
  { stdout, stderr }: Terminal,
): void {
  const { tunnel, expiresAtMs, isReusable } = token;
  if (options.json === true) {
    stdout.write(`${JSON.stringify({ tunnel, token: text, expiresAtMs, isReusable }, null, 2)}\n`);
    return;
  }
  stdout.write(`${text}\n`);
  const use = isReusable
    ? 'every connector that starts with it joins'
    : 'the first connector that starts with it joins';
  stderr.write(
    `the token is not shown again; ${use} the tunnel ${tunnel}, until ${shortTime(expiresAtMs)}\n` +
      'beside the application, with the token in a file that only its owner can read:\n' +
      `  bouncer connector run${isReusable ? ' --in-memory' : ''} --token-file join-token --service wiki=http://127.0.0.1:8090\n` +
      `in the rules:\n  upstream: tunnel:${tunnel}/wiki\n`,
  );
}

function parseLifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(durationHint.replaceAll('`', ''));
  if (ms < 1 || ms > longestReusableMs) throw new InvalidArgumentError('at most 90d');
  return ms;
}

function parseNetworks(text: string, before: readonly string[] = []): readonly string[] {
  const fault = checkNetwork(text);
  if (fault !== null) throw new InvalidArgumentError(fault.reason.replaceAll('`', ''));
  return collect(text, before);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new InvalidArgumentError('expected 1 to 10000');
  return count;
}
