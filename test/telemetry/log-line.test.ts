import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderRequestLine } from '../../src/telemetry/log-line.ts';
import { renderPrettyEvent, renderPrettyRequest } from '../../src/telemetry/pretty-line.ts';
import type { RequestRecord } from '../../src/telemetry/request-record.ts';
import { anyCharacter } from '../fixtures/any-character.ts';

const record: RequestRecord = {
  requestId: 'r-1',
  host: 'wiki.example.com',
  method: 'GET',
  path: '/page',
  status: 200,
  decision: 'allow',
  reason: 'policy-allowed',
  policy: 'staff',
  application: 'wiki',
  sub: 'u1',
  email: 'erin@example.com',
  idp: 'google',
  session: 'abc',
  ip: '192.0.2.1',
  userAgent: 'curl/8',
  durationMs: 1.23456,
  upstreamMs: 1,
  bytesOut: 17,
};

test('a request is one line of JSON with the fields that people alert on', () => {
  const line = renderRequestLine(record, '2026-01-02T03:04:05.678Z', 'info');
  expect(line.endsWith('}\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    time: '2026-01-02T03:04:05.678Z',
    level: 'info',
    request_id: 'r-1',
    host: 'wiki.example.com',
    method: 'GET',
    path: '/page',
    status: 200,
    decision: 'allow',
    reason: 'policy-allowed',
    policy: 'staff',
    application: 'wiki',
    sub: 'u1',
    email: 'erin@example.com',
    idp: 'google',
    session: 'abc',
    ip: '192.0.2.1',
    user_agent: 'curl/8',
    duration_ms: 1.235,
    upstream_ms: 1,
    bytes_out: 17,
  });
});

test('texts that repeat, begin alike or have to be escaped stand in each line as they are', () => {
  const texts = fc.constantFrom(
    ...['erin', 'erin@example.com', 'erin@example.com.evil.test', 'erin@exa', 'e', ''],
    ...['"', '\\"', 'a"b', 'a\\u0022b', 'null', 'x'.repeat(256), 'x'.repeat(257), `${'x'.repeat(255)}y`],
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, texts, texts), { minLength: 2, maxLength: 8 }), (lines) => {
      for (const [email, userAgent, sub] of lines) {
        const line = renderRequestLine(
          { ...record, email, userAgent, sub },
          '2026-01-02T03:04:05.678Z',
          'info',
        );
        expect(JSON.parse(line)).toMatchObject({ email, user_agent: userAgent, sub });
      }
    }),
    { numRuns: 300 },
  );
});

test('times are written to the microsecond, as numbers of JSON are', () => {
  const milliseconds = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.double({ min: 0, max: 2, noNaN: true }),
    fc.nat(100_000).map((us) => us / 1_000),
    fc.constantFrom(0, 0.0004, 0.0005, 0.9995, 0.99949, 1, 9.9999, 1000),
  );
  fc.assert(
    fc.property(milliseconds, milliseconds, (durationMs, upstreamMs) => {
      const line = renderRequestLine({ ...record, durationMs, upstreamMs }, '', 'info');
      const toMicroseconds = (ms: number): string => String(Math.round(ms * 1_000) / 1_000);
      expect(line).toContain(
        `,"duration_ms":${toMicroseconds(durationMs)},"upstream_ms":${toMicroseconds(upstreamMs)},`,
      );
    }),
    { numRuns: 1_000 },
  );
});

test('the cause of a failure and what report-only policies say stand in the same line', () => {
  const line = renderRequestLine(
    {
      ...record,
      cause: 'ECONNREFUSED',
      hint: 'is it running?',
      reports: [{ policy: 'new', outcome: 'deny', reason: 'policy-denied' }],
    },
    '2026-01-02T03:04:05.678Z',
    'error',
  );
  expect(JSON.parse(line)).toMatchObject({
    cause: 'ECONNREFUSED',
    hint: 'is it running?',
    reports: [{ policy: 'new', outcome: 'deny', reason: 'policy-denied' }],
  });
});

test('no text of a client makes a second line, breaks the JSON or reaches the terminal raw', () => {
  const anyText = fc.string({ unit: anyCharacter, maxLength: 700 });
  fc.assert(
    fc.property(anyText, anyText, anyText, (path, userAgent, email) => {
      const hostile = { ...record, path, userAgent, email };
      const line = renderRequestLine(hostile, '2026-01-02T03:04:05.678Z', 'info');
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toMatchObject({ status: 200, decision: 'allow' });
      const style = { time: '2026-01-02T03:04:05.678Z', isColored: false };
      const pretty = renderPrettyRequest(hostile, style);
      const event = renderPrettyEvent('info', 'login', { email, path }, style);
      for (const text of [pretty, event]) expect(text).toMatch(/^[^\u0000-\u001f\u007f-\u009f]*\n$/u);
    }),
  );
});

test('a text that repeats is the same text again, and one that is cut is cut again', () => {
  for (const userAgent of ['a"b', 'a"b', 'x'.repeat(600), 'x'.repeat(600), '\u2028', '\u2028', 'a"b'])
    expect(JSON.parse(renderRequestLine({ ...record, userAgent }, 't', 'info')).user_agent).toBe(
      userAgent.length > 512 ? `${'x'.repeat(512)}…` : userAgent,
    );
});
