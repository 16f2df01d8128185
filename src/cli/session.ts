// `bouncer session list|revoke`: who is logged in, and ending it, on a running or a stopped bouncer, through its store.
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import {
  type ListedSession,
  listSessions,
  type Revocation,
  revokeSessions,
} from '../identity/sessions/session-operations.ts';
import type { Settings } from '../settings/settings.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption, parseEmailOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { shortTime } from './short-time.ts';
import { renderTable } from './terminal.ts';
import { withStore } from './with-store.ts';

interface RevokeOptions extends ConfigChoice {
  readonly email?: string;
  readonly id?: string;
  readonly application?: string;
  readonly all?: true;
}

export function addSessionCommand(program: Command, { terminal }: CliContext): void {
  const session = program.command('session').description('list or end sessions');

  session
    .command('list')
    .description('list the sessions, the last used first')
    .addOption(
      new Option('--email <address>', 'only of the person with this address').argParser(parseEmailOption),
    )
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, email, ...choice }: ConfigChoice & { json?: true; email?: string }) =>
      withStore(choice, terminal, async ({ store }) => {
        const selection = email === undefined ? undefined : ({ by: 'email', email } as const);
        const sessions = await listSessions(store, store.now(), selection);
        terminal.stdout.write(
          json === true
            ? `${JSON.stringify(sessions, null, 2)}\n`
            : renderSessions(sessions, email, terminal.stdout.columns),
        );
      }),
    );

  session
    .command('revoke')
    .description('end sessions on every host, at once')
    .addOption(
      new Option('--email <address>', 'everything of the person with this address')
        .argParser(parseEmailOption)
        .conflicts(['id', 'application', 'all']),
    )
    .addOption(
      new Option('--id <id>', 'one session, by the id that `session list` prints').conflicts([
        'application',
        'all',
      ]),
    )
    .addOption(
      new Option('--application <name>', "everybody's session on this application's hosts").conflicts('all'),
    )
    .addOption(new Option('--all', 'every session of everybody'))
    .addOption(configOption())
    .action((options: RevokeOptions) =>
      withStore(options, terminal, async ({ store, settings }) => {
        const ended = await revokeSessions(store, selection(options, settings));
        terminal.stdout.write(renderEnded(ended, options));
      }),
    );
}

/** @param email of whom alone they are; absent: everybody's */
function renderSessions(sessions: readonly ListedSession[], email?: string, width?: number): string {
  if (sessions.length === 0)
    return email === undefined ? 'nobody is logged in\n' : `nobody is logged in as ${email}\n`;
  return renderTable(
    [
      ['ID', 'WHO', 'PROVIDER', 'LOGGED IN', 'LAST USED', 'ENDS', 'BROWSER', 'ADDRESS', 'PROGRAMS', 'HOSTS'],
      ...sessions.map((one) => [
        one.id,
        one.email ?? one.name ?? one.sub,
        one.idp,
        shortTime(one.createdAtMs),
        shortTime(one.lastSeenMs),
        shortTime(one.expiresAtMs),
        one.browser,
        one.ip ?? '-',
        one.programs.length === 0 ? '-' : one.programs.join(', '),
        one.hosts.join(' '),
      ]),
    ],
    width,
  );
}

function renderEnded(ended: number, { id, email }: RevokeOptions): string {
  if (ended > 0) return ended === 1 ? '1 session ended\n' : `${ended} sessions ended\n`;
  if (id !== undefined) return `no session ended: none has the id ${id} (any more)\n`;
  if (email !== undefined) return `no session ended: nobody is logged in as ${email}\n`;
  return 'no session ended: there was none\n';
}

function selection(options: RevokeOptions, settings: Settings): Revocation {
  if (options.email !== undefined) return { email: options.email };
  if (options.id !== undefined) return { id: options.id };
  if (options.application !== undefined) return { hosts: hostsOf(options.application, settings) };
  if (options.all === true) return 'all';
  throw new BouncerError('usage', 'nothing says which sessions to end', {
    hint: 'give --email ADDRESS, --id ID, --application NAME or --all',
  });
}

function hostsOf(name: string, settings: Settings): readonly string[] {
  const loaded = loadRules(settings);
  if (!loaded.ok)
    throw new BouncerError('rules_invalid', 'the rules are not valid, so the application is not known', {
      hint: 'run `bouncer check`',
    });
  const application = loaded.value.rules.applications.find((one) => one.name === name);
  if (application === undefined) {
    const names = loaded.value.rules.applications.map((one) => one.name).join(', ');
    throw new BouncerError('usage', `there is no application \`${name}\``, {
      hint: `the rules have: ${names}`,
    });
  }
  return application.hosts;
}
