// The judge of the soak: what it would find if it happened.
import { expect, it } from 'vitest';
import { Disturbances } from '../chaos/chaos-site.ts';
import { type Entry, Ledger } from './ledger.ts';
import type { SoakSite } from './soak-site.ts';

function start(): {
  readonly ledger: Ledger;
  readonly disturbances: Disturbances;
  readonly intruders: string[];
} {
  const disturbances = new Disturbances();
  const intruders: string[] = [];
  return {
    ledger: new Ledger({ disturbances, application: { intruders } } as unknown as SoakSite),
    disturbances,
    intruders,
  };
}

const entry = (more: Partial<Entry> = {}): Entry => ({
  ...{
    cookie: 'a=b',
    email: 'p1@example.com',
    hasKey: false,
    endStartedMs: null,
    endedMs: null,
    isOfAnotherTime: false,
  },
  ...more,
});
const ended = (ms: number) => ({ endStartedMs: performance.now() - ms, endedMs: performance.now() - ms });

it.each<readonly [string, Partial<Entry>, { status: number; body: string } | null, object]>([
  ['the right page', {}, { status: 200, body: 'p1@example.com' }, { misjudged: 0, unexplained: 0 }],
  ['the page of another', {}, { status: 200, body: 'p2@example.com' }, { misjudged: 1 }],
  ['a page just after the end', ended(100), { status: 200, body: 'p1@example.com' }, { misjudged: 0 }],
  ['a page long after the end', ended(3_000), { status: 200, body: 'p1@example.com' }, { misjudged: 1 }],
  ['a refusal after the end', ended(3_000), { status: 302, body: '' }, { misjudged: 0, unexplained: 0 }],
  ['a refusal while logged in', {}, { status: 302, body: '' }, { misjudged: 1 }],
  ['a failure', {}, { status: 502, body: '' }, { unexplained: 1 }],
  ['no answer', {}, null, { unexplained: 1 }],
])('%s', (_, more, answer, counted) => {
  const { ledger } = start();
  ledger.judge(entry(more), performance.now(), answer);
  expect(ledger.counts).toMatchObject({ requests: 1, ...counted });
});

it('excuses failures by a disturbance, and never somebody who got in', () => {
  const { ledger, disturbances } = start();
  disturbances.begin();
  ledger.judge(entry(), performance.now(), null);
  ledger.judge(entry(ended(3_000)), performance.now(), { status: 200, body: 'p1@example.com' });
  expect(ledger.counts).toMatchObject({ disturbed: 1, unexplained: 0, misjudged: 1 });
});

it('counts whom the application should not have seen', () => {
  const { ledger, intruders } = start();
  intruders.push('GET /admin as p1@example.com');
  expect(ledger.counts).toMatchObject({ misjudged: 1, problems: [expect.stringContaining('/admin')] });
});
