// A request of the log explained by the rules as they are now: what it was, who asked as far as can still be known, and why.
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { BouncerError } from '../bouncer-error.ts';
import { parseOpaqueTarget } from '../http/canonical-path.ts';
import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import { type Explanation, explain } from '../rules/review/explain.ts';
import { renderExplanation } from '../rules/review/render-explanation.ts';
import type { Settings } from '../settings/settings.ts';
import { printable } from '../source/quote.ts';
import type { PersonOptions } from './described-facts.ts';
import { type Asker, asTold, findAsker } from './logged-asker.ts';
import type { LoggedEvent, LoggedRequest } from './logged-line.ts';
import { type Found, findLogged } from './logged-request.ts';
import { type ExitCode, exitCodes, isColored, type Terminal } from './terminal.ts';

/** What a request is explained by, and where the answer is printed. */
export interface ExplainContext {
  readonly settings: Settings;
  /** As they are for this host: with what people share below it. @throws BouncerError `store_unavailable` */
  readonly rulesFor: (host: string) => Promise<ExplainableRules>;
  readonly terminal: Terminal;
}

export interface ExplainAnswer {
  /** For people. */
  readonly text: string;
  /** For machines. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly code: ExitCode;
}

/** @throws BouncerError `usage` when the log cannot be read or has no such request; `store_unavailable` */
export async function explainLogged(
  number: string,
  options: PersonOptions & { readonly log: string },
  context: ExplainContext,
): Promise<ExplainAnswer> {
  const found = await readLog(number, options.log, context.terminal);
  const numbers = new Set([...found.requests, ...found.events].map(({ requestId }) => requestId));
  // The log for people has only the beginnings; several processes may write into one log.
  if (numbers.size > 1) return answerList(found);
  const logged = found.requests[0];
  if (logged === undefined || !isMatterOfRules(logged)) return answerTrouble(found);
  const asker = await findAsker(logged, context.settings);
  const host = logged.host ?? '';
  const explanation = explain(await context.rulesFor(host), {
    host,
    target: logged.host === null ? { problem: logged.reason } : parseOpaqueTarget(logged.path),
    facts: {
      identity: asker.identity === null ? null : asTold(asker.identity, options, context.settings, logged),
      serviceToken: asker.serviceToken,
      workload: asker.workload ?? null,
      ip: logged.ip,
      country: options.country ?? null,
      method: logged.method,
      nowMs: logged.timeMs,
      ...(options.granted === true ? { grants: 'assumed' as const } : {}),
    },
  });
  const isTold = [options.group, options.groups, options.amr].some((option) => option !== undefined);
  const colors = { isColored: isColored(context.terminal.stdout, context.terminal.env) };
  const domain = context.settings.share?.domain;
  const isOfShare = domain !== undefined && host.endsWith(`.${domain}`);
  const before = [
    ...found.requests.flatMap(requestLines),
    ...found.events.flatMap(eventLines),
    ...(isOfShare && explanation.refusal === 'unknown-host' ? [row('share', shareIsOver)] : []),
  ];
  return {
    text: `${before.join('')}${todayLines(logged, explanation, isTold ? 'nobody' : asker.from)}${renderExplanation(explanation, colors)}\n`,
    json: { ...found, logged, identity_from: asker.from, ...explanation },
    code: explanation.decision?.outcome === 'allow' ? exitCodes.done : exitCodes.denied,
  };
}

/** Whether rules, or what stands before them, decided. What the application failed at, and bouncer's own pages, they did not. */
function isMatterOfRules({ decision, status, cause }: LoggedRequest): boolean {
  if (decision === 'own' || decision === 'error') return false;
  return decision !== 'allow' || (status < 500 && cause === null);
}

async function readLog(number: string, log: string, terminal: Terminal): Promise<Found> {
  if (log === '-' && terminal.stdin.isTTY === true)
    terminal.stderr.write('reading the log from standard input; --log FILE reads a file\n');
  let found: Found;
  try {
    found = await findLogged(
      log === '-' ? terminal.stdin : createReadStream(resolve(terminal.cwd, log)),
      number,
      Date.now(),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new BouncerError('usage', `the log \`${log}\` cannot be read (${code})`, { cause: error });
  }
  if (found.requests.length + found.events.length > 0) return found;
  throw new BouncerError('usage', `the log has no request \`${number}\``, {
    hint: 'give the log file with --log FILE, or on standard input; is it the log of that day, and of every bouncer?',
  });
}

/** Several numbers begin like this: each with what the log says. */
function answerList(found: Found): ExplainAnswer {
  const lines = [
    ...found.requests.map((request) => `${request.requestId}  ${requestText(request)}\n`),
    ...found.events.map(({ requestId, time, event }) => `${requestId}  ${time}: ${event}\n`),
  ];
  return {
    text: `several numbers begin like this: give more of the one that is meant\n${lines.join('')}`,
    json: { ...found, decision: null },
    code: exitCodes.usage,
  };
}

/** The rules were not the reason: the log itself has the answer. */
function answerTrouble(found: Found): ExplainAnswer {
  const { requests, events } = found;
  const failed = events.find(({ event }) => event.endsWith('_failed') || event === 'internal_error');
  const [request] = requests;
  const isFailure =
    failed !== undefined || (request?.status ?? 0) >= 400 || (request?.cause ?? null) !== null;
  return {
    text: `${[...requests.flatMap(requestLines), ...events.flatMap(eventLines)].join('')}\n${troubleText(request, failed)}\n`,
    json: { ...found, decision: null },
    code: isFailure ? exitCodes.failed : exitCodes.done,
  };
}

function troubleText(request: LoggedRequest | undefined, failed: LoggedEvent | undefined): string {
  if (failed !== undefined) {
    const reason = typeof failed.fields['reason'] === 'string' ? ` (${failed.fields['reason']})` : '';
    return failed.event === 'login_failed'
      ? `FAILED  the login did not complete${printable(reason)}: no rule was asked`
      : `FAILED  ${printable(failed.event)}: no matter of rules`;
  }
  if (request === undefined) return 'the log has no record of the request itself: is it a part of the log?';
  const { status, reason, policy, decision } = request;
  if (decision === 'allow' || policy !== null) {
    const by = policy === null ? 'the rules' : `the policy ${printable(policy)}`;
    const end = status >= 400 ? `it failed with ${status}` : `its answer, ${status}, was cut`;
    return `FAILED  ${by} let the request through, and then ${end}  (${reason})`;
  }
  if (decision === 'own') return `a page of bouncer's own (${reason}): no rule was asked`;
  return `FAILED  ${status}  (${reason}): no matter of rules`;
}

const origins: Readonly<Record<Asker['from'], string>> = {
  session: 'who asked is as their session has it now',
  person: 'that session is over; who asked is as another session of theirs has it now',
  address: 'a log for people names no session; who asked is as a session of theirs has it now',
  log: 'they have no session any more, and the log holds no groups: add what is missing with --group and --amr',
  token: 'a program asked, with a service token',
  workload:
    'a program asked, with a token of a trusted issuer, of which the log holds the issuer and the subject alone',
  nobody: '',
};

function requestText({ time, host, method, path, status, decision, reason, policy }: LoggedRequest): string {
  const because = policy === null ? reason : `${reason}, policy ${policy}`;
  return printable(`${time}: ${method} ${host ?? '?'}${path}: ${status}, ${decision} (${because})`);
}

function row(name: string, text: string): string {
  return `${name.padEnd(13)}${printable(text)}\n`;
}

/** What the log has, with the way out where it knows one. */
function requestLines(request: LoggedRequest): string[] {
  return [row('in the log', requestText(request)), ...troubleLines(request.cause, request.hint)];
}

function eventLines({ time, event, fields }: LoggedEvent): string[] {
  const { cause, hint, host: _host, ip: _ip, user_agent: _agent, ...others } = fields;
  const said = Object.entries(others)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(', ');
  return [row('', `${time}: ${event}${said === '' ? '' : ` (${said})`}`), ...troubleLines(cause, hint)];
}

function troubleLines(cause: unknown, hint: unknown): string[] {
  return [
    ...(typeof cause === 'string' ? [row('cause', cause)] : []),
    ...(typeof hint === 'string' ? [row('hint', hint)] : []),
  ];
}

const shareIsOver = 'it is over, or there never was one of this name: `share_ended` in the log says why';

function todayLines(logged: LoggedRequest, now: Explanation, from: Asker['from']): string {
  const { decision } = now;
  const isSame =
    decision === null
      ? now.refusal === logged.reason
      : decision.reason === logged.reason && decision.policy === logged.policy;
  const today = row('today', isSame ? 'the same' : 'another answer: the rules or the person changed since');
  return `${today}${origins[from] === '' ? '' : row('', origins[from])}\n`;
}
