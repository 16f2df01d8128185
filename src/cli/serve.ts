// `bouncer serve`: run the proxy until it is told to stop.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createBouncer, InvalidConfigurationError } from '../create-bouncer.ts';
import type { CliContext } from './cli-context.ts';
import { configOf, configOption } from './options.ts';
import { type ConfigChoice, renderForTerminal } from './read-settings.ts';
import { exitCodes, isColored } from './terminal.ts';

export function addServeCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('serve')
    .description('run the proxy; reloads settings and rules when they change; drains on SIGTERM')
    .addOption(configOption())
    .action(async (options: ConfigChoice) => {
      const bouncer = await createBouncer({
        settings: resolve(terminal.cwd, configOf(options)),
        env: terminal.env,
        isLogColored: isColored(terminal.stdout, terminal.env),
        watch: true,
      }).catch((error: unknown) => {
        if (!(error instanceof InvalidConfigurationError)) throw error;
        terminal.stderr.write(
          renderForTerminal(error.problems, error.failedTests, terminal.stderr, terminal),
        );
        terminal.stderr.write('\nbouncer did not start.\n');
        finish(error.problems.length > 0 ? exitCodes.invalid : exitCodes.denied);
        return null;
      });
      if (bouncer === null) return;
      if (bouncer.warnings.length > 0) {
        terminal.stderr.write(renderForTerminal(bouncer.warnings, [], terminal.stderr, terminal));
      }
      const stopped = new Promise<void>((done) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
      });
      process.on('SIGHUP', () => void bouncer.reload());
      const { url, managementUrl } = await bouncer.listen().catch(async (error: unknown) => {
        await bouncer.close();
        throw error;
      });
      const management = managementUrl === null ? '' : `, management on ${managementUrl}`;
      terminal.stderr.write(`bouncer listens on ${url} for ${bouncer.settings.authUrl}${management}\n`);
      await stopped;
      // A second signal ends the process at once.
      for (const signal of ['SIGTERM', 'SIGINT'] as const)
        process.once(signal, () => process.exit(exitCodes.failed));
      await bouncer.close();
    });
}
