// What of a request's end gets into its record: a hint is told with a cause and without one, and nothing stands there empty.
import { expect, it } from 'vitest';
import { exchangeRecord } from '../../src/gateway/exchange-record.ts';
import { nobody } from '../../src/identity/principal.ts';
import { renderPrettyRequest } from '../../src/telemetry/pretty-line.ts';

const story = {
  requestId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  head: { method: 'GET', url: '/a?secret', httpVersion: '1.1', rawHeaders: [] },
  received: null,
  principal: nobody,
};

function recordOf(more: { cause?: string | null; hint?: string | null }): ReturnType<typeof exchangeRecord> {
  return exchangeRecord(story, null, { status: 502, kind: 'error', reason: 'upstream-broken', ...more }, 1);
}

it.each([
  [{}, {}],
  [{ cause: null, hint: null }, {}],
  [{ cause: 'it broke' }, { cause: 'it broke' }],
  [{ hint: 'mend it' }, { hint: 'mend it' }],
  [
    { cause: 'it broke', hint: 'mend it' },
    { cause: 'it broke', hint: 'mend it' },
  ],
])('tells of %j what is there', (ending, told) => {
  const { cause, hint } = recordOf(ending);
  expect({ ...(cause === undefined ? {} : { cause }), ...(hint === undefined ? {} : { hint }) }).toEqual(
    told,
  );
});

it.each([
  [{}, '1.0 ms'],
  [{ cause: 'it broke' }, '1.0 ms (it broke)'],
  [{ hint: 'mend it' }, '1.0 ms (mend it)'],
  [{ cause: 'it broke', hint: 'mend it' }, '1.0 ms (it broke; mend it)'],
])('shows %j to a person at a terminal', (ending, end) => {
  const line = renderPrettyRequest(recordOf(ending), { time: '2026-01-01T00:00:00.000Z', isColored: false });
  expect(line.endsWith(`${end}\n`)).toBe(true);
});
