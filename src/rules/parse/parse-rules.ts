// Rules files → one checked set, or every problem in them. Pure: reading files is the caller's work, and so is compiling.
import { createHostTable, type HostTable } from '../../http/host-match.ts';
import { checkSchema } from '../../source/check-schema.ts';
import type { Parsed, Problem } from '../../source/problem.ts';
import { inOrder } from '../../source/problem-at.ts';
import { quote } from '../../source/quote.ts';
import type { SourceDocument } from '../../source/yaml-document.ts';
import type {
  ApplicationRules,
  Place,
  RuleGroup,
  RulesContext,
  RulesSet,
  RulesTest,
} from '../model/rules-set.ts';
import { checkRuleGroups } from './check-rule-groups.ts';
import { checkSpeakers } from './check-speakers.ts';
import { checkWholeFile } from './check-whole-file.ts';
import { parseApplication } from './parse-application.ts';
import { checkNotified, checkUngranted } from './parse-requests.ts';
import { parseSelectorLists } from './parse-selectors.ts';
import { checkShareSite, parseSharing } from './parse-sharing.ts';
import { parseTest } from './parse-test.ts';
import { createSpot, placeOf, type Spot } from './problem-reporter.ts';
import { type RulesFile, rulesSchema } from './rules-schema.ts';

/**
 * Reads rules files as one set.
 *
 * @param documents in the order in which problems and tests are listed; it changes no decision
 * @param context what the settings say; `null` in it means that they are not at hand
 * @returns the set, or all problems of all files
 */
export function parseRules(documents: readonly SourceDocument[], context: RulesContext): Parsed<RulesSet> {
  const problems: Problem[] = [];
  const files: { file: RulesFile; spot: Spot }[] = [];
  for (const document of documents) {
    problems.push(...checkWholeFile(document));
    const checked = checkSchema(rulesSchema, document);
    if (checked.ok) files.push({ file: checked.value, spot: createSpot(document, problems) });
    else problems.push(...checked.problems);
  }
  const ruleGroups: RuleGroup[] = [];
  const applications: ApplicationRules[] = [];
  for (const { file, spot } of files) {
    for (const [name, entry] of Object.entries(file.rule_groups ?? {})) {
      const at = spot.at('rule_groups', name);
      ruleGroups.push({ name, ...parseSelectorLists(entry, at, context), place: placeOf(at) });
    }
    for (const [index, entry] of (file.applications ?? []).entries()) {
      applications.push(parseApplication(entry, spot.at('applications', index), context));
    }
  }
  checkUnique(ruleGroups, 'rule group', problems);
  checkUnique(applications, 'application', problems);
  const hosts = checkHosts(applications, context, problems);
  const sharing = parseSharing(context, problems);
  problems.push(...checkShareSite(applications, context));
  const isComplete = files.length === documents.length;
  if (isComplete) {
    const all = sharing === null ? applications : [...applications, sharing];
    const faults = checkRuleGroups(ruleGroups, all);
    problems.push(...faults);
    // Whoever walks through rule groups must come to an end.
    if (faults.length === 0) {
      problems.push(...checkSpeakers(ruleGroups, all, context));
      problems.push(...checkNotified(ruleGroups, applications));
      problems.push(...checkUngranted(ruleGroups, applications));
    }
  }
  if (isComplete && applications.length === 0) problems.push(noApplication(documents, context));
  const hasApplication = (host: string) => !isComplete || hosts.find(host) !== null;
  const tests: RulesTest[] = files.flatMap(({ file, spot }) =>
    (file.tests ?? []).map((entry, index) =>
      parseTest(entry, spot.at('tests', index), context, hasApplication),
    ),
  );
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) };
  return {
    ok: true,
    value: Object.freeze({ applications, ruleGroups, sharing, tests, context }),
    warnings: [],
  };
}

function checkUnique(
  items: readonly { name: string; place: Place }[],
  what: string,
  problems: Problem[],
): void {
  const first = new Map<string, Place>();
  for (const { name, place } of items) {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, place);
      continue;
    }
    problems.push({
      ...place.locate('key'),
      severity: 'error',
      code: 'duplicate-name',
      reason: `a second ${what} is called ${quote(name)}`,
      hint: seeAlso(earlier),
    });
  }
}

function checkHosts(
  applications: readonly ApplicationRules[],
  { authUrl, confirmsLogout = false }: RulesContext,
  problems: Problem[],
): HostTable<ApplicationRules> {
  const authHost = authUrl === null ? null : new URL(authUrl).hostname;
  const owners = createHostTable<ApplicationRules>(authHost);
  const approved = applications.find(({ requests }) => requests !== null) ?? null;
  for (const application of applications) {
    for (const host of application.hosts) {
      if (approved !== null && host === authHost) problems.push(approvedByApplication(application, approved));
      if (confirmsLogout && host === authHost) problems.push(askedByApplication(application));
      const owner = owners.has(host) ? owners.find(host) : null;
      if (owner === null) {
        owners.set(host, application);
        continue;
      }
      const isSame = owner === application;
      problems.push({
        ...application.place.locate(),
        severity: 'error',
        code: 'duplicate-host',
        reason: isSame
          ? `the application ${quote(application.name)} lists the host ${quote(host)} twice`
          : `the applications ${quote(owner.name)} and ${quote(application.name)} both have the host ${quote(host)}`,
        ...(isSame ? {} : { hint: seeAlso(owner.place) }),
      });
    }
  }
  return owners;
}

/** Its scripts could press the button of the page that asks. */
function askedByApplication({ name, place }: ApplicationRules): Problem {
  return {
    ...place.locate(),
    severity: 'error',
    code: 'logout-not-apart',
    reason: `${quote(name)} is on the host of \`auth_url\`, where \`logout: confirm\` in the settings asks people: its scripts could answer for them`,
    hint: 'give the application or `auth_url` another host, or delete `logout`',
  };
}

/** Its scripts could press the buttons of the page on which access is given. */
function approvedByApplication({ name, place }: ApplicationRules, approved: ApplicationRules): Problem {
  return {
    ...place.locate(),
    severity: 'error',
    code: 'approvals-not-apart',
    reason: `${quote(name)} is on the host of \`auth_url\`, where people decide about requests for ${quote(approved.name)}: its scripts could decide for them`,
    hint: 'give the application or `auth_url` another host, or delete `requests`',
  };
}

function seeAlso(place: Place): string {
  const { file, line } = place.locate();
  return `the first one is at ${file}:${line}`;
}

function noApplication(documents: readonly SourceDocument[], context: RulesContext): Problem {
  const [document] = documents;
  const at = document?.locate([], 'key') ?? { file: context.baseDir, line: 1, column: 1, endColumn: 2 };
  return {
    ...at,
    severity: 'error',
    code: 'no-applications',
    reason: 'no application is defined',
    hint: 'add one under `applications`',
  };
}
