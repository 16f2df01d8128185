// `bouncer hardware-key invite|list|remove`: the keys that people enrolled, on a running or a stopped bouncer, through its store.
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import {
  findKeyless,
  inviteToEnrol,
  type Keyless,
  type ListedKey,
  listHardwareKeys,
  removeHardwareKeys,
} from '../identity/hardware-keys/key-operations.ts';
import { parseEmail } from '../rules/parse/check-values.ts';
import type { HardwareKeySettings, Settings } from '../settings/settings.ts';
import type { StoredHardwareKey } from '../store/hardware-key-store.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { takenBackWords } from './taken-back-words.ts';
import { renderTable, type Terminal } from './terminal.ts';
import { withStore } from './with-store.ts';

interface ListOptions extends ConfigChoice {
  readonly missing?: true;
  readonly json?: true;
}

export function addHardwareKeyCommand(program: Command, context: CliContext): void {
  const key = program
    .command('hardware-key')
    .description('invite people to enrol a hardware key, list and remove keys');
  addInvite(key, context);
  addList(key, context);
  addRemove(key, context);
}

function addInvite(key: Command, { terminal }: CliContext): void {
  key
    .command('invite')
    .description('print a link that lets somebody enrol their first key; it works once, within a day')
    .argument('<email>', 'the verified address that they log in with')
    .addOption(configOption())
    .action((text: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store, settings }) => {
        requireHardwareKeys(settings);
        const email = requireEmail(text);
        if (await store.persons.isBlocked(email))
          throw new BouncerError('usage', `${email} is blocked`, {
            hint: `\`bouncer person unblock ${email}\` lets them in again`,
          });
        const link = await inviteToEnrol(store, { email, authUrl: settings.authUrl });
        terminal.stdout.write(`${link}\n`);
        const has = (await store.hardwareKeys.listKeys()).filter((each) => each.email === email).length;
        terminal.stderr.write(
          has === 0
            ? `for ${email}, once, within 24 h; send it in a way that reaches nobody else\n`
            : `note: ${email} has ${has === 1 ? 'a key' : `${has} keys`} already, and one of them lets the next one in: an invitation is for the first\n`,
        );
      }),
    );
}

function addList(key: Command, { terminal }: CliContext): void {
  key
    .command('list')
    .description('list the enrolled keys')
    .addOption(
      new Option('--missing', 'list who is logged in, is asked for a key by some rule and has none enrolled'),
    )
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ missing, json, ...choice }: ListOptions) =>
      withStore(choice, terminal, async ({ store, settings }) => {
        const { trust } = requireHardwareKeys(settings);
        if (missing === true)
          return print(await findKeyless(store, rulesOf(settings)), renderKeyless, { json, terminal });
        print(await listHardwareKeys(store, trust), renderKeys, { json, terminal });
      }),
    );
}

function addRemove(key: Command, { terminal }: CliContext): void {
  key
    .command('remove')
    .description('remove keys; everything that their owners are logged in with ends at once')
    .addOption(
      new Option(
        '--email <address>',
        'all keys of the person with this address, and their invitations that were not used yet',
      ).conflicts('id'),
    )
    .addOption(new Option('--id <id>', 'one key, by the id that `hardware-key list` prints'))
    .addOption(configOption())
    .action(({ email, id, ...choice }: ConfigChoice & { readonly email?: string; readonly id?: string }) =>
      withStore(choice, terminal, async ({ store, settings }) => {
        if (email === undefined && id === undefined)
          throw new BouncerError('usage', 'say which: --email ADDRESS or --id ID');
        const whose = email === undefined ? { id: id ?? '' } : { email: requireEmail(email) };
        const removed = await removeHardwareKeys(store, whose);
        terminal.stdout.write(`${removedWords(removed, settings)}\n`);
        if (email !== undefined) terminal.stdout.write(takenBackWords);
      }),
    );
}

function removedWords(removed: readonly StoredHardwareKey[], { smtp }: Settings): string {
  if (removed.length === 0) return 'there is no such key';
  const count = removed.length === 1 ? '1 key is removed' : `${removed.length} keys are removed`;
  const isMailed = smtp !== null && removed.some(({ email }) => email !== null);
  const mail = isMailed ? '; the running bouncer sends a mail about it' : '';
  return `${count}, and the owner is logged out everywhere${mail}`;
}

function requireHardwareKeys({ hardwareKeys }: Settings): HardwareKeySettings {
  if (hardwareKeys !== null) return hardwareKeys;
  throw new BouncerError('usage', 'the settings have no `hardware_keys`', {
    hint: 'write `hardware_keys: {}` into the settings',
  });
}

function requireEmail(text: string): string {
  const email = parseEmail(text);
  if (email.ok) return email.value;
  throw new BouncerError('usage', email.complaint.reason);
}

function rulesOf(settings: Settings) {
  const loaded = loadRules(settings);
  if (loaded.ok) return loaded.value.rules;
  throw new BouncerError('settings_invalid', 'the rules are not valid', { hint: 'run `bouncer check`' });
}

function print<T>(
  rows: readonly T[],
  render: (rows: readonly T[]) => string,
  { json, terminal }: { readonly json: true | undefined; readonly terminal: Terminal },
): void {
  terminal.stdout.write(json === true ? `${JSON.stringify(rows, null, 2)}\n` : render(rows));
}

function renderKeys(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'no keys yet: `bouncer hardware-key invite EMAIL` lets somebody enrol one\n';
  return renderTable([
    ['ID', 'WHO', 'PROVIDER', 'CALLED', 'HOST', 'MAKE', 'ADDED', 'LAST USED'],
    ...keys.map((key) => [
      key.id,
      key.email ?? key.sub,
      key.idp,
      key.label,
      key.rpId ?? 'not known',
      makeWords(key),
      day(key.createdAtMs),
      key.lastUsedMs === null ? 'never' : day(key.lastUsedMs),
    ]),
  ]);
}

function makeWords({ makeName, aaguid, isAttested, badStatus }: ListedKey): string {
  // A key that was not asked for an attestation need not say what it is.
  const name = makeName ?? (/^[0-]+$/.test(aaguid) ? 'not told' : aaguid);
  if (badStatus !== null) return `${name}: ${badStatus}, refused`;
  return isAttested || name === 'not told' ? name : `${name} (by its own word)`;
}

function renderKeyless(people: readonly Keyless[]): string {
  if (people.length === 0) return 'everybody who is logged in and asked for a key has one\n';
  return renderTable([
    ['WHO', 'PROVIDER', 'ASKED BY'],
    ...people.map(({ email, sub, idp, applications }) => [email ?? sub, idp, applications.join(', ')]),
  ]);
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
