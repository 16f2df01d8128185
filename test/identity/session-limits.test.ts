// Whether a login is listed as alive.
import { expect, it } from 'vitest';
import { isAlive } from '../../src/identity/sessions/session-limits.ts';

const nowMs = 10_000_000;
const login = { createdAtMs: nowMs - 900_000, lastSeenMs: nowMs - 1, expiresAtMs: nowMs + 1 };
const limits = { idleTimeoutMs: 600_000 };

it.each([
  [true, 'was used just now', {}],
  [false, 'has reached its end', { expiresAtMs: nowMs }],
  [true, 'was used shortly before it idles out', { lastSeenMs: nowMs - 599_999 }],
  [false, 'has idled out', { lastSeenMs: nowMs - 600_000 }],
  [
    false,
    'says that it was used far ahead of the clock, and began long ago',
    { lastSeenMs: nowMs + 3_600_000 },
  ],
  [true, 'says that it was used a moment ahead of the clock', { lastSeenMs: nowMs + 1_000 }],
])('%s: a login that %s', (expected, _what, own) => {
  expect(isAlive({ ...login, ...own }, limits, nowMs)).toBe(expected);
});
