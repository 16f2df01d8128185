// One run of the whole table: every case is played, mapped to a test, or named with the reason why not. Nothing is left out in silence.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttackCase, readCases, type TestMapping } from './attack-case.ts';
import { type AttackSite, startAttackSite } from './attack-site.ts';
import { bouncerTarget } from './bouncer-target.ts';
import { configFlows } from './config-cases.ts';
import type { Flow, Sites } from './flow.ts';
import { claimFlows } from './flows-claims.ts';
import { faultFlows } from './flows-fault.ts';
import { identityFlows } from './flows-identity.ts';
import { keyFlows } from './flows-keys.ts';
import { limitFlows } from './flows-limits.ts';
import { loginFlows } from './flows-login.ts';
import { passkeyFlows } from './flows-passkeys.ts';
import { providerFlows } from './flows-provider.ts';
import { sessionFlows } from './flows-session.ts';
import { upstreamFlows } from './flows-upstream.ts';
import { judgeExchange } from './judge-exchange.ts';
import { startNaiveBuild } from './naive-build.ts';
import { playExchange, type Target } from './play-exchange.ts';
import { sourceFlows } from './source-checks.ts';

/** What became of a case. `tested`: shown by tests that run in the same check. */
export type Verdict = 'held' | 'failed' | 'tested' | 'waits' | 'not-applicable';

export interface CaseResult {
  readonly one: AttackCase;
  readonly verdict: Verdict;
  /** Why it failed, or why it was not played. */
  readonly problems: readonly string[];
  /** Whether the naive build held it, too; `null` where it was not asked. */
  readonly naive: boolean | null;
}

export interface AttackReport {
  readonly results: readonly CaseResult[];
  /** What the invariants of the shared sites say: counts, log, secrets. */
  readonly invariants: readonly string[];
  readonly requestsSeen: number;
  readonly durationMs: number;
}

export interface AttackRunOptions {
  /** Play only cases whose id matches. */
  readonly only?: RegExp;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Omit<CaseResult, 'naive'>) => void;
}

const flows: Readonly<Record<string, Flow>> = {
  ...providerFlows,
  ...loginFlows,
  ...claimFlows,
  ...identityFlows,
  ...sessionFlows,
  ...faultFlows,
  ...keyFlows,
  ...passkeyFlows,
  ...limitFlows,
  ...upstreamFlows,
  ...configFlows,
  ...sourceFlows,
};

const root = join(import.meta.dirname, '../..');

/** Run the table. Takes about a minute. */
export async function runAttacks(options: AttackRunOptions = {}): Promise<AttackReport> {
  const startedMs = performance.now();
  const cases = readCases().filter(({ id }) => options.only === undefined || options.only.test(id));
  const honest = await startAttackSite({ provider: 'honest' });
  const hostile = await startAttackSite({ provider: 'hostile' });
  const naiveRun = playNaive(cases);
  const target = await bouncerTarget(honest, await hostile.token('alice'));
  const found: Omit<CaseResult, 'naive'>[] = [];
  for (const one of cases) {
    const result = await playCase(one, target, { honest, hostile });
    options.onResult?.(result);
    found.push(result);
  }
  const naive = await naiveRun;
  const requestsSeen = honest.upstream.seen.length + hostile.upstream.seen.length;
  const invariants = [...(await honest.close()), ...(await hostile.close())];
  return {
    results: found.map((result) => ({ ...result, naive: naive.get(result.one.id) ?? null })),
    invariants,
    requestsSeen,
    durationMs: performance.now() - startedMs,
  };
}

async function playCase(
  one: AttackCase,
  target: Target,
  shared: { readonly honest: AttackSite; readonly hostile: AttackSite },
): Promise<Omit<CaseResult, 'naive'>> {
  if (one.verdict !== undefined)
    return { one, verdict: one.verdict, problems: [one.reason ?? 'no reason given'] };
  if (one.tests !== undefined) {
    const problems = one.tests.flatMap(missingTest);
    return { one, verdict: problems.length === 0 ? 'tested' : 'failed', problems };
  }
  const problems: string[] = [];
  const flow = flows[one.id];
  try {
    if (isExchange(one)) problems.push(...(await playAndJudge(one, target)));
    else if (flow === undefined) problems.push('nobody plays this case');
    else problems.push(...(await playFlow(flow, one, shared)));
  } catch (error) {
    problems.push(`the run itself failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
  return { one, verdict: problems.length === 0 ? 'held' : 'failed', problems };
}

const isExchange = ({ id, kind }: AttackCase): boolean =>
  (kind === 'http' || kind === 'raw') && flows[id] === undefined;

async function playAndJudge(one: AttackCase, target: Target): Promise<string[]> {
  const played = await playExchange(one, target);
  const problems = await judgeExchange(one, played, target);
  if (problems.length === 0) return [];
  const text = (value: string): string =>
    JSON.stringify(value.length > 600 ? `${value.slice(0, 600)}…` : value);
  return [...problems, `sent ${text(played.sent)}`, `received ${text(played.exchange.received)}`];
}

async function playFlow(
  flow: Flow,
  one: AttackCase,
  shared: { readonly honest: AttackSite; readonly hostile: AttackSite },
): Promise<string[]> {
  const own: AttackSite[] = [];
  const sites: Sites = {
    ...shared,
    own: async (options) => {
      const site = await startAttackSite(options);
      own.push(site);
      return site;
    },
  };
  const problems: string[] = [];
  try {
    problems.push(...(await flow(one, sites)));
  } finally {
    for (const site of own) problems.push(...(await site.close()));
  }
  return problems;
}

/** A mapping to a test that is not there, or is switched off, shows nothing. */
function missingTest({ file, title }: TestMapping): string[] {
  const path = join(root, file);
  if (!existsSync(path)) return [`there is no ${file}`];
  const text = readFileSync(path, 'utf8');
  const at = ["'", '"', '`']
    .map((quote) => text.indexOf(`${quote}${title}${quote}`))
    .find((index) => index !== -1);
  if (at === undefined) return [`${file} has no test called: ${title}`];
  return /\.(?:skip|todo|skipIf)\b[^\n]*$/.test(text.slice(0, at)) ? [`${file} does not run: ${title}`] : [];
}

/** Only where it is fair: what is not about a log, a login page or cookies that it does not have. */
const isForNaive = (one: AttackCase): boolean =>
  isExchange(one) &&
  one.verdict === undefined &&
  !['log-injection', 'service-token'].includes(one.area) &&
  !['HDR-045', 'CSRF-011'].includes(one.id);

async function playNaive(cases: readonly AttackCase[]): Promise<ReadonlyMap<string, boolean>> {
  const held = new Map<string, boolean>();
  const naive = await startNaiveBuild();
  for (const one of cases) {
    if (!isForNaive(one)) continue;
    const played = await playExchange(one, naive);
    const problems = await judgeExchange(one, played, naive);
    const hasDied = await naive.revive();
    const status = played.exchange.responses[0]?.status ?? 400;
    // Another word for no is a no.
    const isRefused = status >= 400 && played.upstreamBytes === 0 && one.severity !== 'control';
    held.set(one.id, !hasDied && (isRefused || problems.length === 0));
  }
  await naive.close();
  return held;
}
