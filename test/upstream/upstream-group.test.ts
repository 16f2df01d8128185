// Who waits for an application behind a tunnel that is not there, while a reload takes the application away.
import { expect, onTestFinished, test } from 'vitest';
import { CoarseClock } from '../../src/upstream/coarse-clock.ts';
import { UpstreamGroup, type Waiter } from '../../src/upstream/upstream-group.ts';
import { defaultUpstreamOptions } from './forward/fixture.ts';

const service = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;

/** A group whose connector left a moment ago. @param onStop told when it follows connectors no more */
function groupOf(connectTimeoutMs: number, onStop: () => void): UpstreamGroup {
  const clock = new CoarseClock();
  onTestFinished(() => clock.close());
  return new UpstreamGroup({
    application: 'wiki',
    addresses: [service],
    options: { ...defaultUpstreamOptions, connectTimeoutMs },
    tls: { ca: null, cert: null, key: null },
    carriers: { follow: () => onStop, mayComeBack: () => true },
    telemetry: { event: () => {} },
    clock,
  });
}

test.each([
  ['gave up', 50, () => {}],
  ['left', 0, (group: UpstreamGroup, waiter: Waiter) => group.cancel(waiter)],
])(
  'the last one that waited %s: it closes, and follows connectors no more',
  async (_, waitMs, end) => {
    let isFollowing = true;
    const group = groupOf(waitMs, () => {
      isFollowing = false;
    });
    const waiter: Waiter = { requester: null, onSlot: () => {}, onNoSlot: () => {} };
    expect(group.acquire(waiter, null)).toBe(true);
    const closed = group.close();
    expect(isFollowing).toBe(true);
    end(group, waiter);
    await closed;
    expect(isFollowing).toBe(false);
  },
  2_000,
);
