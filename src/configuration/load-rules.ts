// The rules files read from disk as one set: parsed, linted, compiled, and tested by the tests they bring.

import { createHash, type Hash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseOpaqueTarget } from '../http/canonical-path.ts';
import { compileRules, type ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { OwnKeysContext, RulesContext, RulesSet } from '../rules/model/rules-set.ts';
import { parseRules } from '../rules/parse/parse-rules.ts';
import { lintRules } from '../rules/review/lint-rules.ts';
import { type RulesTestResult, runTests } from '../rules/review/run-tests.ts';
import { canMail } from '../settings/can-mail.ts';
import { readSourceFile } from '../settings/read-source-file.ts';
import { isRedirectProvider } from '../settings/redirect-provider.ts';
import type { IdentityProviderSettings, Settings } from '../settings/settings.ts';
import type { Parsed, Problem } from '../source/problem.ts';
import { parseYaml, type SourceDocument } from '../source/yaml-document.ts';

export interface LoadedRules {
  readonly set: RulesSet;
  readonly rules: ExplainableRules;
  readonly tests: readonly RulesTestResult[];
  readonly warnings: readonly Problem[];
  readonly files: readonly string[];
  /** The same for the same files, whatever machine and folder they are in: 16 hexadecimal digits. */
  readonly hash: string;
}

function knowsGroups(provider: IdentityProviderSettings): boolean {
  if (provider.type === 'oidc') return provider.groupsClaim !== null;
  return provider.type === 'github' && provider.organizations.length > 0;
}

/** What the rules may refer to in the settings. */
export function rulesContext(settings: Settings): RulesContext {
  const withClaims = settings.identityProviders.filter((provider) => provider.type === 'oidc');
  const keptClaims = [...new Set(withClaims.flatMap((provider) => provider.claims))];
  return {
    providerIds: settings.identityProviders.map((provider) => provider.id),
    assertionHeader: settings.assertion.header,
    groupProviders: settings.identityProviders.filter(knowsGroups).map(({ id }) => id),
    keptClaims,
    claimProviders: Object.fromEntries(
      keptClaims.map((name) => [
        name,
        withClaims.filter(({ claims }) => claims.includes(name)).map(({ id }) => id),
      ]),
    ),
    secretNames: Object.keys(settings.secrets),
    hasForwardAuth: settings.forwardAuth !== null,
    canMail: canMail(settings),
    issuerNames: settings.trustedIssuers.map(({ name }) => name),
    hasTrustedProxies: settings.trustedProxies.length > 0,
    hasCountryHeader: settings.countryHeader !== null,
    ownKeys: ownKeysOf(settings),
    hasTunnels: settings.tunnel !== null,
    share:
      settings.share === null
        ? null
        : {
            file: settings.file ?? 'settings',
            domain: settings.share.domain,
            allow: settings.share.allow,
          },
    keylessProviders: settings.identityProviders.filter(({ type }) => type !== 'oidc').map(({ id }) => id),
    authUrl: settings.authUrl,
    ...countedGroupsOf(settings.identityProviders),
    addressSpeakers: {
      named: settings.identityProviders.flatMap(({ emailDomains }) => emailDomains ?? []),
      ofTheRest: settings.identityProviders
        .filter((provider) => isRedirectProvider(provider) && provider.emailDomains === null)
        .map(({ id }) => id),
    },
    confirmsLogout: settings.logout === 'confirm',
    baseDir:
      settings.rules.endsWith('.yaml') || settings.rules.endsWith('.yml')
        ? dirname(settings.rules)
        : settings.rules,
  };
}

/** Only where every provider that knows groups says which ones count. */
function countedGroupsOf(
  providers: readonly IdentityProviderSettings[],
): Pick<RulesContext, 'countedGroups'> {
  const only = providers
    .filter(knowsGroups)
    .map((provider) =>
      provider.type === 'oidc'
        ? provider.groupsOnly
        : provider.type === 'github'
          ? provider.organizations.flatMap(({ name }) => [name, `${name}/*`])
          : null,
    );
  const named = only.filter((patterns) => patterns !== null);
  return named.length < only.length ? {} : { countedGroups: named.flat() };
}

function ownKeysOf({ hardwareKeys }: Settings): OwnKeysContext {
  const makes = new Map<string, readonly string[]>();
  for (const { name, aaguid } of hardwareKeys?.trust?.metadata?.makes ?? [])
    makes.set(name, [...(makes.get(name) ?? []), aaguid]);
  return {
    isOn: hardwareKeys !== null,
    provesMakes: hardwareKeys !== null && hardwareKeys.trust !== null,
    makes,
  };
}

/** Where rules stand, and what they may refer to. Plain data, so that another thread can be told. */
export interface RulesSource {
  /** Files or folders, absolute. */
  readonly paths: readonly string[];
  readonly context: RulesContext;
}

/** For rules without settings: what would depend on settings is not checked. */
export function contextWithoutSettings(baseDir: string): RulesContext {
  return {
    ...{
      providerIds: null,
      groupProviders: null,
      keptClaims: null,
      claimProviders: null,
      hasTrustedProxies: null,
      assertionHeader: null,
      hasCountryHeader: null,
      ownKeys: null,
      authUrl: null,
    },
    baseDir,
  };
}

/**
 * Read, parse, lint, compile and test the rules.
 *
 * @param settings valid settings; `rules` names a file or a folder unless `paths` does
 * @param paths files or folders to read instead, absolute
 * @returns the rules and the results of their tests (which may have failed: the caller decides), or every problem
 */
export function loadRules(
  settings: Settings,
  paths: readonly string[] = [settings.rules],
): Parsed<LoadedRules> {
  return readRules({ paths, context: rulesContext(settings) });
}

/** As {@link loadRules}, for whoever has no settings or another thread's word for them. */
export function readRules({ paths, context }: RulesSource): Parsed<LoadedRules> {
  const problems: Problem[] = [];
  const documents: SourceDocument[] = [];
  const hash = createHash('sha256');
  const files = paths.flatMap((path) => {
    const found = rulesFiles(path);
    if (found.length === 0) problems.push(noRules(path));
    return found;
  });
  for (const file of files) {
    const read = readSourceFile(file);
    if (read.ok) addToHash(hash, basename(file), read.value);
    const parsed = read.ok ? parseYaml(file, read.value) : read;
    if (parsed.ok) documents.push(parsed.value);
    else problems.push(...parsed.problems);
  }
  if (documents.length < files.length || files.length === 0) return { ok: false, problems };
  const set = parseRules(documents, context);
  if (!set.ok) return { ok: false, problems: [...problems, ...set.problems] };
  const rules = compileRules(set.value);
  const nowMs = Date.now();
  const warnings = [...set.warnings, ...lintRules(set.value, { nowMs })];
  const tests = runTests(set.value, rules, { nowMs, parseTarget: parseOpaqueTarget });
  return {
    ok: true,
    value: { set: set.value, rules, tests, warnings, files, hash: hash.digest('hex').slice(0, 16) },
    warnings,
  };
}

/** Length-prefixed, so that no two sets of files make the same bytes. */
function addToHash(hash: Hash, name: string, content: Uint8Array): void {
  for (const part of [Buffer.from(name, 'utf8'), content]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hash.update(length).update(part);
  }
}

/** A file as it is; a folder's `*.yaml` and `*.yml` in the order of their names, hidden ones left out. */
function rulesFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
      .sort()
      .map((name) => join(path, name));
  } catch {
    // Reading the file says what is wrong with it.
    return [path];
  }
}

function noRules(path: string): Problem {
  return {
    file: path,
    line: 1,
    column: 1,
    endColumn: 1,
    severity: 'error',
    code: 'no-rules-files',
    reason: 'the folder has no *.yaml file',
    hint: 'put at least one rules file into it, or let `rules` in the settings name another place',
  };
}
