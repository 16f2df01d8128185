// `bouncer store migrate|copy`: bring the tables of a shared store up to date, and move into one from the data folder. Both may be
// repeated.
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { copyStore } from '../store/copy-store.ts';
import { migrateStore } from '../store/migrate-store.ts';
import type { CliContext } from './cli-context.ts';
import { configOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { requireSettings } from './with-store.ts';

export function addStoreCommand(program: Command, { terminal }: CliContext): void {
  const store = program.command('store').description('look after the store in PostgreSQL');

  store
    .command('migrate')
    .description('make the tables, or bring them up to date; seal anew what an old master key sealed')
    .addOption(configOption())
    .addHelpText(
      'after',
      '\nIt goes forward only, may be repeated, and bouncers may work on the store meanwhile.',
    )
    .action(async (choice: ConfigChoice) => {
      const settings = requireSettings(choice, terminal);
      if (settings.postgres === null)
        throw new BouncerError(
          'usage',
          'the store is SQLite in the data folder, which `serve` brings up to date',
          {
            hint: 'this command is for `store.postgres`',
          },
        );
      const { from, to, sealedAnew } = await migrateStore(settings.postgres, settings.masterKeys);
      terminal.stdout.write(
        from === to
          ? `the tables are up to date: version ${to}\n`
          : `the tables went from version ${from} to ${to}\n`,
      );
      if (sealedAnew > 0)
        terminal.stdout.write(
          `${sealedAnew} ${sealedAnew === 1 ? 'key is' : 'keys are'} sealed with the new master key\n`,
        );
    });

  store
    .command('copy')
    .description('copy everything from SQLite in `data_dir` into PostgreSQL: nobody has to log in again')
    .addOption(configOption())
    .addHelpText(
      'after',
      '\nStop bouncer before. It copies all or nothing, and once: repeated, it changes nothing.',
    )
    .action(async (choice: ConfigChoice) => {
      const settings = requireSettings(choice, terminal);
      if (settings.postgres === null)
        throw new BouncerError('usage', 'the settings name no PostgreSQL to copy to', {
          hint: 'add `store: { postgres: { url: … } }`, and leave `data_dir` as it is',
        });
      const copied = await copyStore(settings.dataDir, settings.postgres, settings.masterKeys);
      terminal.stdout.write(
        copied === 'before'
          ? 'it was copied before: nothing changed\n'
          : `copied ${count(copied.logins, 'session')} and ${count(copied.signingKeys, 'signing key')}\n`,
      );
    });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
