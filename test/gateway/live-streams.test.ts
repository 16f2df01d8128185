import { afterEach, expect, test, vi } from 'vitest';
import { createLiveStreams, type LiveStream, type LiveStreams } from '../../src/gateway/live-streams.ts';

let streams: LiveStreams | undefined;

afterEach(() => {
  streams?.close();
  vi.useRealTimers();
});

interface Watched extends LiveStream {
  readonly ended: string[];
}

function stream(recheck: () => string | null, endsAtMs = Number.POSITIVE_INFINITY): Watched {
  const ended: string[] = [];
  return {
    liveIndex: -1,
    isRequest: () => false,
    sayGoodbye: null,
    endsAtMs,
    asksAgainAtMs: Number.POSITIVE_INFINITY,
    recheck,
    ended,
    end: (reason) => void ended.push(reason),
  };
}

test('a changed session ends the streams that may not go on, within a second', async () => {
  vi.useFakeTimers();
  let version = 1;
  let isAllowed = true;
  streams = createLiveStreams(() => version, Date.now);
  const one = stream(() => (isAllowed ? null : 'session-ended'));
  const other = stream(() => null);
  streams.add(one);
  streams.add(other);
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.ended).toEqual([]);
  isAllowed = false;
  version = 2;
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.ended).toContain('session-ended');
  expect(other.ended).toEqual([]);
});

test('an expired session ends its streams without anybody asking', async () => {
  vi.useFakeTimers();
  streams = createLiveStreams(() => 1, Date.now);
  const one = stream(() => null, Date.now() + 1500);
  streams.add(one);
  await vi.advanceTimersByTimeAsync(1250);
  expect(one.ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.ended).toContain('session-expired');
});

test('rules that change with the clock are asked again though nothing happened', async () => {
  vi.useFakeTimers();
  let isOfficeHours = true;
  streams = createLiveStreams(() => 1, Date.now);
  const one = stream(() => (isOfficeHours ? null : 'no-policy-matched'));
  streams.add(one);
  await vi.advanceTimersByTimeAsync(1000);
  isOfficeHours = false;
  await vi.advanceTimersByTimeAsync(11_000);
  expect(one.ended).toContain('no-policy-matched');
});

test('a throw while asking ends the stream', async () => {
  streams = createLiveStreams(() => 1, Date.now);
  const one = stream(() => {
    throw new Error('store is gone');
  });
  streams.add(one);
  streams.recheckAll();
  await vi.waitFor(() => expect(one.ended).toEqual(['decision-error']), { timeout: 30_000 });
});

test('a stream that has ended is not ended again', async () => {
  streams = createLiveStreams(() => 1, Date.now);
  const one = stream(() => 'session-ended');
  streams.add(one);
  streams.recheckAll();
  streams.delete(one);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(one.ended).toEqual([]);
});

test('a stream whose session would idle out is asked then, and goes on where it was used meanwhile', async () => {
  vi.useFakeTimers();
  streams = createLiveStreams(() => 1, Date.now);
  let asked = 0;
  let idlesAtMs = Date.now() + 2000;
  let isUsed = true;
  const ended: string[] = [];
  streams.add({
    liveIndex: -1,
    isRequest: () => false,
    sayGoodbye: null,
    endsAtMs: Number.POSITIVE_INFINITY,
    get asksAgainAtMs() {
      return idlesAtMs;
    },
    recheck: () => {
      asked += 1;
      if (Date.now() < idlesAtMs) return null;
      if (!isUsed) return 'session-ended';
      idlesAtMs += 4000;
      return null;
    },
    end: (reason) => void ended.push(reason),
  });
  await vi.advanceTimersByTimeAsync(1500);
  // Once, because nothing was known before.
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toBe(2);
  isUsed = false;
  await vi.advanceTimersByTimeAsync(3000);
  expect(asked).toBe(2);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1500);
  expect(ended).toContain('session-ended');
});

test('a clock that was put back is a change', async () => {
  vi.useFakeTimers();
  streams = createLiveStreams(() => 1, Date.now);
  let isAhead = false;
  const one = stream(() => (isAhead ? 'session-ended' : null));
  streams.add(one);
  await vi.advanceTimersByTimeAsync(1000);
  isAhead = true;
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.ended).toContain('session-ended');
});

test('one that is asked at once ends at once', async () => {
  streams = createLiveStreams(() => 1, Date.now);
  const one = stream(() => 'session-ended');
  const other = stream(() => 'session-ended');
  streams.add(one);
  streams.add(other);
  streams.recheck(one);
  await vi.waitFor(() => expect(one.ended).toEqual(['session-ended']), { timeout: 30_000 });
  expect(other.ended).toEqual([]);
});
