// The tests in the rules, run against the compiled rules. Reads no clock: the caller says when it is.
import type { RequestTarget } from '../../http/request-target.ts';
import type { Position } from '../../source/problem.ts';
import { quote } from '../../source/quote.ts';
import type { ExplainableRules } from '../decide/compile-rules.ts';
import type { Outcome } from '../model/decision.ts';
import type { Facts } from '../model/facts.ts';
import type { RulesSet, RulesTest } from '../model/rules-set.ts';
import { type ExplainRequest, type Explanation, explain } from './explain.ts';
import { type ExplanationStyle, renderExplanation } from './render-explanation.ts';

/** What the rules need of the world to run their tests. */
export interface TestRun {
  /** For tests without `at`; milliseconds since the epoch. */
  readonly nowMs: number;
  /** http/canonical-path.ts's: the one reader of request targets. */
  readonly parseTarget: (target: string) => RequestTarget | { readonly problem: string };
}

export interface RulesTestResult {
  readonly test: RulesTest;
  readonly passed: boolean;
  /** What the request got: `deny` as well when it is refused before any policy is read. */
  readonly outcome: Outcome;
  readonly explanation: Explanation;
}

/** Runs all tests of a set, in the order of the files. */
export function runTests(set: RulesSet, rules: ExplainableRules, run: TestRun): readonly RulesTestResult[] {
  return set.tests.map((test) => {
    const explanation = explain(rules, requestOf(test, run));
    const outcome = explanation.decision?.outcome ?? 'deny';
    return { test, passed: outcome === test.expect, outcome, explanation };
  });
}

/** The request that a test stands for. */
export function requestOf(test: RulesTest, run: TestRun): ExplainRequest {
  return { ...parseTestUrl(test.url, run.parseTarget), facts: factsOf(test, test.atMs ?? run.nowMs) };
}

/**
 * Reads the URL of a test or of a person at a terminal. The path is taken as it is written: dot segments and the like are
 * the reader's to judge. Characters that no browser would send raw are encoded.
 *
 * @param url an absolute http or https URL
 */
export function parseTestUrl(
  url: string,
  parseTarget: TestRun['parseTarget'],
): { readonly host: string; readonly target: RequestTarget | { readonly problem: string } } {
  const written = url.replace(/^[^/]*\/\/[^/?#\\]*/, '').replace(/#.*$/s, '');
  const encoded = written.replaceAll(/[^\u0021-\u007E]+/gu, (part) =>
    encodeURIComponent(part.toWellFormed()),
  );
  return {
    host: new URL(url).hostname,
    target: parseTarget(encoded.startsWith('/') ? encoded : `/${encoded}`),
  };
}

function factsOf(test: RulesTest, nowMs: number): Facts {
  const { person, serviceToken, workload, ip, country, method } = test;
  const key = person?.hardwareKeyAgeMs ?? null;
  const own = person?.ownKey ?? null;
  return {
    identity:
      person === null
        ? null
        : {
            ...person.identity,
            authTimeMs: nowMs - person.loginAgeMs,
            hardwareKey: key === null ? null : { usedAtMs: nowMs - key, aaguid: null },
            ...(own === null ? {} : { ownKey: { usedAtMs: nowMs - own.ageMs, aaguid: own.aaguid } }),
          },
    ...{ serviceToken, workload, ip, country, method, nowMs },
    ...(test.isGranted ? { grants: 'assumed' as const } : {}),
  };
}

/** A failed test for people: where it stands, what was expected, what came, and the way that led there. */
export function renderTestFailure(result: RulesTestResult, options: ExplanationStyle = {}): string {
  const { test, outcome, explanation } = result;
  const { file, line, column }: Position = test.place.locate();
  const trace = renderExplanation(explanation, options).replaceAll(/^(?=.)/gm, '    ');
  return `${file}:${line}:${column}: test ${quote(test.name)} failed: expected ${test.expect}, got ${outcome}\n${trace}`;
}
