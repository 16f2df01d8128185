// What it costs to find out who asks: by a session, by a token of a service or of a person, and by a wrong one; with the header stage that
// takes it out. `node test/bench/credentials.bench.ts`. By the CPU time of the thread, and turn about, so that a busy machine hits all
// alike. Asserts answers, never times.
import { strictEqual } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { compileHeaderPlan } from '../../src/http/header-plan.ts';
import { parsePresented } from '../../src/http/own-token.ts';
import { type OurHeaders, upstreamRequestHeaders } from '../../src/http/request-headers.ts';
import type { CanonicalHost, CanonicalPath } from '../../src/http/request-target.ts';
import { identify, identifyByToken, presentsToken } from '../../src/identity/identify.ts';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { providerDigest } from '../../src/identity/provider-digest.ts';
import { createSessions } from '../../src/identity/sessions/sessions.ts';
import { createSecret } from '../../src/identity/tokens/service-secret.ts';
import { createServiceTokens } from '../../src/identity/tokens/service-tokens.ts';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { createWorkloads } from '../../src/identity/workloads/create-workloads.ts';
import { settingsFromObject } from '../../src/settings/load-settings.ts';
import { programHost } from '../../src/store/session-store.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';

const rounds = 14;
const turns = 2_000;
/** Requests of one turn of the event loop, as under load. */
const perTurn = 10;

const folder = mkdtempSync(join(tmpdir(), 'bouncer-credentials-'));
const store = createStore(folder);
const nowMs = Date.now();
const host = 'a.localhost' as CanonicalHost;
const parsed = settingsFromObject(
  {
    auth_url: 'http://auth.localhost',
    identity_providers: [{ id: 'g', type: 'oidc', issuer: 'http://localhost:1', client_id: 'b' }],
  },
  { baseDir: '/', env: {} },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const settings = parsed.value;
const telemetry = { event: () => {} };
const rules = () => ({ findApplication: () => null });
const sessions = createSessions({ store, settings: () => settings, rules, telemetry, now: Date.now });
const workloads = createWorkloads({ settings: () => settings, telemetry, now: Date.now });
const tokens = createServiceTokens({ store: store.tokens, sessions, workloads, telemetry, now: Date.now });

const order = { name: 'ci', applications: null, lifetimeMs: null };
const { secret } = await issueToken(store.tokens, order, nowMs);
const cookieToken = createToken();
const [provider] = settings.identityProviders;
if (provider === undefined) throw new Error('no provider');
await store.sessions.createLogin(
  {
    id: 'login',
    identity: {
      ...{
        sub: 's',
        email: 'a@example.com',
        name: null,
        groups: [],
        claims: {},
        idp: 'g',
        amr: [],
        acr: null,
      },
      ...{ authTimeMs: nowMs, hardwareKey: null },
    },
    ...{ providerSid: null, secrets: null, isRefreshable: false, mustAskPerson: false, revision: 1 },
    providerDigest: providerDigest(provider),
    ip: null,
    userAgent: null,
    ...{ createdAtMs: nowMs, expiresAtMs: nowMs + 86_400_000, lastSeenMs: nowMs, checkedAtMs: nowMs },
    ...{ unansweredSinceMs: null, vouchedAtMs: null },
  },
  { hash: hashToken(cookieToken), host, createdAtMs: nowMs },
  null,
);

const [terminalSecret, personalSecret] = [createSecret('u'), createSecret('p')];
for (const [text, kind] of [
  [terminalSecret, 'terminal'],
  [personalSecret, 'personal'],
] as const) {
  const hash = hashToken(text);
  const program = { kind, name: 'x', applications: null };
  await store.sessions.addToken(
    'login',
    { hash, host: programHost(hash), createdAtMs: nowMs, program },
    nowMs,
  );
}

const target = { path: '/api/items' as CanonicalPath, query: '?page=2', readings: [] };
const limits = { durationMs: null, idleTimeoutMs: null };
const plan = compileHeaderPlan({
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  identityHeaders: [],
  requestHeaders: { set: [], remove: [] },
});
const our: OurHeaders = {
  ...{ host, forwardedFor: '192.0.2.1', forwardedProto: 'https', forwardedHost: host, requestId: 'r' },
  ...{ assertion: 'x', identity: [] },
};

const cookie = `bouncer_session=${cookieToken}`;
function bySession(): string {
  const credentials = { host, target, cookie, presented: parsePresented({}) };
  const found = presentsToken(credentials) ? null : identify(sessions, credentials, limits, nowMs);
  upstreamRequestHeaders(['Host', host, 'Accept', '*/*', 'Cookie', cookie], our, plan);
  return found !== null && 'kind' in found ? found.kind : 'nothing';
}

const own: OurHeaders = { ...our, hasOwnAuthorization: true };
function byToken(authorization: string, ip: string): string {
  const credentials = { host, target, cookie: undefined, presented: parsePresented({ authorization }) };
  if (!presentsToken(credentials)) return 'nothing';
  const place = { host, application: 'a', takesPersonal: true, limits, nowMs };
  const visit = { ...place, requestId: 'r', ip, country: null, userAgent: 'x' };
  const found = identifyByToken({ sessions, tokens }, credentials, visit);
  if (!('kind' in found)) return 'nothing';
  if (found.kind !== 'rejected')
    upstreamRequestHeaders(['Host', host, 'Accept', '*/*', 'Authorization', authorization], own, plan);
  return found.kind;
}

const bearer = `Bearer ${secret}`;
const basicOf = (text: string): string => `Basic ${Buffer.from(`ci:${text}`).toString('base64')}`;
const [terminal, personal] = [`Bearer ${terminalSecret}`, basicOf(personalSecret)];
const mistyped = `${bearer.slice(0, -1)}${bearer.endsWith('A') ? 'B' : 'A'}`;
const guesses = Array.from({ length: 20_000 }, () => `Bearer ${createSecret()}`);
let count = 0;
const personGuesses = Array.from({ length: 20_000 }, () => basicOf(createSecret('p')));
const nextPersonGuess = (): string => personGuesses[count++ % personGuesses.length] ?? '';
const nextGuess = (): string => guesses[count++ % guesses.length] ?? '';
const nextAddress = (): string => `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;

const cases: readonly (readonly [name: string, kind: string, run: () => string])[] = [
  ['session', 'person', bySession],
  ['Bearer', 'service', () => byToken(bearer, '192.0.2.1')],
  ['Basic', 'service', () => byToken(basicOf(secret), '192.0.2.1')],
  ['terminal, Bearer', 'person', () => byToken(terminal, '192.0.2.1')],
  ['personal, Basic', 'person', () => byToken(personal, '192.0.2.1')],
  ['wrong, bad checksum', 'rejected', () => byToken(mistyped, '192.0.2.2')],
  ['wrong, looked up', 'rejected', () => byToken(nextGuess(), nextAddress())],
  ['wrong personal, looked up', 'rejected', () => byToken(nextPersonGuess(), nextAddress())],
  ['wrong, address slowed', 'rejected', () => byToken(nextGuess(), '192.0.2.2')],
];

/** Microseconds of CPU time. The kernel counts them by the millisecond, so that a stretch is many of those. */
async function stretch(run: () => unknown): Promise<number> {
  const start = process.threadCpuUsage();
  for (let turn = 0; turn < turns; turn++) {
    await setImmediate();
    for (let index = 0; index < perTurn; index++) run();
  }
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / (turns * perTurn);
}

const samples = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  const emptyUs = await stretch(() => undefined);
  for (const [name, kind, run] of cases) {
    strictEqual(run(), kind, name);
    const us = (await stretch(run)) - emptyUs;
    // The first rounds are the compiler's.
    if (round >= 3) samples.set(name, [...(samples.get(name) ?? []), us]);
  }
}
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
const sessionUs = samples.get('session') ?? [];
for (const [name, list] of samples) {
  // Of the same round: whatever slowed it slowed both.
  const more = median(list.map((us, round) => us - (sessionUs[round] ?? 0)));
  process.stdout.write(
    `${name.padEnd(28)} ${median(list).toFixed(2)} µs, ${more.toFixed(2)} more than by session\n`,
  );
}
await tokens.close();
await sessions.close();
await store.close();
rmSync(folder, { recursive: true, force: true });
