// `bouncer demo`: the whole product in one process on loopback, to look at.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createBouncer } from '../create-bouncer.ts';
import { requireDemoPackages } from '../demo/demo-packages.ts';
import { demoPort } from '../demo/demo-port.ts';
import type { CliContext } from './cli-context.ts';
import { commandName } from './command-name.ts';
import { isColored } from './terminal.ts';

export function addDemoCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('demo')
    .description('try bouncer: an identity provider, three applications and four people, all on this machine')
    .addOption(
      new Option('--port <number>', `the port to use (${demoPort}, or the next free one)`).argParser(
        (text) => {
          const port = Number(text);
          if (!Number.isInteger(port) || port < 0 || port > 65_535)
            throw new InvalidArgumentError('expected a port number');
          return port;
        },
      ),
    )
    .action(async ({ port }: { port?: number }) => {
      requireDemoPackages(terminal.cwd);
      // Loaded here: the demo brings an identity provider that no other command needs.
      const { runDemo } = await import('../demo/run-demo.ts');
      const stopped = new Promise<void>((done) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
      });
      const demo = await runDemo({
        createBouncer,
        stdout: terminal.stdout,
        command: commandName(terminal.env),
        isColored: isColored(terminal.stdout, terminal.env),
        ...(port === undefined ? {} : { port }),
      });
      await stopped;
      await demo.close();
    });
}
