// The attack run as a part of the checks: whole, and with the published lists where they are at hand.
import { describe, expect, test } from 'vitest';
import { hasCorpora } from '../http/corpora.ts';
import { runAttacks } from './attack-run.ts';
import { replayCorpora } from './corpora-run.ts';
import { invariantProblems } from './invariants.ts';
import type { Seen } from './recorder.ts';
import { isGreen, renderReport } from './report.ts';

test('every attack of the table is held, shown by a test, or named with its reason', {
  timeout: 900_000,
}, async () => {
  const report = await runAttacks();
  expect(report.results.length).toBeGreaterThanOrEqual(465);
  expect(isGreen(report), renderReport(report)).toBe(true);
  // What the run can see at all: the naive build falls to what bouncer holds.
  const fallen = report.results.filter(({ naive }) => naive === false);
  expect(fallen.length).toBeGreaterThan(30);
  // A case may wait for a feature that is not built, and for nothing else.
  const waiting = report.results.filter(
    ({ one, verdict }) => verdict === 'waits' && one.severity === 'critical',
  );
  expect(waiting.map(({ one }) => one.id)).toEqual([]);
});

describe.skipIf(!hasCorpora)('the published lists', () => {
  test('open nothing, lead nobody elsewhere, and hide no request', { timeout: 900_000 }, async () => {
    const results = (await replayCorpora()) ?? [];
    expect(results.map(({ name, problems }) => ({ name, problems }))).toEqual(
      results.map(({ name }) => ({ name, problems: [] })),
    );
    expect(results.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThan(15_000);
  });
});

describe('the run’s own judgement', () => {
  const seen = (url: string, id: string): Seen => ({
    method: 'GET',
    url,
    rawHeaders: ['X-Request-Id', id],
    rawTrailers: [],
    body: '',
    isWhole: true,
  });
  const line = (more: object): string =>
    `${JSON.stringify({ request_id: 'a', method: 'GET', path: '/x', status: 200, decision: 'allow', policy: 'p', ...more })}\n`;
  const problems = (log: string, requests: readonly Seen[]): readonly string[] =>
    invariantProblems({ log, seen: requests, secrets: ['a-secret-of-sixteen'] });

  test('a request that was decided once and seen once, as it was decided, is right', () => {
    expect(problems(line({}), [seen('/x?q', 'a')])).toEqual([]);
  });

  test.each([
    ['seen and never decided', line({}), [seen('/x', 'a'), seen('/hidden', 'b')]],
    ['seen twice', line({}), [seen('/x', 'a'), seen('/x', 'a')]],
    ['denied and seen', line({ decision: 'deny', status: 403 }), [seen('/x', 'a')]],
    ['decided as another path', line({}), [seen('/y', 'a')]],
    ['let through and never seen', line({}), []],
    ['recorded twice', line({}) + line({}), [seen('/x', 'a')]],
    ['logged with a secret', line({ reason: 'a-secret-of-sixteen' }), [seen('/x', 'a')]],
    ['logged with a token', line({ reason: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.x' }), [seen('/x', 'a')]],
  ])('a request that was %s is wrong', (_, log, requests) => {
    expect(problems(log, requests)).toHaveLength(1);
  });
});
