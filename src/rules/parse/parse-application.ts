// One application of a rules file: checked by itself. What depends on other applications is checked in parse-rules.ts.

import { isToken } from '../../http/header-name.ts';
import { isShareAudience, sharePrefix } from '../../http/share-name.ts';
import { isHttp } from '../../http/upgrade-token.ts';
import { quote } from '../../source/quote.ts';
import type { UpstreamAddress } from '../model/compiled-rules.ts';
import { foldPath } from '../model/fold-path.ts';
import { pathAbove } from '../model/path-above.ts';
import type { ApplicationRules, PathRules, Policy, RulesContext } from '../model/rules-set.ts';
import { parseApplicationHost, parseOrigin, parsePath, parseUpstream } from './check-location.ts';
import { parseSomeTime } from './check-values.ts';
import { parseDialects } from './parse-dialects.ts';
import { checkForwardAuth, forwardAuthWord } from './parse-forward-auth.ts';
import { checkClashes, parseHeaderEdit, parseIdentityHeaders } from './parse-headers.ts';
import { parseLabel, parsePresentation } from './parse-presentation.ts';
import { parseRequests } from './parse-requests.ts';
import { knownProvider, parseSelectorLists } from './parse-selectors.ts';
import { parseUpstreamOptions } from './parse-upstream-options.ts';
import { accept, type Checked, checkEach, checkOne, placeOf, refuse, type Spot } from './problem-reporter.ts';
import type { ApplicationEntry, PolicyEntry } from './rules-schema.ts';

/** Checks an application. What is wrong becomes a problem; the value then is only good for finding more of them. */
export function parseApplication(
  entry: ApplicationEntry,
  spot: Spot,
  context: RulesContext,
): ApplicationRules {
  const isForwardAuth = entry.upstream === forwardAuthWord;
  const upstreams = isForwardAuth ? [] : parseUpstreams(entry.upstream, spot.at('upstream'), context);
  if (isForwardAuth) checkForwardAuth(entry, spot, context);
  const identityHeaders = parseIdentityHeaders(entry, spot.at('identity_headers'), context);
  const requestHeaders = parseHeaderEdit(entry.request_headers, spot.at('request_headers'), {
    side: 'request',
    secretNames: context.secretNames ?? null,
  });
  const responseHeaders = parseHeaderEdit(entry.response_headers, spot.at('response_headers'), {
    side: 'response',
    secretNames: null,
  });
  checkClashes(entry, spot, context);
  checkNames(entry, spot);
  return {
    name: entry.name,
    hosts: parseHosts(entry, spot),
    audience: entry.audience ?? entry.name,
    dialects: parseDialects(entry, spot.at('assertion', 'also')),
    presentation: parsePresentation(entry, spot),
    mode: entry.mode === 'report' ? 'report' : 'enforce',
    isInMaintenance: entry.mode === 'maintenance',
    upstreams,
    isForwardAuth,
    upstreamOptions: parseUpstreamOptions(entry.upstream_options, spot.at('upstream_options'), context),
    loginMethods: parseLoginMethods(entry, spot.at('login_methods'), context),
    session: parseSession(entry, spot.at('session')),
    identityHeaders,
    requestHeaders,
    responseHeaders,
    allowedOrigins: checkEach(entry.allowed_origins ?? [], spot.at('allowed_origins'), parseOrigin),
    passesPreflight: entry.preflight === 'pass',
    takesPersonal: entry.clients === 'basic',
    upgrades: parseUpgrades(entry, spot.at('upgrades')),
    pathSpelling: parsePathSpelling(entry, spot),
    rewritesLocation: entry.rewrite_location ?? false,
    requests: parseRequests(entry.requests, spot.at('requests'), context),
    policies: parsePolicies(entry.policies, spot.at('policies'), context),
    paths: parsePaths(entry, spot.at('paths'), context),
    place: placeOf(spot),
  };
}

/** Shares have names and audiences of their own. */
function checkNames(entry: ApplicationEntry, spot: Spot): void {
  for (const key of ['name', 'audience'] as const) {
    if (entry[key] === undefined || !isShareAudience(entry[key])) continue;
    spot.at(key).complain({
      code: 'name-of-share',
      reason: `${quote(entry[key])} would be ${key === 'name' ? 'the name' : 'the audience'} of a share`,
      hint: `leave out \`${sharePrefix}\``,
    });
  }
}

function parseUpstreams(
  entry: ApplicationEntry['upstream'],
  spot: Spot,
  context: RulesContext,
): readonly UpstreamAddress[] {
  const upstreams = checkEach(entry, spot, (text: string) => parseUpstream(text, context));
  checkDoubles(
    upstreams.map((upstream) => upstream.text),
    spot,
    'duplicate-upstream',
  );
  return upstreams;
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
      label: parseLabel(entry.label, at.at('label')),
      action: entry.action,
      mode: entry.mode ?? 'enforce',
      ...parseSelectorLists(entry, at, context),
      place: placeOf(at),
    };
  });
}

function parsePaths(entry: ApplicationEntry, spot: Spot, context: RulesContext): readonly PathRules[] {
  const seen = new Map<string, string>();
  const paths = (entry.paths ?? []).flatMap((item, index): PathRules[] => {
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
    const upstreams =
      item.upstream === undefined ? null : parseUpstreams(item.upstream, at.at('upstream'), context);
    return [{ path, policies, upstreams, place: placeOf(at) }];
  });
  return withThoseAbove(paths);
}

/** A path goes where the nearest one above it goes that says so. */
function withThoseAbove(paths: readonly PathRules[]): readonly PathRules[] {
  const naming = paths.filter(({ upstreams }) => upstreams !== null);
  if (naming.length === 0) return paths;
  return paths.map((path) => ({
    ...path,
    upstreams: path.upstreams ?? pathAbove(naming, path)?.upstreams ?? null,
  }));
}
