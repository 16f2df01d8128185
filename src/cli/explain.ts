// `bouncer explain`: the decision for one request and why, from the rules as they are now; or for one in the log.
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import { parseOpaqueTarget } from '../http/canonical-path.ts';
import { explain } from '../rules/review/explain.ts';
import { renderExplanation } from '../rules/review/render-explanation.ts';
import { readUrl } from '../rules/review/run-tests.ts';
import type { CliContext } from './cli-context.ts';
import { describedFacts, type PersonOptions } from './described-facts.ts';
import { explainLogged } from './explain-logged.ts';
import {
  collect,
  configOption,
  jsonOption,
  parseCountry,
  parseEmail,
  parseIp,
  parseTime,
  parseUrl,
} from './options.ts';
import { type ConfigChoice, readSettings, renderForTerminal } from './read-settings.ts';
import { exitCodes, isColored } from './terminal.ts';

interface ExplainOptions extends ConfigChoice, PersonOptions {
  readonly url?: string;
  readonly request?: string;
  readonly log: string;
  readonly json?: true;
}

const help = `
Examples:
  bouncer explain --url https://wiki.example.com/admin --email ada@example.com --group admins
  bouncer explain --request 0f6c2b7e-… --log bouncer.log

Exit codes: 0 allowed, 2 not allowed (denied, or a login or a step-up is asked for), 3 settings or rules are not valid.`;

export function addExplainCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('explain')
    .description('the decision for a request and, policy by policy and selector by selector, why')
    .addOption(configOption())
    .addOption(new Option('--url <url>', 'what is asked for').argParser(parseUrl))
    .addOption(
      new Option('--email <address>', 'who asks (nobody is logged in without it)').argParser(parseEmail),
    )
    .addOption(
      new Option('--group <name>', 'a group of theirs; may be given several times').argParser(collect),
    )
    .addOption(
      new Option(
        '--groups <state>',
        'unsettled: nobody knows whether they are in more groups than --group says',
      ).choices(['unsettled']),
    )
    .addOption(
      new Option('--provider <id>', 'the identity provider they logged in with (the first in the settings)'),
    )
    .addOption(new Option('--method <method>', 'the request method (GET)'))
    .addOption(new Option('--ip <address>', "the client's address").argParser(parseIp))
    .addOption(new Option('--country <code>', "the client's country").argParser(parseCountry))
    .addOption(
      new Option('--amr <value>', 'how they logged in, such as hwk; may be given several times').argParser(
        collect,
      ),
    )
    .addOption(new Option('--at <time>', 'when (now)').argParser(parseTime))
    .addOption(
      new Option(
        '--request <id>',
        'explain the request with this number: it is `request_id` in the log, and on the page that people saw',
      ).conflicts(['url', 'email', 'method', 'ip', 'at']),
    )
    .addOption(
      new Option('--log <file>', 'the log that --request looks in; - is standard input').default(
        '-',
        'standard input',
      ),
    )
    .addOption(jsonOption())
    .addHelpText('after', help)
    .action(async (options: ExplainOptions) => {
      if (options.url === undefined && options.request === undefined) {
        throw new BouncerError('usage', 'nothing says which request to explain', {
          hint: 'give --url https://host/path, or --request ID with the log on standard input',
        });
      }
      const settings = readSettings(options, terminal);
      const loaded = settings.ok ? loadRules(settings.value) : settings;
      if (!settings.ok || !loaded.ok) {
        const problems = settings.ok ? (loaded.ok ? [] : loaded.problems) : settings.problems;
        terminal.stderr.write(renderForTerminal(problems, [], terminal.stderr, terminal));
        finish(exitCodes.invalid);
        return;
      }
      const context = { settings: settings.value, rules: loaded.value.rules, terminal };
      const { explanation, before, more } =
        options.request === undefined
          ? {
              explanation: explain(context.rules, {
                ...readUrl(options.url ?? '', parseOpaqueTarget),
                facts: describedFacts(options, settings.value, Date.now()),
              }),
              before: '',
              more: {},
            }
          : await explainLogged(options.request, options, context);
      finish(explanation.decision?.outcome === 'allow' ? exitCodes.done : exitCodes.denied);
      if (options.json === true) {
        terminal.stdout.write(`${JSON.stringify({ ...more, ...explanation }, null, 2)}\n`);
        return;
      }
      const colors = { isColored: isColored(terminal.stdout, terminal.env) };
      terminal.stdout.write(`${before}${renderExplanation(explanation, colors)}\n`);
    });
}
