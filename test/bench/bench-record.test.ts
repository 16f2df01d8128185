// Pages of several runs: each part says of when it is, and what a run did not measure stays what it was.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Sample } from './bench-load.ts';
import { mergeFigures, readRecord, writeRecord } from './bench-record.ts';
import { renderFigures } from './bench-report.ts';
import type { Slope } from './bench-slopes.ts';
import { limitsOf, renderSlopes } from './bench-slopes-report.ts';
import type { Figures, Stamp } from './bench-targets.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sample = (perSecond: number): Sample => ({
  ...{ perSecond, cpuUsPerUnit: 1e6 / perSecond, p50Ms: 1, p99Ms: 2 },
  ...{ rssKb: 1_024, pssKb: 1_024, rssGrowthKb: 0, errors: 0 },
});
const stamp = (date: string): Stamp => ({ date, commit: 'abc1234', busyness: 0.2, rounds: 3, seconds: 5 });

function figures(date: string, rates: Readonly<Record<string, number>>): Figures {
  return {
    results: new Map(
      Object.entries(rates).map(([name, rate]) => [
        name as 'small',
        new Map([
          ['bouncer', [sample(rate)]],
          ['nginx', [sample(rate * 2)]],
        ]),
      ]),
    ),
    ...{ memory: null, start: null, slopes: [], decisions: '' },
    stamps: new Map(Object.keys(rates).map((name) => [name, stamp(date)])),
  };
}

describe('a run that takes an earlier one along', () => {
  const earlier = figures('2026-11-01', { small: 10_000, medium: 1_000 });
  const now = figures('2026-11-02', { medium: 2_000 });

  it('has its own figures and of the earlier one only what it did not measure, and says so', () => {
    const file = join(folder, 'earlier.json');
    writeRecord(file, earlier);
    const merged = mergeFigures(readRecord(file), now);
    expect(merged.results.get('small')).toEqual(earlier.results.get('small'));
    expect(merged.results.get('medium')).toEqual(now.results.get('medium'));
    const text = renderFigures(merged, stamp('2026-11-02'));
    expect(text.match(/Measured on .* at commit abc1234/g)).toEqual([
      'Measured on 2026-11-01 at commit abc1234',
    ]);
    expect(text.indexOf('Measured on')).toBeGreaterThan(text.indexOf('## GET of 1 KB'));
    expect(text.indexOf('Measured on')).toBeLessThan(text.indexOf('10,000'));
  });

  it('is refused a file that does not say of when it is', () => {
    const file = join(folder, 'old.json');
    writeFileSync(file, JSON.stringify({ results: {} }));
    expect(() => readRecord(file)).toThrow('does not say of when');
  });

  it('says by how much a target is missed', () => {
    expect(renderFigures(earlier)).toContain('| ≥ 0.55 × | 0.50 × | **missed** by 9.1 % |');
  });
});

describe('the first limit', () => {
  const slope = (what: string, kb: number): Slope => ({
    what,
    points: [0, 1_000].map((count) => ({ count, pssKb: 50_000 + kb * count, idleUs: 0, requestUs: 50 })),
  });

  it.each([
    ['connections', 3, 2, [10_000, 200_000, 209_715]],
    ['connections, then memory', 60, 20, [10_000, 13_107, 200_000]],
    ['memory', 100, 50, [6_991, 10_000, 200_000]],
    ['connections, where the slope of memory is lost in the noise', -3, 2, [10_000, 200_000]],
  ])('is %s', (_, connectionKb, sessionKb, people) => {
    const slopes = [slope('idle connection', connectionKb), slope('session in use', sessionKb)];
    expect(limitsOf(slopes).map((one) => Math.round(one.people))).toEqual(people);
    expect(renderSlopes(slopes)).toContain(`: ${people[0]?.toLocaleString('en-US')} people.`);
  });
});
