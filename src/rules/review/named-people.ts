// The people that two sets of rules are about, made up from what either of them names: each address, somebody at each domain, in each
// group, with each claim, and each of these together with a domain. A comparison that asks nobody else would miss whom the change is for.
import type { Identity } from '../model/facts.ts';
import { policiesOf, selectorsOf } from '../model/policies-of.ts';
import type { RulesSet, Selector } from '../model/rules-set.ts';
import type { Workload } from '../model/workload.ts';
import { describePattern, exampleOf } from './describe-workload.ts';

/** Whoever is asked about. */
export interface Asker {
  readonly identity: Identity | null;
  readonly serviceToken: string | null;
  readonly workload: Workload | null;
  /** They were granted access wherever it is asked about. */
  readonly isGranted?: true;
  /** How to say who it is; `null`: nobody is logged in. */
  readonly label: string | null;
  /** Labels of those whom this one is made of: a change that is theirs too is told once. */
  readonly parts: readonly string[];
}

/** More are not made up: what is left out is counted. */
const mostNamed = 1_000;
/** Domains that groups and claims are put together with. */
const mostDomains = 8;
const mostProviders = 4;

interface Words {
  readonly emails: Set<string>;
  readonly domains: Set<string>;
  readonly groups: Set<string>;
  readonly claims: Map<string, { readonly name: string; readonly value: unknown }>;
  readonly providers: Set<string>;
  readonly methods: Set<string>;
  readonly tokens: Set<string>;
  /** Some policy looks at grants. */
  areGranted: boolean;
  /** By what they are called. */
  readonly workloads: Map<string, Workload>;
}

/** @returns in the order of the sets @param real addresses of people who are asked about as they are */
export function namedPeople(
  sets: readonly RulesSet[],
  real: ReadonlySet<string>,
): { readonly askers: readonly Asker[]; readonly leftOut: number } {
  const words = wordsOf(sets);
  const made: Asker[] = [];
  const providers = [...words.providers].slice(0, mostProviders);
  for (const idp of providers.length === 0 ? [null] : providers) {
    const add = (what: string, own: Partial<Identity>, parts: readonly string[] = []): string => {
      const by = providers.length > 1 ? ` by ${idp}` : '';
      const label = `${what}${by}`;
      const identity = { ...somebody, idp: idp ?? 'any', ...own, sub: label };
      const asker = { identity, serviceToken: null, workload: null };
      made.push({ ...asker, label, parts });
      if (words.areGranted)
        made.push({ ...asker, isGranted: true, label: `${label}, with a grant`, parts: [label, ...parts] });
      return label;
    };
    addPeople(words, real, add);
  }
  for (const token of words.tokens)
    made.push({
      ...{ identity: null, serviceToken: token, workload: null },
      ...{ label: `the token ${token}`, parts: [] },
    });
  for (const [label, workload] of words.workloads)
    made.push({ identity: null, serviceToken: null, workload, label: `the workload ${label}`, parts: [] });
  return { askers: made.slice(0, mostNamed), leftOut: Math.max(0, made.length - mostNamed) };
}

type Add = (what: string, own: Partial<Identity>, parts?: readonly string[]) => string;

function addPeople(
  { emails, domains, groups, claims, methods }: Words,
  real: ReadonlySet<string>,
  add: Add,
): void {
  const anybody = add('anybody with a login', {});
  const atDomain = new Map(
    [...domains].map((domain) => [
      domain,
      add(`anybody at ${domain}`, { email: `somebody@${domain}` }, [anybody]),
    ]),
  );
  for (const email of emails) {
    if (real.has(email)) continue;
    const own = atDomain.get(email.slice(email.lastIndexOf('@') + 1));
    add(email, { email }, own === undefined ? [anybody] : [anybody, own]);
  }
  const withDomains = (what: string, own: Partial<Identity>): void => {
    const alone = add(`anybody ${what}`, own, [anybody]);
    for (const [domain, label] of [...atDomain].slice(0, mostDomains))
      add(`anybody ${what} at ${domain}`, { ...own, email: `somebody@${domain}` }, [anybody, alone, label]);
  };
  for (const group of groups) withDomains(`in ${group}`, { groups: [group] });
  for (const { name, value } of claims.values())
    withDomains(`with ${name} = ${String(value)}`, { claims: { [name]: value } });
  for (const method of methods) withDomains(`with ${method}`, { amr: [method] });
}

const somebody: Identity = {
  sub: '',
  email: null,
  name: null,
  groups: [],
  claims: {},
  idp: 'any',
  amr: [],
  acr: null,
  authTimeMs: null,
  hardwareKey: null,
};

function wordsOf(sets: readonly RulesSet[]): Words {
  const words: Words = {
    emails: new Set(),
    domains: new Set(),
    groups: new Set(),
    claims: new Map(),
    providers: new Set(),
    methods: new Set(),
    tokens: new Set(),
    areGranted: false,
    workloads: new Map(),
  };
  for (const { ruleGroups, applications } of sets) {
    for (const { loginMethods } of applications) for (const id of loginMethods ?? []) words.providers.add(id);
    for (const selector of [...ruleGroups, ...applications.flatMap(policiesOf)].flatMap(selectorsOf))
      note(selector, words);
  }
  return words;
}

function note(selector: Selector, words: Words): void {
  const into: Partial<Record<Selector['kind'], Set<string>>> = {
    email: words.emails,
    email_domain: words.domains,
    group: words.groups,
    login_method: words.providers,
    auth_method: words.methods,
    service_token: words.tokens,
  };
  if (selector.kind === 'granted') words.areGranted = true;
  if (selector.kind === 'any_service_token') words.tokens.add('(any other)');
  if (selector.kind === 'claim')
    for (const value of selector.values)
      words.claims.set(JSON.stringify([selector.name, value]), { name: selector.name, value });
  if (selector.kind === 'workload')
    for (const pattern of selector.workloads)
      words.workloads.set(describePattern(pattern), exampleOf(pattern));
  const set = into[selector.kind];
  if (set !== undefined && 'values' in selector) for (const value of selector.values) set.add(String(value));
}
