// `bouncer import`: the policies of another access proxy as a rules file with tests, and what of them has no counterpart.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BouncerError } from '../../bouncer-error.ts';
import type { CliContext } from '../cli-context.ts';
import { renderForTerminal } from '../read-settings.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { importCloudflare } from './cloudflare.ts';
import type { Imported } from './imported.ts';
import { importOauth2Proxy } from './oauth2-proxy.ts';
import { writeRules } from './write-rules.ts';

interface ImportOptions {
  readonly host?: string;
  readonly emails?: string;
  readonly alphaConfig?: string;
}

const help = `
The rules go to standard output, what was left out to standard error. Read both: a test says of every policy whom it lets in.

Example:
  bouncer import oauth2-proxy oauth2-proxy.cfg > policies/wiki.yaml && bouncer check`;

export function addImportCommand(program: Command, { terminal, finish }: CliContext): void {
  const command = program
    .command('import')
    .description('the policies of another access proxy as rules with tests, and what has no counterpart')
    .addHelpText('after', help);
  command
    .command('cloudflare')
    .description('applications of Cloudflare Access')
    .argument(
      '<file>',
      'the answer of its API, JSON: the applications, or {"apps": …, "groups": …} with both answers',
    )
    .action((file: string) => finish(print(importCloudflare(read(file, terminal)), terminal)));
  command
    .command('oauth2-proxy')
    .description('the configuration of oauth2-proxy')
    .argument('<file>', 'oauth2-proxy.cfg')
    .option('--host <host>', 'the host, where `redirect_url` does not say it')
    .option('--emails <file>', 'its `authenticated_emails_file`')
    .option('--alpha-config <file>', 'its structured configuration, YAML, where it has one besides')
    .action((file: string, { host = '', emails, alphaConfig }: ImportOptions) => {
      const addresses = emails === undefined ? [] : read(emails, terminal).split(/\r?\n/);
      const listed = addresses
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'));
      const alpha = alphaConfig === undefined ? null : read(alphaConfig, terminal);
      const options = { host: host === '' ? null : host, emails: listed, alpha };
      finish(print(importOauth2Proxy(read(file, terminal), options), terminal));
    });
}

/** @throws BouncerError `usage` */
function read(file: string, { cwd }: Terminal): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new BouncerError('usage', `the file \`${file}\` cannot be read`, { cause });
  }
}

function print(imported: Imported, terminal: Terminal): 0 | 1 | 3 {
  const { stdout, stderr } = terminal;
  const written = writeRules(imported, Date.now());
  if (!('text' in written)) {
    stderr.write('the file has something that rules cannot say:\n');
    stderr.write(renderForTerminal(written, [], stderr, terminal));
    return exitCodes.invalid;
  }
  stdout.write(written.text);
  for (const note of written.notes) stderr.write(`note: ${note}\n`);
  for (const line of imported.left) stderr.write(`left out: ${line}\n`);
  return imported.applications.length === 0 ? exitCodes.failed : exitCodes.done;
}
