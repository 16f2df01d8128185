// `bouncer tunnel revoke-connector|drain`: what an operator does to one connector.
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import type { CliContext } from './cli-context.ts';
import { configOption } from './options.ts';
import type { ConfigChoice } from './read-settings.ts';
import { withStore } from './with-store.ts';

const connectorArgument = ['<id>', 'as `bouncer tunnel list` shows it'] as const;

export function addRevokeConnector(tunnel: Command, { terminal }: CliContext): void {
  tunnel
    .command('revoke-connector')
    .description('end a connector and its connections within a second; it cannot come back with its key')
    .argument(...connectorArgument)
    .addOption(configOption())
    .action((id: string, choice: ConfigChoice) =>
      withStore(choice, terminal, async ({ store }) => {
        if (!(await store.tunnels.removeConnector(id))) throw noConnector(id);
        terminal.stdout.write(`the connector ${id} has ended\n`);
      }),
    );
}

export function addDrain(tunnel: Command, { terminal }: CliContext): void {
  tunnel
    .command('drain')
    .description('give a connector nothing new to do, on every bouncer; what is under way goes on')
    .argument(...connectorArgument)
    .option('--undo', 'let it have requests again')
    .addOption(configOption())
    .action((id: string, { undo, ...choice }: ConfigChoice & { undo?: true }) =>
      withStore(choice, terminal, async ({ store }) => {
        const { connectors } = await store.tunnels.read();
        if (!connectors.some((connector) => connector.id === id)) throw noConnector(id);
        await store.tunnels.setDrained(id, undo === true ? 'in-use' : 'drained');
        terminal.stdout.write(
          undo === true
            ? `the connector ${id} takes requests again\n`
            : `the connector ${id} gets nothing new within a second; it stays connected, also after a restart\n`,
        );
      }),
    );
}

function noConnector(id: string): BouncerError {
  return new BouncerError('usage', `there is no connector \`${id}\``, {
    hint: '`bouncer tunnel list` shows them',
  });
}
