// `bouncer init`: the first settings and rules from a few answers or flags, in a folder of their own. Overwrites nothing, and ends
// by checking what it wrote.
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { redirectUriOf } from '../identity/login/redirect-uri.ts';
import { createQuestions, takeDefaults } from './ask.ts';
import { checkAndPrint } from './check.ts';
import type { CliContext } from './cli-context.ts';
import { commandName } from './command-name.ts';
import { parseEverybody, parseIssuer, parsePlace, parsePublicAddress, parseWho } from './first-answers.ts';
import { type FirstSite, firstFiles, namesOf, tunnelOf } from './first-files.ts';
import {
  type FirstProviderKind,
  firstProviderKinds,
  issuerFormOf,
  vouchesForNobody,
} from './first-provider.ts';
import { collect } from './options.ts';
import { exitCodes, type Terminal } from './terminal.ts';
import { writeNewFiles } from './write-new-files.ts';

interface InitOptions {
  readonly url?: string;
  readonly upstream?: string;
  readonly allow?: readonly string[];
  readonly provider?: FirstProviderKind;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly local?: true;
  readonly yes?: true;
}

export function addInitCommand(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('write the first settings and rules from a few answers or flags')
    .argument('[folder]', 'the folder to write into', 'my-site')
    .addOption(new Option('--url <address>', 'the address that people will open'))
    .addOption(
      new Option('--upstream <url>', 'where the site runs, such as http://127.0.0.1:8091').argParser(
        parsePlace,
      ),
    )
    .addOption(
      new Option(
        '--allow <who>',
        'who may open it: an e-mail address or a domain; may be given several times',
      ).argParser((value: string, before?: readonly string[]) => collect(parseWho(value), before)),
    )
    .addOption(
      new Option('--provider <type>', 'who says who people are (google)').choices(firstProviderKinds),
    )
    .addOption(
      new Option(
        '--issuer <url>',
        "the provider's issuer, where not all of its customers share one",
      ).argParser(parseIssuer),
    )
    .addOption(new Option('--client-id <id>', 'as registered with the provider'))
    .addOption(
      new Option(
        '--local',
        'to try it on this machine alone, with the identity provider of the demo; change it piece by piece',
      ).conflicts(['provider', 'issuer', 'clientId']),
    )
    .addOption(new Option('--yes', 'ask nothing: take the defaults for what no flag says'))
    .action(async (folder: string, options: InitOptions) => {
      const { terminal, finish } = context;
      const site = await readAnswers(options, terminal);
      const written = writeFiles(resolve(terminal.cwd, folder), site);
      const shown = (path: string): string => relative(terminal.cwd, path) || '.';
      terminal.stdout.write(written.map((path) => `wrote ${shown(path)}\n`).join(''));
      const config = shown(join(resolve(terminal.cwd, folder), 'bouncer.yaml'));
      const code = checkAndPrint({ config }, terminal);
      finish(code);
      if (code === exitCodes.done)
        terminal.stdout.write(
          `\n${nextSteps(site, shellWord(config), shown(join(resolve(terminal.cwd, folder), '.env')), terminal)}`,
        );
    });
}

/** Three questions at most; what a flag says is not asked. @throws BouncerError `usage` */
async function readAnswers(options: InitOptions, terminal: Terminal): Promise<FirstSite> {
  const isLocal = options.local === true;
  const kind = options.provider ?? 'google';
  const issuer = options.issuer ?? null;
  if (!isLocal) checkIssuer(kind, issuer);
  const given = options.url === undefined ? null : parsePublicAddress(options.url, { isLocal });
  const questions = options.yes === true ? takeDefaults : createQuestions(terminal);
  try {
    const url =
      given ??
      (await questions.ask('the address that people will open', '--url', {
        standard: isLocal ? 'photos.localhost:8080' : 'photos.example.com',
        read: (text) => parsePublicAddress(text, { isLocal }),
      }));
    const upstream =
      options.upstream ??
      (await questions.ask('where the site runs', '--upstream', {
        standard: 'http://127.0.0.1:8091',
        read: parsePlace,
      }));
    const allow =
      options.allow ??
      (await questions.ask('who may open it, addresses or domains with commas between them', '--allow', {
        // Nobody has this address: a default lets no stranger in.
        standard: 'mom@family.example',
        read: parseEverybody,
      }));
    return { url, upstream, allow, isLocal, kind, issuer, clientId: options.clientId ?? null };
  } finally {
    await questions.close();
  }
}

function checkIssuer(kind: FirstProviderKind, issuer: string | null): void {
  const form = issuerFormOf(kind);
  if ((kind === 'github' || kind === 'email_pin') && issuer !== null)
    throw new BouncerError('usage', `\`--provider ${kind}\` has no issuer`, {
      hint:
        kind === 'github'
          ? 'leave --issuer out; GitHub Enterprise is named by `url` in the settings'
          : 'leave --issuer out; the mail server stands in `.env`',
    });
  if (issuer !== null || form === null) return;
  throw new BouncerError('usage', `\`--provider ${kind}\` needs its issuer`, {
    hint: `give --issuer URL${form === '' ? '' : `, which has the form ${form}`}`,
  });
}

/** @throws BouncerError `usage` when anything of it is there already, `file_unwritable`: then nothing is written */
function writeFiles(folder: string, site: FirstSite): readonly string[] {
  const files = firstFiles(site).map((file) => ({ ...file, path: join(folder, file.name) }));
  const there = files.find(({ path }) => existsSync(path));
  if (there !== undefined)
    throw new BouncerError('usage', `\`${there.path}\` is there already, and nothing is overwritten`, {
      hint: 'name another folder: `bouncer init FOLDER`',
    });
  writeNewFiles(files);
  return files.map(({ path }) => path);
}

/** As a shell reads it: a name with blanks and the like in quotes. */
function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function nextSteps(site: FirstSite, config: string, env: string, terminal: Terminal): string {
  const command = commandName(terminal.env);
  const { authUrl, providerId, label } = namesOf(site);
  const open = `open ${site.url.origin}/`;
  if (site.isLocal)
    return `now:\n${connecting(site, command, config)}  ${command} serve --dev -c ${config}\n  ${open} and log in as one of whom the rules name\n`;
  const registering =
    site.kind === 'email_pin'
      ? `put the address of your mail server into ${env}, with an account that may send`
      : `register this redirect URI with ${label}: ${redirectUriOf(authUrl, providerId)}
  put the client id and the secret that you get there into ${env}`;
  return `now:
  ${registering}
${
  vouchesForNobody(site.kind)
    ? `  say in ${config} for which domains ${label} speaks: it verifies no addresses, and until then nobody’s counts
`
    : ''
}  lead ${new URL(authUrl).hostname} and ${site.url.hostname} to bouncer, by a reverse proxy that ends TLS (or a tunnel such as cloudflared)
${connecting(site, command, config)}  ${command} check --online -c ${config}
  ${command} serve -c ${config}
  ${open}
`;
}

/** What is left to do for a site behind a tunnel. */
function connecting({ upstream }: FirstSite, command: string, config: string): string {
  const tunnel = tunnelOf(upstream);
  if (tunnel === null) return '';
  const service = upstream.slice(upstream.indexOf('/') + 1);
  return `  ${command} tunnel create ${tunnel} -c ${config} > join-token
  bring join-token, a secret, to where the site runs, and there:
    bouncer connector run --token-file join-token --service ${service}=http://127.0.0.1:8091
`;
}
