// `bouncer init`: the first settings and rules from a few answers or flags, in a folder of their own. Overwrites nothing, and ends
// by checking what it wrote.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { redirectUriOf } from '../identity/login/redirect-uri.ts';
import { createQuestions, takeDefaults } from './ask.ts';
import { checkAndPrint } from './check.ts';
import type { CliContext } from './cli-context.ts';
import { type FirstSite, firstFiles, namesOf } from './first-files.ts';
import {
  type FirstProviderKind,
  firstProviderKinds,
  issuerFormOf,
  vouchesForNobody,
} from './first-provider.ts';
import { collect } from './options.ts';
import { exitCodes, type Terminal } from './terminal.ts';

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
    .addOption(new Option('--url <address>', 'the address that people will open').argParser(parseAddress))
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
      new Option('--issuer <url>', "the provider's issuer, where not all of its customers share one"),
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
        terminal.stdout.write(`\n${nextSteps(site, config, shown(resolve(terminal.cwd, folder)), terminal)}`);
    });
}

/** Three questions at most; what a flag says is not asked. */
async function readAnswers(options: InitOptions, terminal: Terminal): Promise<FirstSite> {
  const isLocal = options.local === true;
  const kind = options.provider ?? 'google';
  const issuer = options.issuer ?? null;
  if (!isLocal) checkIssuer(kind, issuer);
  const questions = options.yes === true ? takeDefaults : createQuestions(terminal);
  try {
    const scheme = isLocal ? 'http' : 'https';
    const url = withScheme(
      options.url ??
        (await questions.ask('the address that people will open', '--url', {
          standard: isLocal ? 'photos.localhost:8080' : 'photos.example.com',
          check: parseAddress,
        })),
      scheme,
    );
    if (isLocal) checkLocalUrl(url);
    else checkPublicUrl(url);
    checkName(url);
    const upstream =
      options.upstream ??
      (await questions.ask('where the site runs', '--upstream', {
        standard: 'http://127.0.0.1:8091',
        check: parsePlace,
      }));
    const allow =
      options.allow ??
      (
        await questions.ask('who may open it, addresses or domains with commas between them', '--allow', {
          // Nobody has this address: a default lets no stranger in.
          standard: 'mom@family.example',
          check: (text) =>
            text
              .split(/[\s,]+/)
              .filter((each) => each !== '')
              .map(parseWho)
              .join(','),
        })
      ).split(',');
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

function withScheme(text: string, scheme: string): URL {
  return new URL(/^https?:\/\//.test(text) ? text : `${scheme}://${text}`);
}

function checkLocalUrl({ protocol, hostname }: URL): void {
  if (!hostname.endsWith('.localhost') || protocol !== 'http:')
    throw new BouncerError(
      'usage',
      `with --local the address is on this machine, and \`${hostname}\` is not`,
      {
        hint: 'use a name below localhost, such as http://photos.localhost:8080',
      },
    );
}

function checkPublicUrl({ protocol, hostname }: URL): void {
  if (protocol !== 'https:' && !hostname.endsWith('.localhost'))
    throw new BouncerError('usage', 'people must come by https', {
      hint: 'give the address with https://; for a try on this machine use --local',
    });
}

function checkName({ hostname, pathname }: URL): void {
  if (pathname !== '/')
    throw new BouncerError('usage', 'the address is a name alone, without a path', {
      hint: 'a part of a site is protected by `paths` in the rules',
    });
  if (!hostname.includes('.') || /^[\d.]+$|^\[/.test(hostname))
    throw new BouncerError('usage', `\`${hostname}\` is not a name that people can be sent to`, {
      hint: 'a name of a domain of yours, such as photos.example.com',
    });
}

function parseAddress(text: string): string {
  if (/\s/.test(text) || !URL.canParse(/^https?:\/\//.test(text) ? text : `https://${text}`))
    throw new InvalidArgumentError('expected an address such as photos.example.com');
  return text;
}

/** Where a site runs, as rules write it: a host and a port alone are taken for plain http. */
function parsePlace(text: string): string {
  const place = /^[a-z]+:(?!\d)/i.test(text) ? text : `http://${text}`;
  const isPlace = place.startsWith('unix:/') || (/^https?:\/\//.test(place) && URL.canParse(place));
  if (!isPlace || /\s/.test(place) || (/^http/.test(place) && new URL(place).pathname !== '/'))
    throw new InvalidArgumentError(
      'expected where it runs, such as http://127.0.0.1:8091 or unix:/run/app.sock',
    );
  return place;
}

function parseWho(text: string): string {
  const who = text.trim().toLowerCase();
  if (!/^(?:[^\s@"',]+@)?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(who))
    throw new InvalidArgumentError(
      'expected an address such as mom@gmail.com, or a domain such as example.com',
    );
  return who;
}

/** @throws BouncerError `usage` when anything of it is there already: then nothing is written */
function writeFiles(folder: string, site: FirstSite): readonly string[] {
  const files = firstFiles(site).map((file) => ({ ...file, path: join(folder, file.name) }));
  const there = files.find(({ path }) => existsSync(path));
  if (there !== undefined)
    throw new BouncerError('usage', `\`${there.path}\` is there already, and nothing is overwritten`, {
      hint: 'name another folder: `bouncer init FOLDER`',
    });
  for (const { path, text, mode } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode, flag: 'wx' });
  }
  return files.map(({ path }) => path);
}

/** How the command was called, so that what is printed can be typed. */
function commandName(env: Terminal['env']): string {
  return env['npm_lifecycle_event'] === 'bouncer' ? 'npm run bouncer --' : 'bouncer';
}

function nextSteps(site: FirstSite, config: string, folder: string, terminal: Terminal): string {
  const command = commandName(terminal.env);
  const { authUrl, providerId, label } = namesOf(site);
  const open = `open ${site.url.origin}/`;
  if (site.isLocal)
    return `now:\n  ${command} serve --dev -c ${config}\n  ${open} and log in as one of whom the rules name\n`;
  const env = join(folder, '.env');
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
}  lead ${new URL(authUrl).hostname} and ${site.url.hostname} to bouncer, by a tunnel or a reverse proxy that ends TLS
  ${command} check --online -c ${config}
  ${command} serve -c ${config}
  ${open}
`;
}
