// `bouncer explain`: the decision for one request and why, from the rules as they are now; or for one in the log.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { parseTarget } from '../http/canonical-path.ts';
import { type Explanation, explain } from '../rules/explain.ts';
import type { Facts, Identity } from '../rules/facts.ts';
import { renderExplanation } from '../rules/render-explanation.ts';
import { readUrl } from '../rules/run-tests.ts';
import { renderConfigurationProblems } from '../settings/load-configuration.ts';
import { loadRules } from '../settings/load-rules.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { CliContext } from './cli-context.ts';
import { findRecord, type LoggedRequest } from './logged-request.ts';
import { collect, configOption, jsonOption, parseTime } from './options.ts';
import { exitCodes, isColored } from './terminal.ts';

interface ExplainOptions {
  readonly config: string;
  readonly url?: string;
  readonly request?: string;
  readonly log: string;
  readonly email?: string;
  readonly group?: readonly string[];
  readonly provider?: string;
  readonly method: string;
  readonly ip?: string;
  readonly country?: string;
  readonly amr?: readonly string[];
  readonly at?: number;
  readonly json?: true;
}

export function addExplainCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('explain')
    .description('the decision for a request and, policy by policy and selector by selector, why')
    .addOption(configOption())
    .addOption(new Option('--url <url>', 'what is asked for'))
    .addOption(new Option('--email <address>', 'who asks (nobody is logged in without it)'))
    .addOption(
      new Option('--group <name>', 'a group of theirs; may be given several times').argParser(collect),
    )
    .addOption(
      new Option('--provider <id>', 'the identity provider they logged in with (the first in the settings)'),
    )
    .addOption(new Option('--method <method>', 'the request method').default('GET'))
    .addOption(new Option('--ip <address>', "the client's address"))
    .addOption(new Option('--country <code>', "the client's country"))
    .addOption(
      new Option('--amr <value>', 'how they logged in, such as hwk; may be given several times').argParser(
        collect,
      ),
    )
    .addOption(new Option('--at <time>', 'when (now)').argParser(parseTime))
    .addOption(
      new Option('--request <id>', 'explain the request with this id in the log').conflicts([
        'url',
        'email',
        'group',
      ]),
    )
    .addOption(
      new Option('--log <file>', 'the log that --request looks in; - is standard input').default('-'),
    )
    .addOption(jsonOption())
    .action((options: ExplainOptions) => {
      const settings = loadSettings(resolve(options.config), terminal.env);
      const loaded = settings.ok ? loadRules(settings.value) : settings;
      if (!settings.ok || !loaded.ok) {
        const problems = settings.ok ? (loaded.ok ? [] : loaded.problems) : settings.problems;
        terminal.stderr.write(
          renderConfigurationProblems(problems, [], isColored(terminal.stderr, terminal.env)),
        );
        finish(exitCodes.invalid);
        return;
      }
      const logged = options.request === undefined ? null : readLogged(options.request, options.log);
      const url =
        logged === null
          ? options.url
          : `${settings.value.authUrl.split('//')[0]}//${logged.host}${logged.path}`;
      if (url === undefined || !/^https?:\/\/[^/]/.test(url)) {
        throw new BouncerError('usage', 'nothing says which request to explain', {
          hint: 'give --url https://host/path, or --request ID with the log on standard input',
        });
      }
      const facts = logged === null ? factsOf(options, settings.value) : loggedFacts(logged, options);
      const explanation = explain(loaded.value.rules, { ...readUrl(url, parseTarget), facts });
      const outcome = explanation.decision?.outcome ?? 'deny';
      finish(outcome === 'allow' ? exitCodes.done : exitCodes.denied);
      if (options.json === true) {
        const context = logged === null ? {} : { logged };
        terminal.stdout.write(`${JSON.stringify({ ...context, ...explanation }, null, 2)}\n`);
        return;
      }
      if (logged !== null) terminal.stdout.write(renderLogged(logged, explanation));
      terminal.stdout.write(
        `${renderExplanation(explanation, { isColored: isColored(terminal.stdout, terminal.env) })}\n`,
      );
    });
}

/** A person who logged in just now, as the command line describes them. */
function factsOf(options: ExplainOptions, settings: Settings): Facts {
  const nowMs = options.at ?? Date.now();
  const isSomebody = options.email !== undefined || options.group !== undefined || options.amr !== undefined;
  const provider = settings.identityProviders.find(
    (one) => options.provider === undefined || one.id === options.provider,
  );
  if (provider === undefined) {
    throw new BouncerError('usage', `the settings have no identity provider \`${options.provider}\``, {
      hint: `they have: ${settings.identityProviders.map((one) => one.id).join(', ')}`,
    });
  }
  const amr = options.amr ?? [];
  const hasHardwareKey = amr.some((value) => provider.hardwareKey.amr.includes(value));
  const identity: Identity = {
    sub: options.email ?? 'someone',
    email: options.email?.toLowerCase() ?? null,
    name: null,
    groups: options.group ?? [],
    claims: {},
    idp: provider.id,
    amr,
    acr: null,
    authTimeMs: nowMs,
    hardwareKey: hasHardwareKey ? { usedAtMs: nowMs, aaguid: null } : null,
  };
  return {
    identity: isSomebody ? identity : null,
    serviceToken: null,
    ip: options.ip ?? null,
    country: options.country?.toUpperCase() ?? null,
    method: options.method.toUpperCase(),
    nowMs,
  };
}

/**
 * What the log tells of a request. Groups and the like are not in it: options add them, and without them the answer can differ from what
 * happened, which the output says.
 */
function loggedFacts(logged: LoggedRequest, options: ExplainOptions): Facts {
  const amr = options.amr ?? [];
  return {
    identity:
      logged.sub === null
        ? null
        : {
            sub: logged.sub,
            email: logged.email,
            name: null,
            groups: options.group ?? [],
            claims: {},
            idp: logged.idp ?? '',
            amr,
            acr: null,
            authTimeMs: logged.timeMs,
            hardwareKey: amr.includes('hwk') ? { usedAtMs: logged.timeMs, aaguid: null } : null,
          },
    serviceToken: null,
    ip: logged.ip,
    country: options.country?.toUpperCase() ?? null,
    method: logged.method,
    nowMs: logged.timeMs,
  };
}

function readLogged(requestId: string, log: string): LoggedRequest {
  let text: string;
  try {
    text = readFileSync(log === '-' ? 0 : log, 'utf8');
  } catch (error) {
    throw new BouncerError('usage', `the log \`${log}\` cannot be read`, { cause: error });
  }
  const record = findRecord(text, requestId);
  if (record === null) {
    throw new BouncerError('usage', `the log has no request \`${requestId}\``, {
      hint: 'give the log file with --log FILE, or on standard input; the id stands in `request_id` and on the page that people saw',
    });
  }
  return record;
}

function renderLogged(logged: LoggedRequest, now: Explanation): string {
  const because = logged.policy === null ? logged.reason : `${logged.reason} (policy \`${logged.policy}\`)`;
  const isSame = now.decision?.reason === logged.reason && now.decision.policy === logged.policy;
  return (
    `Then, at ${logged.time}: ${logged.status} ${logged.decision}, ${because}\n` +
    `Now, by the rules as they are${isSame ? '' : ', with what the log tells of the person (it holds no groups: add --group)'}:\n\n`
  );
}
