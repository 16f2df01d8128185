// `bouncer schema settings|rules`: JSON Schema for editors.
import { Argument, type Command } from 'commander';
import { rulesJsonSchema } from '../rules/parse/rules-schema.ts';
import { settingsJsonSchema } from '../settings/settings-schema.ts';
import type { CliContext } from './cli-context.ts';

export function addSchemaCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('schema')
    .description('print the JSON Schema of a file format, for editors')
    .addArgument(new Argument('<which>', 'the file format').choices(['settings', 'rules']))
    .action((which: 'settings' | 'rules') => {
      const schema = which === 'settings' ? settingsJsonSchema() : rulesJsonSchema();
      terminal.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    });
}
