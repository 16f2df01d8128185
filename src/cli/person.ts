// `bouncer person block|unblock|list|export|erase`: what an operator does about one person, through the store, running or stopped.
import type { Command } from 'commander';
import {
  blockPerson,
  erasePerson,
  exportPerson,
  unblockPerson,
} from '../identity/persons/person-operations.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption, parseEmailOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { shortTime } from './short-time.ts';
import { renderTable } from './terminal.ts';
import { withStore } from './with-store.ts';

export function addPersonCommand(program: Command, context: CliContext): void {
  const person = program
    .command('person')
    .description('keep a person out, or see and erase what is stored about them');
  addBlocking(person, context);
  addStoredData(person, context);
}

/** `block`, `unblock`, `list` */
function addBlocking(person: Command, { terminal }: CliContext): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);

  person
    .command('block')
    .description('end all sessions of an address at once, and refuse new logins')
    .argument('<email>', 'their address', parseEmailOption)
    .addOption(configOption())
    .action((email: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        const ended = await blockPerson(store, email);
        print(`${email} is blocked; ${ended === 1 ? '1 session' : `${ended} sessions`} ended`);
      }),
    );

  person
    .command('unblock')
    .description('let an address log in again')
    .argument('<email>', 'their address', parseEmailOption)
    .addOption(configOption())
    .action((email: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        const wasBlocked = await unblockPerson(store, email);
        print(wasBlocked ? `${email} may log in again` : `${email} was not blocked`);
      }),
    );

  person
    .command('list')
    .description('list who is blocked')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, ...choice }: ConfigChoice & { json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const blocked = await store.persons.listBlocked();
        if (json === true) return print(JSON.stringify(blocked, null, 2));
        if (blocked.length === 0) return print('nobody is blocked');
        const rows = blocked.map(({ email, blockedAtMs }) => [email, shortTime(blockedAtMs)]);
        terminal.stdout.write(renderTable([['WHO', 'BLOCKED SINCE'], ...rows]));
      }),
    );
}

/** `export`, `erase` */
function addStoredData(person: Command, { terminal }: CliContext): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);

  person
    .command('export')
    .description('print what is stored about an address, as JSON')
    .argument('<email>', 'their address', parseEmailOption)
    .addOption(configOption())
    .action((email: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) =>
        print(JSON.stringify(await exportPerson(store, email), null, 2)),
      ),
    );

  person
    .command('erase')
    .description('remove what is stored about an address; a block stays')
    .argument('<email>', 'their address', parseEmailOption)
    .addOption(configOption())
    .action((email: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        const { logins, hardwareKeys, passkeys, keptForms, access, isBlocked } = await erasePerson(
          store,
          email,
        );
        print(logins === 1 ? '1 session was removed' : `${logins} sessions were removed`);
        if (hardwareKeys > 0)
          print(
            hardwareKeys === 1 ? '1 hardware key was removed' : `${hardwareKeys} hardware keys were removed`,
          );
        if (passkeys > 0)
          print(passkeys === 1 ? '1 passkey was removed' : `${passkeys} passkeys were removed`);
        if (keptForms > 0)
          print(keptForms === 1 ? '1 kept form was removed' : `${keptForms} kept forms were removed`);
        if (access > 0)
          print(
            access === 1
              ? '1 request or grant of access was removed'
              : `${access} requests and grants of access were removed`,
          );
        if (isBlocked) print(`the block stays: \`bouncer person unblock ${email}\` removes it`);
        print(
          'counts of login codes are kept under keyed hashes for a day; what stands in the log is yours to keep or delete',
        );
      }),
    );
}
