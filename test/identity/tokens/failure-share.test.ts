import { expect, it } from 'vitest';
import { FailureShare } from '../../../src/identity/tokens/failure-share.ts';

const atMs = 1_000_000_000_000;

function tries(share: FailureShare, ip: string | null, nowMs: number, most = 100): number {
  let count = 0;
  while (count < most && !share.isSpent(ip, nowMs)) {
    share.count(ip, nowMs);
    count += 1;
  }
  return count;
}

it('is 20 tries at once, one more every three seconds, and all of them again after a minute', () => {
  const share = new FailureShare();
  expect(tries(share, '192.0.2.1', atMs)).toBe(20);
  expect(tries(share, '192.0.2.1', atMs + 2_999)).toBe(0);
  expect(tries(share, '192.0.2.1', atMs + 3_000)).toBe(1);
  expect(tries(share, '192.0.2.1', atMs + 9_000)).toBe(2);
  expect(tries(share, '192.0.2.1', atMs + 9_000 + 60_000)).toBe(20);
});

it('is one for each IPv4 address and each /64 of IPv6, and none for a client without an address', () => {
  const share = new FailureShare();
  expect(tries(share, '192.0.2.1', atMs)).toBe(20);
  expect(tries(share, '192.0.2.2', atMs)).toBe(20);
  expect(tries(share, '2001:db8:1:2::1', atMs)).toBe(20);
  expect(tries(share, '2001:db8:1:2:ffff::9', atMs)).toBe(0);
  expect(tries(share, '2001:db8:1:3::1', atMs)).toBe(20);
  expect(tries(share, null, atMs)).toBe(100);
});

it('locks nobody out for long after the clock was put back', () => {
  const share = new FailureShare();
  tries(share, '192.0.2.1', atMs);
  expect(tries(share, '192.0.2.1', atMs - 3_600_000)).toBe(20);
  expect(tries(share, '192.0.2.1', atMs - 3_600_000 + 60_000)).toBe(20);
});

it('forgets the longest unused addresses, so that a flood of them takes no more room', () => {
  const share = new FailureShare();
  for (let index = 0; index < 50_000; index++)
    share.count(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, atMs);
  expect(share.size).toBeLessThanOrEqual(8_192);
  expect(tries(share, '10.0.195.79', atMs)).toBe(19);
});
