// One entry of `tests` in a rules file. Checks that it can be run; running it is run-tests.ts's work.
import { parseAddressWords } from '../../http/network.ts';
import { quote } from '../../source/quote.ts';
import { groupsUnsettled, unsaidProvider } from '../model/facts.ts';
import type { RulesContext, RulesTest, TestPerson } from '../model/rules-set.ts';
import { parseAaguid, parseAnyTime, parseCountry, parseEmail, parseMethod } from './check-values.ts';
import { parseKeptClaim } from './parse-selectors.ts';
import { parseTestMoment } from './parse-time-window.ts';
import { parseTestWorkload } from './parse-workload.ts';
import { accept, type Checked, checkOne, placeOf, refuse, type Spot } from './problem-reporter.ts';
import type { TestEntry } from './rules-schema.ts';

/** Checks a test. @param hasApplication whether some application answers for a host */
export function parseTest(
  entry: TestEntry,
  spot: Spot,
  context: RulesContext,
  hasApplication: (host: string) => boolean,
): RulesTest {
  checkOne(entry.url, spot.at('url'), (text) => parseTestUrl(text, hasApplication));
  const optional = <T>(
    key: 'method' | 'ip' | 'country' | 'at',
    check: (text: string) => Checked<T>,
  ): T | null => {
    const text = entry[key];
    return text === undefined ? null : checkOne(text, spot.at(key), check);
  };
  if (entry.as === undefined && entry.amr !== undefined) {
    spot
      .at('amr')
      .complain({ code: 'unused-option', reason: '`amr` without `as`: nobody is logged in', part: 'key' });
  }
  if (entry.as?.amr !== undefined && entry.amr !== undefined) {
    spot.at('amr').complain({ code: 'duplicate-key', reason: '`amr` is also given in `as`', part: 'key' });
  }
  if (entry.granted !== undefined && entry.as === undefined) {
    spot.at('granted').complain({
      code: 'unused-option',
      reason: '`granted` without `as`: nobody is logged in',
      part: 'key',
    });
  }
  const workload = parseTestWorkload(entry, spot, context);
  return {
    name: entry.name,
    url: entry.url,
    person:
      entry.as === undefined || workload !== null
        ? null
        : parsePerson(entry, entry.as, spot.at('as'), context),
    serviceToken: entry.service_token ?? null,
    workload,
    isGranted: entry.granted ?? false,
    method: optional('method', parseMethod) ?? 'GET',
    ip: optional('ip', parseAddress),
    country: optional('country', parseCountry),
    atMs: optional('at', parseTestMoment),
    expect: entry.expect,
    place: placeOf(spot),
  };
}

function parsePerson(
  entry: TestEntry,
  person: NonNullable<TestEntry['as']>,
  spot: Spot,
  context: RulesContext,
): TestPerson {
  const time = (key: 'login_age' | 'hardware_key_age') => {
    const text = person[key];
    return text === undefined ? null : checkOne(text, spot.at(key), parseAnyTime);
  };
  const email = person.email === undefined ? null : checkOne(person.email, spot.at('email'), parseEmail);
  for (const name of Object.keys(person.claims ?? {})) {
    const kept = parseKeptClaim(name, context);
    if (!kept.ok) spot.at('claims', name).complain({ ...kept.complaint, part: 'key' });
  }
  const providers = context.providerIds ?? [];
  const idp = person.login_method ?? (providers.length === 1 ? providers[0] : undefined) ?? unsaidProvider;
  if (person.login_method !== undefined && context.providerIds !== null && !providers.includes(idp)) {
    spot
      .at('login_method')
      .complain({ code: 'unknown-provider', reason: `unknown identity provider ${quote(idp)}` });
  }
  const groups = parseGroups(person.groups, spot.at('groups'));
  const amr = [person.amr ?? entry.amr ?? []].flat();
  const loginAgeMs = time('login_age') ?? 0;
  return {
    identity: {
      sub: person.sub ?? email ?? 'somebody',
      email,
      name: person.name ?? null,
      groups: groups ?? [],
      claims: person.claims ?? {},
      idp,
      amr,
      acr: null,
      ...(groups === null ? { unsettled: groupsUnsettled } : {}),
    },
    loginAgeMs,
    ...parseUsedKeys(person, spot, {
      said: time('hardware_key_age'),
      byAmr: amr.includes('hwk') ? loginAgeMs : null,
    }),
  };
}

/** @param ages what else says that the provider saw a key, milliseconds */
function parseUsedKeys(
  { hardware_key: used }: NonNullable<TestEntry['as']>,
  spot: Spot,
  ages: { readonly said: number | null; readonly byAmr: number | null },
): Pick<TestPerson, 'hardwareKeyAgeMs' | 'ownKey'> {
  const told = ages.said ?? ages.byAmr;
  if (used === undefined) return { hardwareKeyAgeMs: told, ownKey: null };
  const at = spot.at('hardware_key');
  const ageMs = used.age === undefined ? 0 : checkOne(used.age, at.at('age'), parseAnyTime);
  const aaguid = used.aaguid === undefined ? null : checkOne(used.aaguid, at.at('aaguid'), parseAaguid);
  if (used.source !== 'provider') return { hardwareKeyAgeMs: told, ownKey: { ageMs: ageMs ?? 0, aaguid } };
  if (aaguid !== null) {
    const reason = 'identity providers say that a key was used, but not of which make';
    at.at('aaguid').complain({ code: 'unproven-aaguid', reason, part: 'key' });
  }
  if (ages.said !== null)
    at.complain({ code: 'duplicate-key', reason: '`hardware_key_age` says the same', part: 'key' });
  return { hardwareKeyAgeMs: ageMs, ownKey: null };
}

/** @returns `null` where nobody knows them */
function parseGroups(groups: readonly string[] | string | undefined, spot: Spot): readonly string[] | null {
  if (groups === 'unsettled') return null;
  if (typeof groups !== 'string') return groups ?? [];
  const hint = `write ${quote(`[${groups}]`)}; or \`unsettled\` where nobody knows them`;
  spot.complain({ code: 'wrong-type', reason: `expected a list, got ${quote(groups)}`, hint });
  return [];
}

function parseTestUrl(text: string, hasApplication: (host: string) => boolean): Checked<URL> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return refuse('bad-url', `${quote(text)} is not a URL`, 'for example `https://wiki.example.com/page`');
  }
  if (hasApplication(url.hostname)) return accept(url);
  return refuse('unknown-host', `no application has the host ${quote(url.hostname)}`);
}

function parseAddress(text: string): Checked<string> {
  if (parseAddressWords(text, new Uint32Array(4)) !== 0) return accept(text);
  return refuse('bad-address', `${quote(text)} is not an IP address`, 'for example `192.0.2.7`');
}
