// The `workload` selector of a rules file, and the workload of a test: whose tokens, and what is asked of their claims.
import { didYouMean } from '../../source/did-you-mean.ts';
import { quote } from '../../source/quote.ts';
import type { RulesContext, SelectorCondition } from '../model/rules-set.ts';
import { parseClaimPatterns, type Workload, type WorkloadPattern } from '../model/workload.ts';
import { accept, type Checked, checkOne, refuse, type Spot } from './problem-reporter.ts';
import type { SelectorObject, TestEntry } from './rules-schema.ts';

type WorkloadEntry = NonNullable<SelectorObject['workload']>;

/** Checks a value, or each of a list. */
export function parseWorkloads(
  entry: WorkloadEntry | undefined,
  spot: Spot,
  context: RulesContext,
): SelectorCondition {
  const isList = Array.isArray(entry);
  const entries = isList ? entry : entry === undefined ? [] : [entry];
  const workloads = entries.map((each, index) => parsePattern(each, isList ? spot.at(index) : spot, context));
  return { kind: 'workload', workloads: workloads.filter((one) => one !== null) };
}

function parsePattern(
  entry: Exclude<WorkloadEntry, readonly unknown[]>,
  spot: Spot,
  context: RulesContext,
): WorkloadPattern | null {
  if (typeof entry === 'string') {
    const issuer = checkOne(entry, spot, knownIssuer(context));
    return issuer === null ? null : { issuer, claims: [] };
  }
  const issuer = checkOne(entry.issuer, spot.at('issuer'), knownIssuer(context));
  const { patterns, faults } = parseClaimPatterns({
    subject: typeof entry.subject === 'object' ? entry.subject.map(String) : entry.subject?.toString(),
    claims: entry.claims,
  });
  for (const { path, ...complaint } of faults) spot.at(...path).complain(complaint);
  return issuer === null || faults.length > 0 ? null : { issuer, claims: patterns };
}

/** The name of one of `trusted_issuers`. */
function knownIssuer({ issuerNames: names }: RulesContext): (name: string) => Checked<string> {
  return (name) => {
    if (names === undefined || names.includes(name)) return accept(name);
    const guess = didYouMean(name, names);
    const hint =
      guess === null ? 'add it to `trusted_issuers` in the settings' : `did you mean ${quote(guess)}?`;
    return refuse('unknown-issuer', `unknown trusted issuer ${quote(name)}`, hint);
  };
}

/** Whom a test stands for; `null`: no workload. */
export function parseTestWorkload(
  { as: asked, service_token: token }: TestEntry,
  spot: Spot,
  context: RulesContext,
): Workload | null {
  if (asked?.workload === undefined) return null;
  const { workload, ...person } = asked;
  const at = spot.at('as');
  for (const name of Object.keys(person))
    at.at(name).complain({
      ...{ code: 'unused-option', part: 'key' },
      reason: `${quote(name)} beside \`workload\`: a program is not a person`,
    });
  if (token !== undefined)
    spot.at('service_token').complain({
      ...{ code: 'unused-option', part: 'key' },
      reason: '`service_token` beside a `workload`: a program has one or the other',
    });
  const own = at.at('workload');
  if (typeof workload === 'string') {
    const issuer = checkOne(workload, own, knownIssuer(context));
    return issuer === null ? null : { issuer, claims: {} };
  }
  const issuer = checkOne(workload.issuer, own.at('issuer'), knownIssuer(context));
  const { subject, claims = {} } = workload;
  return issuer === null
    ? null
    : { issuer, claims: subject === undefined ? claims : { ...claims, sub: subject } };
}
