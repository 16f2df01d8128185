// Whoever is refused without end fills no log, from however many addresses of their own.
import { expect, test } from 'vitest';
import { RefusalNotices } from '../../src/tunnel/edge/refusal-notices.ts';

test('each kind is told of a network once a minute, with how often it was', () => {
  let nowMs = 0;
  const told: unknown[] = [];
  const notices = new RefusalNotices({ event: (_name, fields) => void told.push(fields) }, () => nowMs);
  for (let host = 1; host <= 50; host++) notices.note('not-a-proof', `2001:db8::${host}`, null);
  notices.note('not-a-proof', '2001:db8:0:1::1', null);
  notices.note('not-a-proof', '192.0.2.1', null);
  notices.note('not-a-proof', '192.0.2.2', null);
  nowMs = 60_000;
  notices.note('not-a-proof', '2001:db8::1', null);
  expect(told).toMatchObject([
    { ip: '2001:db8::1', times: 1 },
    { ip: '2001:db8:0:1::1', times: 1 },
    { ip: '192.0.2.1', times: 1 },
    { ip: '192.0.2.2', times: 1 },
    { ip: '2001:db8::1', times: 50 },
  ]);
  expect([...notices.counts]).toEqual([['not-a-proof', 54]]);
});
