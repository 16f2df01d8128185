// Who gains and who loses when one set of rules takes another's place: the same questions asked of both. Pure; knows no store.
import type { CompiledApplication, ExplainableRules } from '../decide/compile-rules.ts';
import type { Decision, Outcome } from '../model/decision.ts';
import type { Facts, Identity } from '../model/facts.ts';
import type { ApplicationRules, RulesSet } from '../model/rules-set.ts';
import { requestOf, type TestRun } from './run-tests.ts';
import { type VantagePoint, vantagePoints } from './sample-requests.ts';

export interface RulesVersion {
  readonly set: RulesSet;
  readonly rules: ExplainableRules;
}

/** What one set says: a decision, or that it has no such application or refuses the path. */
export interface RulesAnswer {
  readonly outcome: Outcome;
  readonly reason: Decision['reason'] | 'unknown-host' | 'path-ambiguous';
  readonly policy: string | null;
}

export interface Change {
  /** `gain`: was not allowed and is. `loss`: was allowed and is not. `other`: refused or asked in another way. */
  readonly kind: 'gain' | 'loss' | 'other';
  /** An e-mail address or a subject; `null` = nobody is logged in. */
  readonly who: string | null;
  /** The host and path that was asked for. A wildcard host stands for any name below it. */
  readonly target: string;
  readonly application: string;
  /** The test that asked; `null` for a person and an application. */
  readonly test: string | null;
  readonly before: RulesAnswer;
  readonly after: RulesAnswer;
}

export interface RulesDiff {
  readonly addedApplications: readonly string[];
  readonly removedApplications: readonly string[];
  readonly changes: readonly Change[];
  /** Hosts and paths whose rules read otherwise, whether or not that changed an answer. */
  readonly differingAreas: readonly string[];
  /** How many questions were asked of both sets. */
  readonly asked: number;
}

/**
 * Compares two sets by the tests of both, and by each person (and nobody) at each application and path of both. People are
 * asked for with GET, now, from an ordinary address; and from each network and country that a rule names, where that makes
 * another difference.
 *
 * @param people identities of recent sessions, as they were
 */
export function diffRules(
  before: RulesVersion,
  after: RulesVersion,
  people: readonly Identity[],
  run: TestRun,
): RulesDiff {
  const changes: Change[] = [];
  let asked = 0;
  /** @returns what changes, in a word to compare by */
  const compare = (question: Question, test: string | null, label: string, known?: string): string => {
    asked++;
    const old = answer(before.rules, question);
    const now = answer(after.rules, question);
    const change = `${old.answer.outcome} → ${now.answer.outcome}`;
    if (old.answer.outcome === now.answer.outcome || change === known) return change;
    const { identity, serviceToken } = question.facts;
    changes.push({
      kind: now.answer.outcome === 'allow' ? 'gain' : old.answer.outcome === 'allow' ? 'loss' : 'other',
      who: identity === null ? serviceToken : (identity.email ?? identity.sub),
      target: label,
      application: (now.application ?? old.application)?.name ?? label,
      test,
      before: old.answer,
      after: now.answer,
    });
    return change;
  };
  const seen = new Set<string>();
  for (const test of [...after.set.tests, ...before.set.tests]) {
    const { place, name, expect, ...what } = test;
    const key = JSON.stringify(what);
    if (seen.has(key)) continue;
    seen.add(key);
    const { host, target, facts } = requestOf(test, run);
    const path = 'problem' in target ? '' : target.path;
    compare({ host, target, facts }, name, `${host}${path}`);
  }
  const asking = [null, ...people];
  const [elsewhere, ...named] = vantagePoints([before.set, after.set]);
  const areas = changedAreas(before.set, after.set);
  for (const { host, path } of areas) {
    const question = { host: host.replace('*', 'any'), target: run.parseTarget(path) };
    for (const identity of asking) {
      const ask = (point: VantagePoint, known?: string) => {
        const label = `${host}${path}${point.label === null ? '' : ` ${point.label}`}`;
        return compare({ ...question, facts: factsOf(identity, point, run.nowMs) }, null, label, known);
      };
      const usual = ask(elsewhere);
      for (const point of named) ask(point, usual);
    }
  }
  const names = (set: RulesSet) => set.applications.map(({ name }) => name);
  return {
    addedApplications: names(after.set).filter((name) => !names(before.set).includes(name)),
    removedApplications: names(before.set).filter((name) => !names(after.set).includes(name)),
    changes,
    differingAreas: areas.map(({ host, path }) => `${host}${path}`),
    asked,
  };
}

interface Question {
  readonly host: string;
  readonly target: ReturnType<TestRun['parseTarget']>;
  readonly facts: Facts;
}

function answer(
  rules: ExplainableRules,
  { host, target, facts }: Question,
): { readonly application: CompiledApplication | null; readonly answer: RulesAnswer } {
  const application = rules.findApplication(host);
  if (application === null)
    return { application, answer: { outcome: 'deny', reason: 'unknown-host', policy: null } };
  const area = 'problem' in target ? 'ambiguous' : application.selectArea(target);
  if (area === 'ambiguous')
    return { application, answer: { outcome: 'deny', reason: 'path-ambiguous', policy: null } };
  const { outcome, reason, policy } = area.decide(facts);
  return { application, answer: { outcome, reason, policy } };
}

function factsOf(identity: Identity | null, { ip, country }: VantagePoint, nowMs: number): Facts {
  return { identity, serviceToken: null, ip, country, method: 'GET', nowMs };
}

/** Hosts and paths of both sets, without applications that are the same in both. */
function changedAreas(
  before: RulesSet,
  after: RulesSet,
): readonly { readonly host: string; readonly path: string }[] {
  const haveSameGroups = JSON.stringify(before.ruleGroups) === JSON.stringify(after.ruleGroups);
  // Places have no fields, so that only what the rules say is compared.
  const write = (application: ApplicationRules) =>
    JSON.stringify([application.hosts, application.mode, application.policies, application.paths]);
  const same = new Set(haveSameGroups ? before.applications.map(write) : []);
  const old = new Set(haveSameGroups ? after.applications.map(write) : []);
  const areas = new Map<string, { host: string; path: string }>();
  for (const application of [...before.applications, ...after.applications]) {
    const written = write(application);
    if (same.has(written) && old.has(written)) continue;
    for (const host of application.hosts) {
      for (const path of ['/', ...application.paths.map((item) => item.path)])
        areas.set(`${host}${path}`, { host, path });
    }
  }
  return [...areas.values()];
}
