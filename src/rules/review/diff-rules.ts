// Who gains and who loses when one set of rules takes another's place: the same questions asked of both. Pure; knows no store.
import type { CompiledApplication, ExplainableRules } from '../decide/compile-rules.ts';
import type { Decision, Outcome } from '../model/decision.ts';
import type { Facts, Identity } from '../model/facts.ts';
import type { ApplicationRules, RulesSet } from '../model/rules-set.ts';
import { describeWorkload } from './describe-workload.ts';
import { type Asker, namedPeople } from './named-people.ts';
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
  /** An e-mail address, a subject, or words for whom the rules name; `null` = nobody is logged in. */
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
  /** About whom, besides the tests and nobody; `leftOut`: made up from the rules, and too many to ask about. */
  readonly askedAbout: { readonly people: number; readonly named: number; readonly leftOut: number };
}

/**
 * Compares two sets by the tests of both; by nobody, each person and whoever either set names, at and below each path of what differs,
 * with GET, now, from an ordinary address; and from both ends of each network and from each country that a rule names, where that makes
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
  const comparison = createComparison(before, after);
  askTests(comparison, before.set, after.set, run);
  const sets = [before.set, after.set].map(withSharing);
  const [old = before.set, now = after.set] = sets;
  const areas = changedAreas(old, now);
  const real = new Set(people.flatMap(({ email }) => email ?? []));
  const named = namedPeople(sets, real);
  const askers: readonly Asker[] = [nobody, ...people.map(personOf), ...named.askers];
  const [elsewhere, ...elsewhereNamed] = vantagePoints(sets);
  // What each was answered at a path, for what lies below it.
  const above = new Map<string, ReadonlyMap<string | null, string>>();
  for (const { host, path, below } of areas) {
    const question = { host: host.replace('*', 'any'), target: run.parseTarget(path) };
    // What each of them was answered, for those whose parts they are.
    const usual = new Map<string | null, string>();
    const outer = below === null ? undefined : above.get(`${host}${below}`);
    for (const asker of askers) {
      const ask = (point: VantagePoint, known: readonly string[]) => {
        const what = now.sharing?.hosts.includes(host) === true ? `sharing below ${host}` : `${host}${path}`;
        const label = `${what}${point.label === null ? '' : ` ${point.label}`}`;
        const facts = factsOf(asker, point, run.nowMs);
        return comparison.compare({ ...question, facts }, { test: null, label, who: asker.label }, known);
      };
      const known = [
        outer?.get(asker.label) ?? [],
        ...asker.parts.map((part) => usual.get(part) ?? []),
      ].flat();
      const change = ask(elsewhere, known);
      usual.set(asker.label, change);
      // The two ends of a network, when they are answered alike, are told once.
      const ends = new Map<string | null, string>();
      for (const point of elsewhereNamed) {
        const end = ends.get(point.network);
        const here = ask(point, [change, ...known, ...(end === undefined ? [] : [end])]);
        if (point.network !== null) ends.set(point.network, here);
      }
    }
    above.set(`${host}${path}`, usual);
  }
  const names = (set: RulesSet) => set.applications.map(({ name }) => name);
  return {
    addedApplications: names(after.set).filter((name) => !names(before.set).includes(name)),
    removedApplications: names(before.set).filter((name) => !names(after.set).includes(name)),
    changes: comparison.changes,
    differingAreas: areas.filter(({ below }) => below === null).map(({ host, path }) => `${host}${path}`),
    asked: comparison.asked(),
    askedAbout: {
      people: people.length,
      named: areas.length === 0 ? 0 : named.askers.length,
      leftOut: areas.length === 0 ? 0 : named.leftOut,
    },
  };
}

/** Who may share is asked like an application's rules: at the domain of shares, which no application has. */
function withSharing(set: RulesSet): RulesSet {
  const { applications, sharing } = set;
  return sharing === null ? set : { ...set, applications: [...applications, sharing] };
}

const nobody: Asker = { identity: null, serviceToken: null, workload: null, label: null, parts: [] };

function personOf(identity: Identity): Asker {
  return { identity, serviceToken: null, workload: null, label: identity.email ?? identity.sub, parts: [] };
}

interface Comparison {
  readonly changes: readonly Change[];
  asked(): number;
  /** @param known changes that were told already @returns what changes, in a word to compare by */
  compare(
    question: Question,
    about: Pick<Change, 'test' | 'who'> & { readonly label: string },
    known: readonly string[],
  ): string;
}

function createComparison(before: RulesVersion, after: RulesVersion): Comparison {
  const changes: Change[] = [];
  let asked = 0;
  return {
    changes,
    asked: () => asked,
    compare(question, { test, label, who }, known) {
      asked++;
      const old = answer(before.rules, question);
      const now = answer(after.rules, question);
      const change = `${old.answer.outcome} → ${now.answer.outcome}`;
      if (old.answer.outcome === now.answer.outcome || known.includes(change)) return change;
      changes.push({
        kind: now.answer.outcome === 'allow' ? 'gain' : old.answer.outcome === 'allow' ? 'loss' : 'other',
        who,
        target: label,
        application: (now.application ?? old.application)?.name ?? label,
        test,
        before: old.answer,
        after: now.answer,
      });
      return change;
    },
  };
}

/** The tests of both sets, each question once. */
function askTests({ compare }: Comparison, before: RulesSet, after: RulesSet, run: TestRun): void {
  const seen = new Set<string>();
  for (const test of [...after.tests, ...before.tests]) {
    const { place, name, expect, ...what } = test;
    const key = JSON.stringify(what);
    if (seen.has(key)) continue;
    seen.add(key);
    const { host, target, facts } = requestOf(test, run);
    const path = 'problem' in target ? '' : target.path;
    const { identity, serviceToken, workload } = facts;
    const program = workload === null ? serviceToken : describeWorkload(workload);
    const who = identity === null ? program : (identity.email ?? identity.sub);
    compare({ host, target, facts }, { test: name, label: `${host}${path}`, who }, []);
  }
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
  const { sharing } = rules;
  if (sharing?.template.hosts.some((each) => each === host) === true) {
    const { outcome, reason, policy } = sharing.area.decide({ ...facts, method: 'POST' });
    return { application: null, answer: { outcome, reason, policy } };
  }
  const application = rules.findApplication(host);
  if (application === null)
    return { application, answer: { outcome: 'deny', reason: 'unknown-host', policy: null } };
  const area = 'problem' in target ? 'ambiguous' : application.selectArea(target);
  if (area === 'ambiguous')
    return { application, answer: { outcome: 'deny', reason: 'path-ambiguous', policy: null } };
  const { outcome, reason, policy } = area.decide(facts);
  return { application, answer: { outcome, reason, policy } };
}

function factsOf(
  { identity, serviceToken, workload, isGranted }: Asker,
  { ip, country }: VantagePoint,
  nowMs: number,
): Facts {
  const facts = { identity, serviceToken, workload, ip, country, method: 'GET', nowMs };
  return isGranted === true ? { ...facts, grants: 'assumed' } : facts;
}

interface ChangedArea {
  readonly host: string;
  readonly path: string;
  /** The path of the rules that it lies below; `null`: it is one. */
  readonly below: string | null;
}

/** Hosts and paths of both sets, without applications that are the same in both. */
function changedAreas(before: RulesSet, after: RulesSet): readonly ChangedArea[] {
  const haveSameGroups = JSON.stringify(before.ruleGroups) === JSON.stringify(after.ruleGroups);
  // Places have no fields, so that only what the rules say is compared.
  const write = (application: ApplicationRules) =>
    JSON.stringify([
      application.hosts,
      application.mode,
      application.policies,
      application.paths,
      application.loginMethods,
      application.requests,
    ]);
  const same = new Set(haveSameGroups ? before.applications.map(write) : []);
  const old = new Set(haveSameGroups ? after.applications.map(write) : []);
  const areas = new Map<string, ChangedArea>();
  for (const application of [...before.applications, ...after.applications]) {
    const written = write(application);
    if (same.has(written) && old.has(written)) continue;
    for (const host of application.hosts) {
      areas.set(`${host}/`, { host, path: '/', below: null });
      for (const { path } of application.paths) {
        areas.set(`${host}${path}`, { host, path, below: null });
        const inner = `${path}/any`;
        if (!areas.has(`${host}${inner}`)) areas.set(`${host}${inner}`, { host, path: inner, below: path });
      }
    }
  }
  return [...areas.values()];
}
