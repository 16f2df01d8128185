// `bouncer access grant|list|revoke`: access for a time, given and ended by an operator, through the store, running or stopped.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import { grantAccess, listAccess, revokeAccess } from '../identity/access/access-operations.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Settings } from '../settings/settings.ts';
import { durationHint, parseDuration, renderDuration } from '../source/parse-duration.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption, parseEmailOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { shortTime } from './short-time.ts';
import { renderTable } from './terminal.ts';
import { withStore } from './with-store.ts';

interface GrantOptions extends ConfigChoice {
  readonly for: number;
  readonly reason: string;
  readonly path?: string;
}

export function addAccessCommand(program: Command, context: CliContext): void {
  const access = program
    .command('access')
    .description('give access to an application for a time, see it and end it');
  addGrant(access, context);
  addList(access, context);
  addRevoke(access, context);
}

function addGrant(access: Command, { terminal }: CliContext): void {
  access
    .command('grant')
    .description('give an address access for a time, where the rules ask for `granted`')
    .argument('<email>', 'their address', parseEmailOption)
    .argument('<application>', 'the name of the application')
    .addOption(
      new Option('--for <duration>', 'how long, such as 2h').argParser(parseTimeSpan).makeOptionMandatory(),
    )
    .addOption(new Option('--reason <text>', 'why; it stands in the log').makeOptionMandatory())
    .addOption(new Option('--path <path>', 'for this path of the rules alone, in place of the application'))
    .addOption(configOption())
    .action((email: string, application: string, options: GrantOptions) =>
      withStore(options, terminal, async ({ store, settings }) => {
        const { reason, path: area = null, for: durationMs } = options;
        const order = { email, application, area, durationMs, reason };
        const grant = await grantAccess(store, applicationsOf(settings), order);
        terminal.stdout.write(
          `${email} has access to ${application}${area ?? ''} until ${shortTime(grant.endsAtMs)}; \`bouncer access revoke ${grant.id}\` ends it\n`,
        );
      }),
    );
}

function addList(access: Command, { terminal }: CliContext): void {
  access
    .command('list')
    .description('list the grants that have not ended, and the requests that are open')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, ...choice }: ConfigChoice & { json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const found = await listAccess(store);
        terminal.stdout.write(json === true ? `${JSON.stringify(found, null, 2)}\n` : renderAccess(found));
      }),
    );
}

function addRevoke(access: Command, { terminal }: CliContext): void {
  access
    .command('revoke')
    .description('end a grant at once')
    .argument('<id>', 'its id, as `access list` prints it')
    .addOption(configOption())
    .action((id: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        const grant = await revokeAccess(store, id);
        if (grant === null)
          throw new BouncerError('usage', `there is no grant \`${id}\``, {
            hint: '`bouncer access list` shows them',
          });
        terminal.stdout.write(`the access of ${grant.email} to ${grant.application} has ended\n`);
      }),
    );
}

function renderAccess({ grants, requests }: Awaited<ReturnType<typeof listAccess>>): string {
  const what = (application: string, area: string | null): string => `${application}${area ?? ''}`;
  const given =
    grants.length === 0
      ? 'nobody has access for a time\n'
      : renderTable([
          ['ID', 'WHO', 'WHAT', 'ENDS', 'GIVEN BY', 'WHY'],
          ...grants.map((one) => [
            ...[one.id, one.email, what(one.application, one.area), shortTime(one.endsAtMs)],
            ...[one.grantedBy, one.reason],
          ]),
        ]);
  if (requests.length === 0) return given;
  const asked = renderTable([
    ['ASKED', 'WHO', 'WHAT', 'FOR', 'WHY'],
    ...requests.map((one) => [
      ...[shortTime(one.createdAtMs), one.email, what(one.application, one.area)],
      ...[renderDuration(one.durationMs), one.purpose === '' ? '-' : one.purpose],
    ]),
  ]);
  return `${given}\n${asked}`;
}

/** @throws BouncerError `rules_invalid` */
function applicationsOf(settings: Settings): readonly Application[] {
  const loaded = loadRules(settings);
  if (loaded.ok) return loaded.value.rules.applications;
  throw new BouncerError('rules_invalid', 'the rules are not valid, so the application is not known', {
    hint: 'run `bouncer check`',
  });
}

function parseTimeSpan(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError(durationHint.replaceAll('`', ''));
  return ms;
}
