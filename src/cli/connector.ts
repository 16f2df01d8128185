// `bouncer connector run|check|status`: what runs beside an application that has no open port.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { createFileFollower } from '../configuration/follow-files.ts';
import { durationHint, parseDuration } from '../source/parse-duration.ts';
import { checkConnector } from '../tunnel/connector/check-connector.ts';
import { type ConnectorConfig, readConnectorConfig } from '../tunnel/connector/connector-config.ts';
import { createConnectorLog } from '../tunnel/connector/connector-log.ts';
import { serveManagement } from '../tunnel/connector/connector-management.ts';
import {
  type ConnectorState,
  freshState,
  readState,
  writeState,
} from '../tunnel/connector/connector-state.ts';
import { type Connector, startConnector } from '../tunnel/connector/create-connector.ts';
import { findJoinToken } from '../tunnel/connector/read-token.ts';
import {
  createServiceList,
  parseServiceOption,
  type ServiceEntry,
  type ServiceList,
} from '../tunnel/connector/service-list.ts';
import { readVersion } from '../version.ts';
import type { CliContext } from './cli-context.ts';
import { collectBuffersLater } from './collect-buffers-later.ts';
import { printStatus } from './connector-status.ts';
import { collect, jsonOption } from './options.ts';
import { renderForTerminal } from './read-settings.ts';
import { exitCodes, type Terminal } from './terminal.ts';

const usualKeyFile = 'bouncer-connector.key';
const usualGraceMs = 30_000;

interface ConnectorOptions {
  readonly config?: string;
  readonly tokenFile?: string;
  readonly keyFile?: string;
  readonly inMemory?: true;
  readonly service?: readonly string[];
  readonly management?: string;
  readonly grace?: number;
}

export function addConnectorCommand(program: Command, context: CliContext): void {
  const connector = program
    .command('connector')
    .description('run beside an application that has no open port, and lead a tunnel to it');
  withPlaces(
    connector.command('run').description('connect to the edges and lead to the services until told to stop'),
  ).action((options: ConnectorOptions) => run(options, context));
  withPlaces(
    connector
      .command('check')
      .description(
        'look at the way to every edge, its key, its clock, and at every service; spends no token',
      ),
  ).action((options: ConnectorOptions) => check(options, context));
  connector
    .command('status')
    .description('ask the connector that runs here how it is')
    .addOption(managementOption())
    .addOption(fileOption())
    .addOption(jsonOption())
    .action((options: ConnectorOptions & { readonly json?: true }) => status(options, context));
}

function withPlaces(command: Command): Command {
  return command
    .addOption(fileOption())
    .addOption(new Option('--token-file <file>', 'the join token, in a file that only its owner can read'))
    .addOption(new Option('--key-file <file>', `where its own key is kept (default: ${usualKeyFile})`))
    .addOption(
      new Option('--in-memory', 'keep no key: for a reusable token, where there is no disk').conflicts(
        'keyFile',
      ),
    )
    .addOption(
      new Option(
        '--service <name=address>',
        'a service, such as wiki=http://127.0.0.1:8090; may be given several times',
      ).argParser(collect),
    )
    .addOption(managementOption())
    .addOption(
      new Option(
        '--grace <duration>',
        'how long what is under way may take at the end (default: 30s)',
      ).argParser((text) => {
        const ms = parseDuration(text);
        if (ms === null) throw new InvalidArgumentError(durationHint.replaceAll('`', ''));
        return ms;
      }),
    );
}

const fileOption = (): Option =>
  new Option('-c, --config <file>', 'a file in place of options: connector.yaml');
const managementOption = (): Option =>
  new Option(
    '--management <address>',
    'where /livez, /readyz and /metrics are: an address of this machine alone',
  );

interface Places {
  readonly configFile: string | null;
  readonly tokenFile: string | null;
  /** `null`: kept in memory. */
  readonly keyFile: string | null;
  readonly management: string | null;
  readonly graceMs: number;
  readonly services: readonly ServiceEntry[];
}

/** @throws BouncerError */
function placesOf(options: ConnectorOptions, terminal: Terminal): Places {
  const { cwd } = terminal;
  const configFile = options.config === undefined ? null : resolve(cwd, options.config);
  const config = configFile === null ? null : requireConfig(configFile, terminal);
  const given = (options.service ?? []).map((text) => parseServiceOption(text, cwd));
  const keyFile =
    options.keyFile === undefined
      ? (config?.keyFile ?? resolve(cwd, usualKeyFile))
      : resolve(cwd, options.keyFile);
  return {
    configFile,
    tokenFile:
      options.tokenFile === undefined ? (config?.tokenFile ?? null) : resolve(cwd, options.tokenFile),
    keyFile: options.inMemory === true ? null : keyFile,
    management: options.management ?? config?.management ?? null,
    graceMs: options.grace ?? config?.graceMs ?? usualGraceMs,
    services: [...given, ...(config?.services ?? [])],
  };
}

function requireConfig(file: string, terminal: Terminal): ConnectorConfig {
  const config = readConnectorConfig(file);
  if (config.ok) return config.value;
  const text = renderForTerminal(config.problems, [], terminal.stderr, terminal);
  throw new BouncerError('settings_invalid', `the file of the connector is not valid\n\n${text.trimEnd()}`);
}

async function run(options: ConnectorOptions, { terminal, finish }: CliContext): Promise<void> {
  collectBuffersLater();
  // A log that nobody reads any more ends no connection.
  process.stdout.on('error', () => {});
  const places = placesOf(options, terminal);
  const log = createConnectorLog(terminal.stdout);
  const connector = startFrom(places, terminal, log);
  const management = await manage(places, connector);
  const reload = (): void => {
    try {
      const { services } = placesOf(options, terminal);
      connector.setServices(listOf(services));
      log.info('services_reloaded', { services: services.map(({ name }) => name) });
    } catch (error) {
      log.warn('reload_failed', { cause: error instanceof Error ? error.message : String(error) });
    }
  };
  const follower = places.configFile === null ? null : createFileFollower(reload);
  if (places.configFile !== null) follower?.follow([places.configFile]);
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
  });
  process.on('SIGHUP', reload);
  await stopped;
  // A second signal ends the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => process.exit(exitCodes.failed));
  follower?.close();
  log.info('draining', { open: connector.report().connections.reduce((sum, { open }) => sum + open, 0) });
  await connector.drain(places.graceMs);
  management.close();
  log.info('stopped', {});
  finish(exitCodes.done);
}

function startFrom(
  places: Places,
  terminal: Terminal,
  log: ReturnType<typeof createConnectorLog>,
): Connector {
  const { keyFile } = places;
  const kept = keyFile === null ? null : readState(keyFile);
  const token = tokenFor(places, kept, terminal);
  if (token === null && (kept === null || kept.addresses.length === 0)) throw noToken();
  const services = listOf(places.services);
  const state = kept ?? freshState();
  // Before the first connection: a token that is spent must not leave a key behind that nobody has.
  if (kept === null && keyFile !== null) writeState(keyFile, state);
  return startConnector({
    ...{ state, token, services, log, env: terminal.env, version: readVersion() },
    save: (next) => {
      if (keyFile !== null) writeState(keyFile, next);
    },
  });
}

/** @throws BouncerError, with the connector ended */
async function manage({ management }: Places, connector: Connector): ReturnType<typeof serveManagement> {
  if (management === null) return { close: () => {} };
  try {
    return await serveManagement(management, connector);
  } catch (error) {
    connector.close();
    throw error;
  }
}

/** @throws BouncerError for a list that leads nowhere */
function listOf(services: readonly ServiceEntry[]): ServiceList {
  if (services.length > 0) return createServiceList(services);
  throw new BouncerError('settings_invalid', 'there is no service to lead to', {
    hint: 'give `--service wiki=http://127.0.0.1:8090`',
  });
}

function noToken(): BouncerError {
  return new BouncerError('settings_invalid', 'there is no join token, and no key of an earlier start', {
    hint: 'give `--token-file` with what `bouncer tunnel create NAME` prints',
  });
}

/** The token to join with; `null`: none. Who has joined needs none, and may have put its file away. */
function tokenFor(
  { tokenFile }: Places,
  kept: ConnectorState | null,
  { env }: Terminal,
): ReturnType<typeof findJoinToken> {
  const isPutAway =
    kept !== null && kept.addresses.length > 0 && tokenFile !== null && !existsSync(tokenFile);
  return isPutAway ? null : findJoinToken(tokenFile, env);
}

async function check(options: ConnectorOptions, { terminal, finish }: CliContext): Promise<void> {
  const places = placesOf(options, terminal);
  const kept = places.keyFile === null ? null : readState(places.keyFile);
  const token = tokenFor(places, kept, terminal);
  const known = kept !== null && kept.addresses.length > 0 ? kept : token;
  if (known === null) throw noToken();
  const looks = await checkConnector({
    addresses: known.addresses,
    pins: known.pins,
    services: places.services,
    env: terminal.env,
  });
  for (const { about, failure, hint } of looks) {
    terminal.stdout.write(failure === null ? `ok    ${about}\n` : `FAIL  ${about}: ${failure}\n`);
    if (hint !== null) terminal.stdout.write(`      hint: ${hint}\n`);
  }
  if (looks.some(({ failure }) => failure !== null)) finish(exitCodes.failed);
}

async function status(
  options: ConnectorOptions & { readonly json?: true },
  { terminal, finish }: CliContext,
): Promise<void> {
  const config =
    options.config === undefined ? null : requireConfig(resolve(terminal.cwd, options.config), terminal);
  const isReady = await printStatus(options.management ?? config?.management ?? null, options, terminal);
  if (!isReady) finish(exitCodes.failed);
}
