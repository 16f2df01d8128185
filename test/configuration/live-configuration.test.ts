import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type ConfigurationFollower,
  createLiveConfiguration,
  type LiveConfiguration,
} from '../../src/configuration/live-configuration.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import type { EventName } from '../../src/telemetry/events.ts';
import type { Telemetry } from '../../src/telemetry/request-record.ts';

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: http://127.0.0.1:1
    policies: [{ name: all, action: bypass, include: [everyone] }]
`;
let folder: string;
let live: LiveConfiguration;
let events: { readonly name: EventName; readonly fields: Readonly<Record<string, unknown>> }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-live-'));
  mkdirSync(join(folder, 'policies'));
  writeFileSync(join(folder, 'policies', 'rules.yaml'), rules);
  events = [];
  const settings = {
    auth_url: 'http://auth.localhost',
    identity_providers: [{ id: 'g', type: 'oidc', issuer: 'http://localhost:1', client_id: 'b' }],
  };
  const source = { settings, baseDir: folder, env: {} };
  const loaded = loadConfiguration(source);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { settings: inForce, loaded: good, warnings } = loaded.value;
  const first = { settings: inForce, rules: good.rules, rulesHash: good.hash, warnings };
  const telemetry = {
    event: (name: EventName, fields: Readonly<Record<string, unknown>>) => void events.push({ name, fields }),
  } as unknown as Telemetry;
  live = createLiveConfiguration(first, { source, telemetry });
});
afterEach(async () => {
  await live.close();
  rmSync(folder, { recursive: true, force: true });
});

function followedBy(own: Partial<ConfigurationFollower>): void {
  live.follow({ prepare: () => {}, onSwap: () => {}, onFiles: () => {}, ...own });
}

function namesOf(): readonly EventName[] {
  return events.map(({ name }) => name);
}

it('tells where a fault of its own was thrown, and goes on with what was in force', async () => {
  const before = live.snapshot();
  followedBy({
    prepare: function preparesBadly() {
      throw new TypeError('not prepared');
    },
  });
  expect(await live.reload('asked')).toBe(false);
  expect(live.snapshot()).toBe(before);
  expect(namesOf()).toEqual(['internal_error', 'reload_failed']);
  expect(events[0]?.fields).toMatchObject({
    action: 'reload',
    message: expect.stringMatching(/TypeError: not prepared[\s\S]*preparesBadly/),
  });
  expect(events[1]?.fields).toMatchObject({ reason: 'asked', problems: ['not prepared'] });
});

it('tells of files that are wrong without a place in its own code', async () => {
  followedBy({});
  writeFileSync(join(folder, 'policies', 'rules.yaml'), `${rules}nonsense: true\n`);
  expect(await live.reload('asked')).toBe(false);
  expect(namesOf()).toEqual(['reload_failed']);
});

it('reads once more for all who ask while it reads', async () => {
  followedBy({});
  const [first, second, third] = [live.reload('one'), live.reload('two'), live.reload('three')];
  expect(second).toBe(third);
  expect(first).not.toBe(second);
  expect(await Promise.all([first, second, third])).toEqual([true, true, true]);
  expect(events.filter(({ name }) => name === 'reloaded').map(({ fields }) => fields['reason'])).toEqual([
    'one',
    'two',
  ]);
});
