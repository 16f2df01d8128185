// `bouncer access-token`: the token of this terminal for an address, alone on standard output, for scripts.
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { parseAddress, requireLogin } from './edge/edge.ts';
import { stepUpLogin } from './edge/take-up.ts';

export function addAccessTokenCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('access-token')
    .description('print the token of your login for an address, for a script')
    .argument('<url>', 'the application that it is for')
    .action(async (text: string) => {
      const address = parseAddress(text);
      const known = await requireLogin(terminal, { address, method: 'GET' });
      const login = await stepUpLogin(terminal, known, address);
      terminal.stdout.write(`${login.token}\n`);
    });
}
