// `bouncer explain`: the decision for one request and why, from the rules as they are now; or for one in the log.
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { loadRules } from '../configuration/load-rules.ts';
import { parseOpaqueTarget } from '../http/canonical-path.ts';
import { explain } from '../rules/review/explain.ts';
import { renderExplanation } from '../rules/review/render-explanation.ts';
import { parseTestUrl } from '../rules/review/run-tests.ts';
import type { CliContext } from './cli-context.ts';
import { describedFacts, type PersonOptions } from './described-facts.ts';
import { type ExplainAnswer, type ExplainContext, explainLogged } from './explain-logged.ts';
import {
  collect,
  configOption,
  jsonOption,
  parseCountryOption,
  parseEmailOption,
  parseIp,
  parseRequestNumber,
  parseTime,
  parseUrl,
} from './options.ts';
import { type ConfigChoice, readChosenSettings, renderForTerminal } from './read-settings.ts';
import { rulesWithShares } from './rules-with-shares.ts';
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
  bouncer explain --request 0f6c2b7e bouncer.log

Exit codes: 0 allowed, 1 the request failed for another reason than the rules (--request), 2 not allowed (denied, or a
login or a step-up is asked for), 3 settings or rules are not valid.`;

export function addExplainCommand(program: Command, { terminal, finish }: CliContext): void {
  withOptions(program.command('explain'))
    .description('the decision for a request and, policy by policy and selector by selector, why')
    .addHelpText('after', help)
    .action(async (log: string | undefined, options: ExplainOptions) => {
      checkChoice(log, options);
      const settings = readChosenSettings(options, terminal);
      const loaded = settings.ok ? loadRules(settings.value) : settings;
      if (!settings.ok || !loaded.ok) {
        const problems = settings.ok ? (loaded.ok ? [] : loaded.problems) : settings.problems;
        terminal.stderr.write(renderForTerminal(problems, [], terminal.stderr, terminal));
        finish(exitCodes.invalid);
        return;
      }
      const rulesFor = (host: string) => rulesWithShares(loaded.value.rules, settings.value, host);
      const context = { settings: settings.value, rulesFor, terminal };
      const answer =
        options.request === undefined
          ? await explainGiven(options, context)
          : await explainLogged(options.request, { ...options, log: log ?? options.log }, context);
      finish(answer.code);
      const isForMachines = options.json === true;
      terminal.stdout.write(isForMachines ? `${JSON.stringify(answer.json, null, 2)}\n` : answer.text);
    });
}

function withOptions(command: Command): Command {
  const personOptions = ['email', 'group', 'groups', 'provider', 'amr'];
  return command
    .argument('[log]', 'the log that --request looks in, as JSON or as lines for people (standard input)')
    .addOption(configOption())
    .addOption(new Option('--url <url>', 'what is asked for').argParser(parseUrl))
    .addOption(
      new Option('--email <address>', 'who asks (nobody is logged in without it)').argParser(
        parseEmailOption,
      ),
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
    .addOption(
      new Option('--service-token <name>', 'a program asks, with the service token of this name').conflicts(
        personOptions,
      ),
    )
    .addOption(
      new Option('--workload <issuer>', 'a program asks, with a token of this trusted issuer').conflicts([
        ...personOptions,
        'serviceToken',
      ]),
    )
    .addOption(
      new Option('--claim <name=value>', 'what that token says; may be given several times').argParser(
        collect,
      ),
    )
    .addOption(new Option('--granted', 'who asks was granted access to it for a time'))
    .addOption(new Option('--method <method>', 'the request method (GET)'))
    .addOption(new Option('--ip <address>', "the client's address").argParser(parseIp))
    .addOption(new Option('--country <code>', "the client's country").argParser(parseCountryOption))
    .addOption(
      new Option('--amr <value>', 'how they logged in, such as hwk; may be given several times').argParser(
        collect,
      ),
    )
    .addOption(new Option('--at <time>', 'when (now)').argParser(parseTime))
    .addOption(
      new Option(
        '--request <number>',
        'explain the request with this number: how it begins is enough, as on the page that people saw; `request_id` in the log',
      )
        .argParser(parseRequestNumber)
        .conflicts(['url', 'email', 'serviceToken', 'workload', 'method', 'ip', 'at']),
    )
    .addOption(new Option('--log <file>', 'the same; - is standard input').default('-', 'standard input'))
    .addOption(jsonOption());
}

/** @throws BouncerError `usage` */
function checkChoice(log: string | undefined, { url, request }: ExplainOptions): void {
  if (url === undefined && request === undefined)
    throw new BouncerError('usage', 'nothing says which request to explain', {
      hint: 'give --url https://host/path, or --request ID with the log on standard input',
    });
  if (log !== undefined && request === undefined)
    throw new BouncerError('usage', `nothing says what to look for in \`${log}\``, {
      hint: 'give --request with the number',
    });
}

/** The request that the options describe. */
async function explainGiven(
  options: ExplainOptions,
  { settings, rulesFor, terminal }: ExplainContext,
): Promise<ExplainAnswer> {
  const request = parseTestUrl(options.url ?? '', parseOpaqueTarget);
  const explanation = explain(await rulesFor(request.host), {
    ...request,
    facts: describedFacts(options, settings, Date.now()),
  });
  const colors = { isColored: isColored(terminal.stdout, terminal.env) };
  return {
    text: `${renderExplanation(explanation, colors)}\n`,
    json: { ...explanation },
    code: explanation.decision?.outcome === 'allow' ? exitCodes.done : exitCodes.denied,
  };
}
