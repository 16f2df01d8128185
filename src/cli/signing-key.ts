// `bouncer signing-key list|rotate`: the keys that sign assertions, of a running or a stopped bouncer, through its store.
import type { Command } from 'commander';
import { type KeyListing, listEveryKey, rotateEveryKey } from '../assertion/rotate-keys.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { renderTable } from './terminal.ts';
import { withStore } from './with-store.ts';

export function addSigningKeyCommand(program: Command, { terminal }: CliContext): void {
  const keys = program.command('signing-key').description('list or rotate the keys that sign assertions');

  keys
    .command('list')
    .description('list the keys in signing order')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(({ json, ...choice }: ConfigChoice & { json?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const { keys: list, failures } = await listEveryKey(store, store.now());
        terminal.stdout.write(json === true ? `${JSON.stringify(list, null, 2)}\n` : renderKeys(list));
        if (failures.length > 0) throw failures[0];
      }),
    );

  keys
    .command('rotate')
    .description('add a new key: it is published now, and signs as soon as every verifier can know it')
    .addOption(configOption())
    .action((choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        const { keys: rotated, failures } = await rotateEveryKey(store, store.now());
        for (const { kid, signs, signsFromMs } of rotated)
          terminal.stdout.write(
            `new key ${kid} for ${signs}: published now, signs from ${new Date(signsFromMs).toISOString()}\n`,
          );
        if (failures.length > 0) throw failures[0];
      }),
    );
}

function renderKeys(list: readonly KeyListing[]): string {
  if (list.length === 0) return 'no keys yet: the first start of `bouncer serve` makes one\n';
  return renderTable([
    ['KEY ID', 'SIGNS', 'STATE', 'ALGORITHM', 'SIGNS FROM', 'CREATED'],
    ...list.map((key) => [
      ...[key.kid, key.signs, key.state, key.algorithm],
      new Date(key.signsFromMs).toISOString(),
      new Date(key.createdAtMs).toISOString(),
    ]),
  ]);
}
