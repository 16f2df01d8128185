// Whatever `check` takes, `serve` starts with, for every key that the schemas know: each value that they offer alone, and several at once.
// A key that is added later is among them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Configuration, loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { createSnapshot } from '../../src/configuration/snapshot.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { rulesJsonSchema } from '../../src/rules/parse/rules-schema.ts';
import { settingsJsonSchema } from '../../src/settings/settings-schema.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { type Offer, offersOf } from './offered-values.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-offered-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Json = Readonly<Record<string, unknown>>;
const provider = {
  id: 'google',
  type: 'oidc',
  issuer: 'https://id.example',
  client_id: 'x',
  client_secret: 'y',
};
const application = {
  name: 'a',
  host: 'a.example.com',
  upstream: 'http://127.0.0.1:1',
  policies: [{ name: 'p', action: 'allow', include: ['authenticated'] }],
};

const settingsSchema = settingsJsonSchema();
const rulesSchema = rulesJsonSchema();
const applicationSchema = ((rulesSchema['properties'] as Json)['applications'] as Json)['items'] as Json;

/** These would need another program, or listen where another process may. */
const elsewhere = new Set(['listen', 'store', 'rules', 'data_dir']);
const ofSettings = offersOf(settingsSchema, settingsSchema).filter(
  ({ place: [key = ''] }) => !elsewhere.has(key),
);
const ofApplication = offersOf(applicationSchema, rulesSchema);

interface Choice {
  readonly settings: readonly Offer[];
  readonly application: readonly Offer[];
}

let count = 0;

function withOffers(base: Json, offers: readonly Offer[]): Json {
  return { ...base, ...Object.fromEntries(offers.map(({ place: [key = ''], value }) => [key, value])) };
}

/** The providers that are offered come beside one that is good, with what they and the headers of a proxy need. */
function settingsOf(offers: readonly Offer[], base: string): Json {
  const plain = {
    auth_url: 'https://auth.example.com',
    trusted_proxies: ['127.0.0.1/32'],
    smtp: { url: 'smtp://127.0.0.1:2525', from: 'Bouncer <bouncer@example.com>' },
    identity_providers: [provider],
  };
  const chosen = withOffers(plain, offers);
  const providers = chosen['identity_providers'];
  return {
    ...chosen,
    identity_providers: [
      provider,
      ...(providers === plain.identity_providers
        ? []
        : ((providers ?? []) as readonly Json[]).map(completed)),
    ],
    listen: '127.0.0.1:0',
    ...(chosen['management'] === undefined ? {} : { management: '127.0.0.1:0' }),
    rules: `${base}-rules.json`,
    data_dir: `${base}-data`,
  };
}

/** Other ids than those beside it, and an issuer where one is needed. */
function completed(offered: Json): Json {
  const isOidc = !['github', 'email_pin'].includes(String(offered['type']));
  return { ...(isOidc ? { issuer: 'https://other.example' } : {}), ...offered, id: 'offered' };
}

const env = { SMTP_URL: 'smtp://127.0.0.1:2525', GITHUB_CLIENT_SECRET: 'github', OIDC_CLIENT_SECRET: 'oidc' };

function sourceOf(choice: Choice): { settings: Json; baseDir: string; env: Record<string, string> } {
  const base = join(folder, String(count++));
  const { host, ...chosen } = withOffers(application, choice.application);
  const rules = { applications: [{ ...chosen, ...('hosts' in chosen ? {} : { host }) }] };
  writeFileSync(`${base}-rules.yaml`, JSON.stringify(rules));
  return {
    settings: { ...settingsOf(choice.settings, base), rules: `${base}-rules.yaml` },
    baseDir: folder,
    env,
  };
}

/** @returns what was found good and became a snapshot, or `null` with problems that say where */
function taken(choice: Choice): Configuration | null {
  const loaded = loadConfiguration(sourceOf(choice));
  if (!loaded.ok) {
    expect(loaded.problems.length + loaded.failedTests.length).toBeGreaterThan(0);
    for (const { reason, code } of loaded.problems) expect([reason, code]).not.toContain('');
    return null;
  }
  const { settings, loaded: rules } = loaded.value;
  createSnapshot(settings, rules.rules);
  for (const one of rules.rules.applications) expectWaitable(one.upstreamOptions);
  expectWaitable({ ...settings.limits, keepMs: settings.storeLossKeepMs });
  return loaded.value;
}

/** A timer that is told to wait longer than this ends after a millisecond. */
const longestTimerMs = 2 ** 31 - 1;

function expectWaitable(part: object): void {
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === 'object' && value !== null) expectWaitable(value);
    else if (name.endsWith('Ms') && typeof value === 'number')
      expect(value, name).toBeLessThanOrEqual(longestTimerMs);
  }
}

const keysOf = (offers: readonly Offer[]) => new Set(offers.map(({ place: [key] }) => key));

/** What is good only together with something else, or with a file. */
const neverAlone = new Set([...['tls', 'share', 'store_loss', 'master_key', 'further_master_keys']]);

test('each offered value alone is refused with words, or becomes a snapshot; most do', {
  timeout: 120_000,
}, () => {
  const good = new Set<string>();
  for (const offer of ofSettings)
    if (taken({ settings: [offer], application: [] })) good.add(`settings ${offer.place[0]}`);
  for (const offer of ofApplication)
    if (taken({ settings: [], application: [offer] })) good.add(`rules ${offer.place[0]}`);
  const missing = [
    ...[...keysOf(ofSettings)].map((key) => `settings ${key}`),
    ...[...keysOf(ofApplication)].map((key) => `rules ${key}`),
  ].filter((key) => !good.has(key) && !neverAlone.has(key.split(' ')[1] ?? ''));
  expect(missing).toEqual([]);
});

test.each(['oidc', 'entra', 'github', 'email_pin'])('a provider of type %s is among those taken', (type) => {
  const offered = ofSettings.filter(({ place: [key], value }) => {
    const [first] = (key === 'identity_providers' ? value : []) as readonly Json[];
    return first?.['type'] === type;
  });
  expect(offered.some((offer) => taken({ settings: [offer], application: [] }))).toBe(true);
});

const choices = fc.record({
  settings: fc.array(fc.constantFrom(...ofSettings), { maxLength: 5 }),
  application: fc.array(fc.constantFrom(...ofApplication), { maxLength: 4 }),
});

test('several at once become a snapshot', { timeout: 120_000 }, () => {
  let good = 0;
  fc.assert(
    fc.property(choices, (choice) => {
      if (taken(choice)) good++;
    }),
    { numRuns: inWholeRun(500, 250) },
  );
  expect(good).toBeGreaterThan(20);
});

/** Good, and without a delay that the end of a process would wait for. */
function endsAtOnce(choice: Choice): boolean {
  const settings = taken(choice)?.settings;
  return settings !== undefined && settings.limits.drainDelayMs === 0;
}

test('and a bouncer that listens', { timeout: 180_000 }, async () => {
  const drawn = fc.sample(choices, 400).filter(endsAtOnce).slice(0, 15);
  expect(drawn.length).toBeGreaterThan(4);
  for (const choice of drawn) {
    const bouncer = await createBouncer({ ...sourceOf(choice), log: { write: () => {} } });
    await bouncer.listen();
    await bouncer.close();
  }
});
