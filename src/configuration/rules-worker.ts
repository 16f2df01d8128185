// A thread of its own that reads, checks, lints and tests rules, so that no request waits while somebody edits a file.
// It answers with plain data only; the thread that decides compiles the rules for itself. See rules-loader.ts.
import { type MessagePort, parentPort } from 'node:worker_threads';
import { BouncerError } from '../bouncer-error.ts';
import type { ApplicationRules, RuleGroup } from '../rules/model/rules-set.ts';
import { renderTestFailure } from '../rules/review/run-tests.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import { loadFailure } from './load-failure.ts';
import { type RulesSource, readRules } from './load-rules.ts';
import type { RulesPart, RulesVerdict } from './rules-message.ts';

/** How many items one message holds: each is unpacked at once, between two requests. */
const batchSize = 50;

function answer(source: RulesSource, port: MessagePort): RulesVerdict {
  const loaded = readRules(source);
  if (!loaded.ok) return { kind: 'refused', failure: loadFailure(loaded.problems, []) };
  const { set, tests, warnings, hash } = loaded.value;
  const failed = tests.filter((test) => !test.passed);
  if (failed.length > 0) {
    return {
      kind: 'refused',
      failure: loadFailure(
        [],
        failed.map((test) => renderTestFailure(test)),
      ),
    };
  }
  let parts = 0;
  const send = (part: RulesPart): void => {
    parts++;
    port.postMessage(part);
  };
  const share = createShare();
  const ruleGroups = set.ruleGroups.map((group) => plain<RuleGroup>(group));
  for (const items of inBatches(ruleGroups)) send({ kind: 'rule-groups', items });
  for (const batch of inBatches(set.applications)) {
    send({ kind: 'applications', items: batch.map((application) => share(plain(application))) });
  }
  for (const items of inBatches(warnings)) send({ kind: 'warnings', items });
  const sharing = set.sharing === null ? null : plain(set.sharing);
  return { kind: 'good', parts, applications: set.applications.length, sharing, hash };
}

function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let at = 0; at < items.length; at += batchSize) batches.push(items.slice(at, at + batchSize));
  return batches;
}

/** Without places: they are functions, which no message can hold, and whoever decides asks for none. */
function plain<T>(value: T): T {
  const copy = (each: unknown): unknown => {
    if (Array.isArray(each)) return isFlat(each) ? each : each.map(copy);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(
      Object.entries(each)
        .filter(([key]) => key !== 'place')
        .map(([key, item]) => [key, copy(item)]),
    );
  };
  return copy(value) as T;
}

/** A list of texts may have 100,000 of them. */
function isFlat(items: readonly unknown[]): boolean {
  return typeof items[0] !== 'object' || items[0] === null;
}

/** What most applications have in common is one object in all of them: a message holds it once. */
function createShare(): (application: ApplicationRules) => ApplicationRules {
  const known = new Map<string, unknown>();
  const shared = <T>(value: T): T => {
    const key = JSON.stringify(value);
    if (!known.has(key)) known.set(key, value);
    return known.get(key) as T;
  };
  return (application) => ({
    ...application,
    upstreamOptions: shared(application.upstreamOptions),
    session: shared(application.session),
    identityHeaders: shared(application.identityHeaders),
    requestHeaders: shared(application.requestHeaders),
    responseHeaders: shared(application.responseHeaders),
    allowedOrigins: shared(application.allowedOrigins),
  });
}

parentPort?.on(
  'message',
  ({ source, port }: { readonly source: RulesSource; readonly port: MessagePort }) => {
    let verdict: RulesVerdict;
    try {
      verdict = answer(source, port);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const text = `the rules could not be read: ${message}`;
      const fault = error instanceof BouncerError ? {} : { fault: faultOf(error).message };
      verdict = { kind: 'refused', failure: { text, count: 1, ...fault } };
    }
    parentPort?.postMessage(verdict);
  },
);
