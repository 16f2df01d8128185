// Selectors of a rules file, checked word by word. Names of rule groups are only collected: check-rule-groups.ts follows them.
import { didYouMean } from '../../source/did-you-mean.ts';
import { listWords } from '../../source/plain-words.ts';
import type { Complaint } from '../../source/problem-at.ts';
import { quote } from '../../source/quote.ts';
import type { KeySource } from '../model/key-source.ts';
import type { RulesContext, Selector, SelectorCondition, SelectorLists } from '../model/rules-set.ts';
import {
  parseAaguid,
  parseCountry,
  parseEmail,
  parseEmailDomain,
  parseExactText,
  parseMethod,
  parseSomeTime,
} from './check-values.ts';
import { parseNetwork } from './parse-network.ts';
import { parseTimeWindow } from './parse-time-window.ts';
import { parseWorkloads } from './parse-workload.ts';
import { accept, type Checked, checkEach, checkOne, placeOf, refuse, type Spot } from './problem-reporter.ts';
import type { PolicyEntry, SelectorEntry, SelectorObject } from './rules-schema.ts';

/** Checks `include`, `require` and `exclude`. What is wrong becomes a problem and is left out. */
export function parseSelectorLists(
  entry: Pick<PolicyEntry, 'include' | 'require' | 'exclude'>,
  spot: Spot,
  context: RulesContext,
): SelectorLists {
  const list = (key: 'include' | 'require' | 'exclude') =>
    parseSelectors(entry[key] ?? [], spot.at(key), context);
  return { include: list('include'), require: list('require'), exclude: list('exclude') };
}

/** Checks a list of selectors. What is wrong becomes a problem and is left out. */
export function parseSelectors(
  entries: readonly SelectorEntry[],
  spot: Spot,
  context: RulesContext,
): readonly Selector[] {
  return entries.flatMap((selector, index) => {
    const parsed = parseSelector(selector, spot.at(index), context);
    return parsed === null ? [] : [parsed];
  });
}

function parseSelector(entry: SelectorEntry, spot: Spot, context: RulesContext): Selector | null {
  if (typeof entry === 'string') {
    const place = placeOf(spot);
    return entry === 'hardware_key'
      ? { place, kind: entry, maxAgeMs: null, aaguids: null, source: 'any' }
      : { place, kind: entry };
  }
  const keys = Object.keys(entry) as (keyof SelectorObject)[];
  const [key] = keys;
  if (key === undefined) {
    spot.complain({
      code: 'empty-value',
      reason: 'the selector is empty',
      hint: 'for example `email_domain: example.com`',
    });
    return null;
  }
  if (keys.length > 1) {
    const hint = `write each as an item of its own: ${keys.map((name) => `\`- ${name}: …\``).join(' and ')}`;
    spot.complain({
      code: 'several-selectors',
      reason: `one item holds several selectors: ${listWords(keys)}`,
      hint,
    });
    return null;
  }
  const before = spot.problems.length;
  const condition = parseCondition(entry, key, spot.at(key), context);
  return condition === null || spot.problems.length > before ? null : { place: placeOf(spot), ...condition };
}

function parseCondition(
  entry: SelectorObject,
  key: keyof SelectorObject,
  spot: Spot,
  context: RulesContext,
): SelectorCondition | null {
  switch (key) {
    case 'email':
      return { kind: key, values: checkEach(entry.email ?? [], spot, parseEmail) };
    case 'email_domain':
      return { kind: key, values: checkEach(entry.email_domain ?? [], spot, parseEmailDomain) };
    case 'group':
    case 'service_token':
    case 'auth_method':
      return { kind: key, values: checkEach(entry[key] ?? [], spot, parseExactText) };
    case 'login_method':
      return { kind: key, values: checkEach(entry.login_method ?? [], spot, knownProvider(context)) };
    case 'country':
      return { kind: key, values: checkEach(entry.country ?? [], spot, parseCountry) };
    case 'method':
      return { kind: key, values: checkEach(entry.method ?? [], spot, parseMethod) };
    case 'rule_group':
      return { kind: key, names: checkEach(entry.rule_group ?? [], spot, accept<string>) };
    case 'ip':
      return { kind: key, networks: checkEach(entry.ip ?? [], spot, parseNetwork) };
    case 'login_age': {
      const maxAgeMs = checkOne(entry.login_age ?? '', spot, parseSomeTime);
      return maxAgeMs === null ? null : { kind: key, maxAgeMs };
    }
    case 'workload':
      return parseWorkloads(entry.workload, spot, context);
    case 'claim':
      return parseClaim(entry, spot, context);
    case 'hardware_key':
      return parseHardwareKey(entry, spot, context);
    case 'time': {
      const entries = Array.isArray(entry.time) ? entry.time : [entry.time ?? {}];
      const windows = entries.map((time, index) =>
        parseTimeWindow(time, Array.isArray(entry.time) ? spot.at(index) : spot),
      );
      return { kind: key, windows: windows.filter((window) => window !== null) };
    }
    default:
      return key satisfies never;
  }
}

function parseClaim(entry: SelectorObject, spot: Spot, context: RulesContext): SelectorCondition | null {
  if (entry.claim === undefined) return null;
  const name = checkOne(entry.claim.name, spot.at('name'), (text) => parseKeptClaim(text, context));
  const values = checkEach(entry.claim.equals, spot.at('equals'), parseClaimValue);
  return name === null ? null : { kind: 'claim', name, values };
}

function parseClaimValue(value: string | number | boolean): Checked<string | number | boolean> {
  return typeof value === 'string' ? parseExactText(value) : accept(value);
}

/** The name of a claim that some provider keeps. */
export function parseKeptClaim(name: string, context: RulesContext): Checked<string> {
  if (context.keptClaims === null || context.keptClaims.includes(name)) return accept(name);
  const guess = didYouMean(name, context.keptClaims);
  const hint =
    guess === null
      ? `add it to \`claims\` of an identity provider in the settings`
      : `did you mean ${quote(guess)}?`;
  return refuse('unknown-claim', `no identity provider keeps the claim ${quote(name)}`, hint);
}

/** The id of an identity provider in the settings. */
export function knownProvider(context: RulesContext): (id: string) => Checked<string> {
  return (id) => {
    if (context.providerIds === null || context.providerIds.includes(id)) return accept(id);
    const guess = didYouMean(id, context.providerIds);
    const known =
      context.providerIds.length === 0 ? null : `the settings have ${listWords(context.providerIds)}`;
    return refuse(
      'unknown-provider',
      `unknown identity provider ${quote(id)}`,
      guess === null ? known : `did you mean ${quote(guess)}?`,
    );
  };
}

const saidMake: Complaint = {
  code: 'unproven-aaguid',
  reason: 'identity providers say that a key was used, but not of which make',
  hint: 'write `source: bouncer`, or leave `source` out',
};

/** What the settings lack for a key of bouncer's own ceremony, or of a make. */
function lackOfOwnKeys(
  { ownKeys }: RulesContext,
  { aaguid, source }: { readonly aaguid: unknown; readonly source: KeySource | undefined },
): Complaint | null {
  if (ownKeys === null || (aaguid === undefined && source !== 'bouncer')) return null;
  if (!ownKeys.isOn)
    return {
      code: 'no-hardware-keys',
      reason: "the settings have no `hardware_keys`, so that no key of bouncer's own can be used",
      hint: 'write `hardware_keys: {}` into the settings',
    };
  if (aaguid === undefined || ownKeys.provesMakes) return null;
  return {
    code: 'unproven-aaguid',
    reason: 'nothing in the settings proves the make of a key',
    hint: 'name `attestation_roots` or `attestation_metadata` in `hardware_keys`',
  };
}

/** An AAGUID, or the name of a make that the metadata has, which stands for all of its AAGUIDs. @returns lower case */
function knownMake({ ownKeys }: RulesContext): (text: string) => Checked<readonly string[]> {
  return (text) => {
    const aaguids = ownKeys?.makes.get(text);
    if (aaguids !== undefined) return accept(aaguids);
    const parsed = parseAaguid(text);
    if (parsed.ok) return accept([parsed.value]);
    const guess = didYouMean(text, ownKeys?.makes.keys() ?? []);
    return guess === null
      ? parsed
      : refuse('unknown-make', `no make of key is called ${quote(text)}`, `did you mean ${quote(guess)}?`);
  };
}

function parseHardwareKey(entry: SelectorObject, spot: Spot, context: RulesContext): SelectorCondition {
  const { max_age: maxAge, aaguid, source } = entry.hardware_key ?? {};
  if (maxAge === undefined && aaguid === undefined && source === undefined) {
    spot.complain({
      code: 'empty-value',
      reason: 'an empty mapping',
      hint: 'write the single word `hardware_key`',
    });
  }
  const trouble =
    source === 'provider' && aaguid !== undefined ? saidMake : lackOfOwnKeys(context, { aaguid, source });
  if (trouble !== null)
    spot.at(aaguid === undefined ? 'source' : 'aaguid').complain({ ...trouble, part: 'key' });
  return {
    kind: 'hardware_key',
    maxAgeMs: maxAge === undefined ? null : checkOne(maxAge, spot.at('max_age'), parseSomeTime),
    aaguids: aaguid === undefined ? null : checkEach(aaguid, spot.at('aaguid'), knownMake(context)).flat(),
    source: source ?? 'any',
  };
}
