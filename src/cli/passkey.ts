// `bouncer passkey invite|list|remove`: the passkeys that people log in by, on a running or a stopped bouncer, through its store.
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { inviteToPasskey, removePasskeys } from '../identity/passkey/passkey-operations.ts';
import { speaksFor } from '../identity/speaks-for.ts';
import type { PasskeyProviderSettings, Settings } from '../settings/settings.ts';
import { parseDuration } from '../source/parse-duration.ts';
import type { StoredPasskey } from '../store/passkey-store.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption, parseEmailOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { shortTime } from './short-time.ts';
import { takenBackWords } from './taken-back-words.ts';
import { renderTable } from './terminal.ts';
import { withStore } from './with-store.ts';

export function addPasskeyCommand(program: Command, context: CliContext): void {
  const passkey = program
    .command('passkey')
    .description('invite people to log in by a passkey, list and remove passkeys');
  addInvite(passkey, context);
  addList(passkey, context);
  addRemove(passkey, context);
}

interface InviteOptions extends ConfigChoice {
  readonly expires?: number;
  readonly breakGlass?: true;
}

function addInvite(passkey: Command, { terminal }: CliContext): void {
  passkey
    .command('invite')
    .description(
      'print a link by which somebody makes a passkey as this address; it works once, within a day',
    )
    .argument('<email>', 'who they will be', parseEmailOption)
    .addOption(
      new Option('--expires <time>', 'when the passkey ends, from now: 12h, 90d').argParser(parseExpires),
    )
    .addOption(
      new Option(
        '--break-glass',
        'for an operator, when nothing else lets anybody in: needs --expires, and each use is a warning',
      ),
    )
    .addOption(configOption())
    .action((email: string, { expires, breakGlass, ...choice }: InviteOptions) =>
      withStore(choice, terminal, async ({ store, settings }) => {
        const provider = requirePasskeys(settings);
        if (breakGlass === true && expires === undefined)
          throw new BouncerError('usage', '`--break-glass` needs `--expires`', {
            hint: 'such as --expires 90d: what is hardly ever used is forgotten',
          });
        if (!speaksFor(provider, email))
          throw new BouncerError('usage', `\`${provider.id}\` does not speak for this address`, {
            hint: 'name its domain in the `email_domains` of that identity provider',
          });
        if (await store.persons.isBlocked(email))
          throw new BouncerError('usage', `${email} is blocked`, {
            hint: `\`bouncer person unblock ${email}\` lets them in again`,
          });
        const endsAtMs = expires === undefined ? null : store.now() + expires;
        const wish = { email, endsAtMs, isBreakGlass: breakGlass === true };
        terminal.stdout.write(`${await inviteToPasskey(store, settings.authUrl, wish)}\n`);
        const end = endsAtMs === null ? '' : `; the passkey ends at ${shortTime(endsAtMs)}`;
        terminal.stderr.write(
          `for ${email}, once, within 24 h${end}; whoever has the link can make it theirs: send it in a way that reaches nobody else\n`,
        );
      }),
    );
}

function addList(passkey: Command, { terminal }: CliContext): void {
  passkey
    .command('list')
    .description('list the passkeys')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, ...choice }: ConfigChoice & { readonly json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const passkeys = await store.passkeys.listPasskeys();
        terminal.stdout.write(
          json === true
            ? `${JSON.stringify(passkeys, null, 2)}\n`
            : renderPasskeys(passkeys, terminal.stdout.columns),
        );
      }),
    );
}

function addRemove(passkey: Command, { terminal }: CliContext): void {
  passkey
    .command('remove')
    .description('remove passkeys; everything that was logged in by them ends at once')
    .addOption(
      new Option(
        '--email <address>',
        'all passkeys of this address, and its invitations that were not used yet',
      )
        .argParser(parseEmailOption)
        .conflicts('id'),
    )
    .addOption(new Option('--id <id>', 'one passkey, by the id that `passkey list` prints'))
    .addOption(configOption())
    .action(({ email, id, ...choice }: ConfigChoice & { readonly email?: string; readonly id?: string }) =>
      withStore(choice, terminal, async ({ store, settings }) => {
        if (email === undefined && id === undefined)
          throw new BouncerError('usage', 'say which: --email ADDRESS or --id ID');
        const whose = email === undefined ? { id: id ?? '' } : { email };
        const removed = await removePasskeys(store, findPasskeys(settings), whose);
        terminal.stdout.write(removedWords(removed, settings));
        if (email !== undefined) terminal.stdout.write(takenBackWords);
      }),
    );
}

function findPasskeys({ identityProviders }: Settings): PasskeyProviderSettings | null {
  return identityProviders.find((provider) => provider.type === 'passkey') ?? null;
}

function requirePasskeys(settings: Settings): PasskeyProviderSettings {
  const provider = findPasskeys(settings);
  if (provider !== null) return provider;
  throw new BouncerError('usage', 'no identity provider of the settings is passkeys', {
    hint: 'add `{ id: passkey, type: passkey }` to `identity_providers`',
  });
}

function parseExpires(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  throw new BouncerError('usage', `\`${text}\` is not a time`, { hint: 'such as 12h or 90d' });
}

function removedWords(removed: readonly StoredPasskey[], { smtp }: Settings): string {
  if (removed.length === 0) return 'there is no such passkey\n';
  const count = removed.length === 1 ? '1 passkey is removed' : `${removed.length} passkeys are removed`;
  const mail = smtp === null ? '' : '; the running bouncer sends a mail about it';
  return `${count}, and everything that was logged in by it ended${mail}\n`;
}

function renderPasskeys(passkeys: readonly StoredPasskey[], width?: number): string {
  if (passkeys.length === 0)
    return 'no passkeys yet: `bouncer passkey invite EMAIL` lets somebody make one\n';
  return renderTable(
    [
      ['ID', 'WHO', 'CALLED', 'HOST', 'MADE', 'LAST USED', 'ENDS', 'FOR'],
      ...passkeys.map((one) => [
        one.id,
        one.email,
        one.label,
        one.rpId ?? 'not known',
        shortTime(one.createdAtMs),
        one.lastUsedMs === null ? 'never' : shortTime(one.lastUsedMs),
        one.expiresAtMs === null ? 'never' : shortTime(one.expiresAtMs),
        one.isBreakGlass ? 'break glass' : 'every day',
      ]),
    ],
    width,
  );
}
