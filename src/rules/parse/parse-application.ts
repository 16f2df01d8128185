// One application of a rules file: checked by itself. What depends on other applications is checked in parse-rules.ts.

import { foldHeaderName, isPlainValue, isToken } from '../../http/header-name.ts';
import { type HeaderUse, headerProblem } from '../../http/header-table.ts';
import type { IdentityHeaderSource } from '../../http/identity-header.ts';
import { isHttp } from '../../http/upgrade-token.ts';
import { didYouMean } from '../../source/did-you-mean.ts';
import { quote } from '../../source/quote.ts';
import type { RequestHeaderEdit } from '../model/compiled-rules.ts';
import { foldPath } from '../model/fold-path.ts';
import type { ApplicationRules, PathRules, Policy, RulesContext } from '../model/rules-set.ts';
import { parseApplicationHost, parseOrigin, parsePath, parseUpstream } from './check-location.ts';
import { parseSomeTime } from './check-values.ts';
import { parsePresentation } from './parse-presentation.ts';
import { knownProvider, parseKeptClaim, parseSelectorLists } from './parse-selectors.ts';
import { parseUpstreamOptions } from './parse-upstream-options.ts';
import { accept, type Checked, checkEach, checkOne, placeOf, refuse, type Spot } from './problem-reporter.ts';
import type { ApplicationEntry, PolicyEntry } from './rules-schema.ts';

/** Checks an application. What is wrong becomes a problem; the value then is only good for finding more of them. */
export function parseApplication(
  entry: ApplicationEntry,
  spot: Spot,
  context: RulesContext,
): ApplicationRules {
  const upstreams = checkEach(entry.upstream, spot.at('upstream'), (text: string) =>
    parseUpstream(text, context.baseDir),
  );
  checkDoubles(
    upstreams.map((upstream) => upstream.text),
    spot.at('upstream'),
    'duplicate-upstream',
  );
  const identityHeaders = parseIdentityHeaders(entry, spot.at('identity_headers'), context);
  const requestHeaders = parseHeaderEdit(entry.request_headers, spot.at('request_headers'), 'request');
  const responseHeaders = parseHeaderEdit(entry.response_headers, spot.at('response_headers'), 'response');
  checkClashes(entry, spot, context);
  return {
    name: entry.name,
    hosts: parseHosts(entry, spot),
    audience: entry.audience ?? entry.name,
    presentation: parsePresentation(entry, spot),
    mode: entry.mode ?? 'enforce',
    upstreams,
    upstreamOptions: parseUpstreamOptions(entry.upstream_options, spot.at('upstream_options'), context),
    loginMethods: parseLoginMethods(entry, spot.at('login_methods'), context),
    session: parseSession(entry, spot.at('session')),
    identityHeaders,
    requestHeaders,
    responseHeaders,
    allowedOrigins: checkEach(entry.allowed_origins ?? [], spot.at('allowed_origins'), parseOrigin),
    passesPreflight: entry.preflight === 'pass',
    upgrades: parseUpgrades(entry, spot.at('upgrades')),
    pathSpelling: parsePathSpelling(entry, spot),
    rewritesLocation: entry.rewrite_location ?? false,
    policies: parsePolicies(entry.policies, spot.at('policies'), context),
    paths: parsePaths(entry, spot.at('paths'), context),
    place: placeOf(spot),
  };
}

function parseHosts(entry: ApplicationEntry, spot: Spot): readonly string[] {
  if (entry.host !== undefined && entry.hosts !== undefined) {
    spot.at('hosts').complain({
      code: 'duplicate-key',
      reason: '`host` and `hosts` are both given',
      hint: 'keep one of them',
      part: 'key',
    });
  } else if (entry.host === undefined && entry.hosts === undefined) {
    spot.complain({
      code: 'missing-key',
      reason: '`host` is missing',
      hint: 'for example `host: wiki.example.com`',
      part: 'key',
    });
  }
  const single = entry.host === undefined ? [] : checkEach(entry.host, spot.at('host'), parseApplicationHost);
  return [...single, ...checkEach(entry.hosts ?? [], spot.at('hosts'), parseApplicationHost)];
}

function parseLoginMethods(
  entry: ApplicationEntry,
  spot: Spot,
  context: RulesContext,
): ApplicationRules['loginMethods'] {
  if (entry.login_methods === undefined) return null;
  const methods = checkEach(entry.login_methods, spot, knownProvider(context));
  checkDoubles(methods, spot, 'duplicate-method');
  return methods;
}

function parseUpgrades(entry: ApplicationEntry, spot: Spot): readonly string[] {
  const words = entry.upgrades ?? ['websocket'];
  checkDoubles(
    words.map((word) => word.toLowerCase()),
    spot,
    'duplicate-upgrade',
  );
  return checkEach(words, spot, parseUpgrade);
}

/** A protocol name, perhaps with a version (RFC 9110 section 7.8). */
function parseUpgrade(text: string): Checked<string> {
  if (!text.split('/', 3).every(isToken) || text.split('/').length > 2)
    return refuse('bad-upgrade', `${quote(text)} is not a protocol`, 'for example `websocket` or `SPDY/3.1`');
  if (!isHttp(text)) return accept(text);
  return refuse(
    'bad-upgrade',
    `${quote(text)} is HTTP itself`,
    'see `http2` in `upstream_options`; clients that offer it are answered without',
  );
}

/** Where a policy looks at paths, each path must have one reading. */
function parsePathSpelling(entry: ApplicationEntry, spot: Spot): ApplicationRules['pathSpelling'] {
  const { path_spelling: spelling = 'strict', paths = [] } = entry;
  if (spelling === 'opaque' && paths.length > 0) {
    spot.at('path_spelling').complain({
      code: 'opaque-paths',
      reason:
        '`path_spelling: opaque` beside `paths`: policies would look at paths that servers read differently',
      hint: 'leave one of them out, or make what needs other policies an application with a host of its own',
    });
  }
  return spelling;
}

function parseSession(entry: ApplicationEntry, spot: Spot): ApplicationRules['session'] {
  const time = (key: 'duration' | 'idle_timeout') => {
    const text = entry.session?.[key];
    return text === undefined ? null : checkOne(text, spot.at(key), parseSomeTime);
  };
  if (entry.session !== undefined && Object.keys(entry.session).length === 0) {
    spot.complain({ code: 'empty-value', reason: '`session` is empty', hint: 'for example `duration: 8h`' });
  }
  return { durationMs: time('duration'), idleTimeoutMs: time('idle_timeout') };
}

const identityWords = ['email', 'sub', 'name', 'groups', 'idp'] as const;

function parseIdentityHeaders(
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

function parseHeaderEdit(
  entry: ApplicationEntry['request_headers'] | ApplicationEntry['response_headers'],
  spot: Spot,
  side: 'request' | 'response',
): RequestHeaderEdit {
  const set: [string, string][] = [];
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(entry?.set ?? {})) {
    const header = checkHeader(name, spot.at('set'), `${side}-set`);
    const value = checkOne(text, spot.at('set', name), parseHeaderValue);
    if (header === null || value === null) continue;
    checkSeen(seen, header, spot.at('set', name));
    set.push([header, value]);
  }
  const list = (key: 'remove' | 'pass', use: HeaderUse): readonly string[] => {
    const written: readonly string[] = (entry as ApplicationEntry['request_headers'])?.[key] ?? [];
    const names = checkEach(written, spot.at(key), (name: string) => parseHeaderName(name, use));
    for (const header of names) checkSeen(seen, header, spot.at(key));
    return names;
  };
  return { set, remove: list('remove', `${side}-remove`), pass: list('pass', 'request-pass') };
}

/** What is set on every request is set once: the assertion, identity headers and `set` in one namespace, in every spelling. */
function checkClashes(entry: ApplicationEntry, spot: Spot, { assertionHeader }: RulesContext): void {
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

function checkDoubles(words: readonly string[], spot: Spot, code: string): void {
  for (const [index, word] of words.entries()) {
    if (words.indexOf(word) < index)
      spot.at(index).complain({ code, reason: `${quote(word)} is given twice` });
  }
}

function parsePolicies(
  entries: readonly PolicyEntry[],
  spot: Spot,
  context: RulesContext,
): readonly Policy[] {
  const names = new Map<string, number>();
  return entries.map((entry, index) => {
    const at = spot.at(index);
    const earlier = names.get(entry.name);
    if (earlier === undefined) names.set(entry.name, index);
    else {
      const line = spot.at(earlier, 'name').locate().line;
      at.at('name').complain({
        code: 'duplicate-name',
        reason: `a second policy is called ${quote(entry.name)}`,
        hint: `the first one is on line ${line}; the log could not tell them apart`,
      });
    }
    return {
      name: entry.name,
      action: entry.action,
      mode: entry.mode ?? 'enforce',
      ...parseSelectorLists(entry, at, context),
      place: placeOf(at),
    };
  });
}

function parsePaths(entry: ApplicationEntry, spot: Spot, context: RulesContext): readonly PathRules[] {
  const seen = new Map<string, string>();
  return (entry.paths ?? []).flatMap((item, index) => {
    const at = spot.at(index);
    const policies = parsePolicies(item.policies, at.at('policies'), context);
    const path = checkOne(item.path, at.at('path'), parsePath);
    if (path === null) return [];
    const folded = foldPath(path);
    const earlier = seen.get(folded);
    if (earlier !== undefined) {
      const reason =
        earlier === path
          ? `a second entry for ${quote(path)}`
          : `${quote(path)} and ${quote(earlier)} are one path to some servers`;
      at.at('path').complain({ code: 'duplicate-path', reason, hint: 'put the policies into one entry' });
    }
    seen.set(folded, path);
    return [{ path, policies, place: placeOf(at) }];
  });
}
