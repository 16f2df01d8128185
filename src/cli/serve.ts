// `bouncer serve`: run the proxy until it is told to stop.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { InvalidConfigurationError } from '../bouncer.ts';
import { loadRules } from '../configuration/load-rules.ts';
import { createBouncer } from '../create-bouncer.ts';
import { requireDemoPackages } from '../demo/demo-packages.ts';
import type { RulesSet } from '../rules/model/rules-set.ts';
import { boundYoungGeneration } from './bound-young-generation.ts';
import type { CliContext } from './cli-context.ts';
import { collectBuffersLater } from './collect-buffers-later.ts';
import { configOf, configOption } from './options.ts';
import { type ConfigChoice, renderForTerminal, withMissingHint } from './read-settings.ts';
import { exitCodes, isColored } from './terminal.ts';
import { requireSettings } from './with-store.ts';

/** Of a half of V8's young generation, of whose own 32 every one costs two. With 8 a request over HTTP/2 costs 4 % more. */
const mostYoungBytes = 16 * 1024 * 1024;

interface ServeOptions extends ConfigChoice {
  readonly dev?: true;
}

/** A try on one machine. */
interface LocalTry {
  readonly providers: readonly { close(): Promise<void> }[];
  /** What to open, and whom to log in as. */
  readonly announcement: string;
}

/** Loaded here: it brings an identity provider that no other command needs. */
async function startLocal(options: ServeOptions, terminal: CliContext['terminal']): Promise<LocalTry> {
  requireDemoPackages(terminal.cwd);
  const settings = requireSettings(options, terminal, 'try');
  const { renderLocalAnnouncement, startLocalProviders } = await import('../demo/local-provider.ts');
  const rules = (): RulesSet | null => {
    const loaded = loadRules(settings);
    return loaded.ok ? loaded.value.set : null;
  };
  return {
    providers: await startLocalProviders(settings, rules),
    announcement: renderLocalAnnouncement(settings, rules()),
  };
}

export function addServeCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('serve')
    .description('run the proxy; reloads settings and rules when they change; drains on SIGTERM')
    .addOption(configOption())
    .addOption(
      new Option(
        '--dev',
        'to try it on this machine alone: also starts an identity provider without passwords at each issuer that is on this machine, and shows mail on a page',
      ),
    )
    .action(async (options: ServeOptions) => {
      collectBuffersLater();
      boundYoungGeneration(mostYoungBytes);
      const local = options.dev === true ? await startLocal(options, terminal) : null;
      try {
        await serve(options, local?.announcement ?? null, { terminal, finish });
      } finally {
        for (const provider of local?.providers ?? []) await provider.close();
      }
    });
}

/** @param announcement printed once it listens */
async function serve(
  options: ServeOptions,
  announcement: string | null,
  { terminal, finish }: CliContext,
): Promise<void> {
  const bouncer = await createBouncer({
    settings: resolve(terminal.cwd, configOf(options)),
    env: terminal.env,
    isLogTerminal: terminal.stdout.isTTY === true,
    isLogColored: isColored(terminal.stdout, terminal.env),
    watch: true,
    dev: options.dev === true,
    inherited: takeInherited(terminal.env),
  }).catch((error: unknown) => {
    if (!(error instanceof InvalidConfigurationError)) throw error;
    const problems = withMissingHint(options, terminal, error.problems);
    terminal.stderr.write(renderForTerminal(problems, error.failedTests, terminal.stderr, terminal));
    terminal.stderr.write('\nbouncer did not start.\n');
    finish(error.problems.length > 0 ? exitCodes.invalid : exitCodes.denied);
    return null;
  });
  if (bouncer === null) return;
  if (bouncer.warnings.length > 0) {
    terminal.stderr.write(renderForTerminal(bouncer.warnings, [], terminal.stderr, terminal));
  }
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
  });
  process.on('SIGHUP', () => void bouncer.reload());
  const { url, managementUrl, forwardAuthUrl } = await bouncer.listen().catch(async (error: unknown) => {
    await bouncer.close();
    throw error;
  });
  const checks = forwardAuthUrl === null ? '' : `, questions of another proxy on ${forwardAuthUrl}`;
  const management = managementUrl === null ? '' : `, management on ${managementUrl}`;
  terminal.stderr.write(`bouncer listens on ${url} for ${bouncer.settings.authUrl}${checks}${management}\n`);
  if (announcement !== null) terminal.stderr.write(`${announcement}\n`);
  // Nobody waits for it: a provider that is down stops logins and nothing else.
  void bouncer.lookAround();
  await stopped;
  // A second signal ends the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => process.exit(exitCodes.failed));
  await bouncer.close();
}

/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const firstInherited = 3;

/** The socket of a systemd socket unit, or of whoever does the same; `undefined` when there is none for this process. */
function takeInherited(
  env: Readonly<Record<string, string | undefined>>,
): { readonly inheritedFd: number } | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env;
  if (pid !== String(process.pid) || count === undefined || !(Number(count) >= 1)) return undefined;
  return { inheritedFd: firstInherited };
}
