import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRequestCounters } from '../../src/telemetry/request-counters.ts';
import type { RequestRecord } from '../../src/telemetry/request-record.ts';

test('requests are counted apart by application, decision and status, and shares together', () => {
  const request = fc.record({
    application: fc.constantFrom(null, 'a', 'b', 'allow', 'share:one', 'share:two'),
    decision: fc.constantFrom('allow', 'deny', 'allow a', 'a'),
    status: fc.constantFrom(200, 403),
    durationMs: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
      const counters = createRequestCounters();
      const expected = new Map<string, { count: number; ms: number }>();
      for (const one of requests) {
        counters.count(one as RequestRecord);
        const name = one.application?.startsWith('share:') ? 'share' : (one.application ?? '');
        const key = JSON.stringify([name, one.decision, one.status]);
        const before = expected.get(key) ?? { count: 0, ms: 0 };
        expected.set(key, { count: before.count + 1, ms: before.ms + one.durationMs });
      }
      const found = [...counters.all()].map(({ application, decision, status, count, seconds }) => [
        JSON.stringify([application, decision, status]),
        { count, ms: Math.round(seconds * 1_000) },
      ]);
      expect(found).toHaveLength(expected.size);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    }),
  );
});
