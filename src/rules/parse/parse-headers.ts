// What an application's rules say of headers: those that carry an identity, and those that are set, removed or passed.
import { foldHeaderName, isPlainValue } from '../../http/header-name.ts';
import { type HeaderUse, headerProblem } from '../../http/header-table.ts';
import type { IdentityHeaderSource } from '../../http/identity-header.ts';
import { didYouMean } from '../../source/did-you-mean.ts';
import { quote } from '../../source/quote.ts';
import type { RequestHeaderEdit } from '../model/compiled-rules.ts';
import type { ApplicationRules, RulesContext } from '../model/rules-set.ts';
import { dialectsOf } from './parse-dialects.ts';
import { parseKeptClaim } from './parse-selectors.ts';
import { accept, type Checked, checkEach, checkOne, refuse, type Spot } from './problem-reporter.ts';
import type { ApplicationEntry } from './rules-schema.ts';

const identityWords = ['email', 'sub', 'name', 'groups', 'idp'] as const;

export function parseIdentityHeaders(
  entry: ApplicationEntry,
  spot: Spot,
  context: RulesContext,
): ApplicationRules['identityHeaders'] {
  const headers: { header: string; source: IdentityHeaderSource }[] = [];
  const seen = new Set<string>();
  for (const [name, word] of Object.entries(entry.identity_headers ?? {})) {
    const header = checkHeader(name, spot, 'identity');
    const source = checkOne(word, spot.at(name), (text) => parseIdentitySource(text, context));
    if (header === null || source === null) continue;
    checkSeen(seen, header, spot.at(name));
    headers.push({ header, source });
  }
  return headers;
}

function parseIdentitySource(text: string, context: RulesContext): Checked<IdentityHeaderSource> {
  for (const kind of identityWords) if (kind === text) return accept({ kind });
  const claim = parseKeptClaim(text, context);
  if (claim.ok) return accept({ kind: 'claim', claim: claim.value });
  const guess = didYouMean(text, [...identityWords, ...(context.keptClaims ?? [])]);
  const hint =
    guess === null
      ? 'write `email`, `sub`, `name`, `groups`, `idp` or a claim that the settings keep'
      : `did you mean ${quote(guess)}?`;
  return { ok: false, complaint: { ...claim.complaint, hint } };
}

export function parseHeaderEdit(
  entry: ApplicationEntry['request_headers'] | ApplicationEntry['response_headers'],
  spot: Spot,
  {
    side,
    secretNames,
  }: { readonly side: 'request' | 'response'; readonly secretNames: readonly string[] | null },
): RequestHeaderEdit {
  const set: [string, string][] = [];
  const setFromSecrets: [string, string][] = [];
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(entry?.set ?? {})) {
    const header = checkHeader(name, spot.at('set'), `${side}-set`);
    const isSecret = typeof text !== 'string';
    const value = isSecret
      ? checkOne(text.secret, spot.at('set', name, 'secret'), (secret) =>
          parseSecretName(secret, secretNames),
        )
      : checkOne(text, spot.at('set', name), parseHeaderValue);
    if (header === null || value === null) continue;
    checkSeen(seen, header, spot.at('set', name));
    (isSecret ? setFromSecrets : set).push([header, value]);
  }
  const list = (key: 'remove' | 'pass', use: HeaderUse): readonly string[] => {
    const written: readonly string[] = (entry as ApplicationEntry['request_headers'])?.[key] ?? [];
    const names = checkEach(written, spot.at(key), (name: string) => parseHeaderName(name, use));
    for (const header of names) checkSeen(seen, header, spot.at(key));
    return names;
  };
  return {
    set,
    setFromSecrets,
    remove: list('remove', `${side}-remove`),
    pass: list('pass', 'request-pass'),
  };
}

/** @param known `null`: the settings are not at hand */
function parseSecretName(name: string, known: readonly string[] | null): Checked<string> {
  if (known === null || known.includes(name)) return accept(name);
  const guess = didYouMean(name, known);
  return refuse(
    'unknown-secret',
    `the settings have no secret ${quote(name)}`,
    guess === null ? `add it to \`secrets\` there: \`${name}: { env: … }\`` : `did you mean ${quote(guess)}?`,
  );
}

/** What is set on every request is set once: the assertion, identity headers and `set` in one namespace, in every spelling. */
export function checkClashes(entry: ApplicationEntry, spot: Spot, { assertionHeader }: RulesContext): void {
  const taken = new Map<string, string>();
  if (assertionHeader !== null) taken.set(foldHeaderName(assertionHeader), 'the header of the assertion');
  const check = (name: string, at: Spot): void => {
    const owner = taken.get(foldHeaderName(name));
    if (owner === undefined) return;
    at.complain({
      code: 'duplicate-header',
      reason: `${quote(name)} is also ${owner}`,
      hint: 'it is always set by bouncer, or absent',
      part: 'key',
    });
  };
  for (const { name, fields } of dialectsOf(entry))
    for (const field of fields) taken.set(foldHeaderName(field), `a field of \`${name}\` in \`also\``);
  const identity = Object.keys(entry.identity_headers ?? {});
  for (const name of identity) check(name, spot.at('identity_headers', name));
  for (const name of identity) taken.set(foldHeaderName(name), 'one of `identity_headers`');
  const { set = {}, remove = [], pass = [] } = entry.request_headers ?? {};
  for (const name of Object.keys(set)) check(name, spot.at('request_headers', 'set', name));
  for (const [key, names] of [
    ['remove', remove],
    ['pass', pass],
  ] as const)
    for (const [index, name] of names.entries()) check(name, spot.at('request_headers', key, index));
  for (const name of Object.keys(entry.response_headers?.set ?? {}))
    if (assertionHeader !== null && foldHeaderName(name) === foldHeaderName(assertionHeader))
      check(name, spot.at('response_headers', 'set', name));
}

function parseHeaderName(name: string, use: HeaderUse): Checked<string> {
  const problem = headerProblem(name, use);
  return problem === null
    ? accept(name)
    : refuse(problem.code, `${quote(name)} ${problem.reason}`, problem.hint);
}

/** Checks a value (RFC 9110 section 5.5): visible ASCII, spaces and tabs inside. */
function parseHeaderValue(value: string): Checked<string> {
  if (isPlainValue(value) && value.trim() === value) return accept(value);
  return refuse(
    'bad-header-value',
    `${quote(value)} cannot be a header's value`,
    'visible ASCII, without spaces around it',
  );
}

function checkHeader(name: string, spot: Spot, use: HeaderUse): string | null {
  const checked = parseHeaderName(name, use);
  if (checked.ok) return checked.value;
  spot.at(name).complain({ ...checked.complaint, part: 'key' });
  return null;
}

function checkSeen(seen: Set<string>, header: string, spot: Spot): void {
  const folded = foldHeaderName(header);
  if (seen.has(folded)) {
    spot.complain({ code: 'duplicate-header', reason: `${quote(header)} is given twice`, part: 'key' });
  }
  seen.add(folded);
}
