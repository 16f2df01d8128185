// An application behind a tunnel whose connectors come and go: who waits for one while a reload takes the application away, and what the
// log says of those that are down.
import { queryObjects } from 'node:v8';
import { expect, onTestFinished, test } from 'vitest';
import type { Carrier } from '../../src/upstream/carriers.ts';
import { CoarseClock } from '../../src/upstream/coarse-clock.ts';
import { UpstreamGroup, type UpstreamGroupParts, type Waiter } from '../../src/upstream/upstream-group.ts';
import { UpstreamTarget } from '../../src/upstream/upstream-target.ts';
import { defaultUpstreamOptions } from './forward/fixture.ts';

const service = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;

/** Behind a tunnel. */
function groupOf(parts: Pick<UpstreamGroupParts, 'carriers'> & Partial<UpstreamGroupParts>): UpstreamGroup {
  const clock = new CoarseClock();
  onTestFinished(() => clock.close());
  return new UpstreamGroup({
    ...{ application: 'wiki', addresses: [service], options: defaultUpstreamOptions, clock },
    ...{ tls: { ca: null, cert: null, key: null }, telemetry: { event: () => {} } },
    ...parts,
  });
}

/** One whose connectors are told by `change`. */
function followed(parts: Partial<UpstreamGroupParts> = {}): {
  readonly group: UpstreamGroup;
  readonly change: (carriers: readonly Carrier[]) => void;
} {
  let tell: (carriers: readonly Carrier[]) => void = () => {};
  const group = groupOf({
    carriers: {
      follow: (_tunnel, _service, onChange) => {
        tell = onChange;
        return () => {};
      },
      mayComeBack: () => false,
    },
    ...parts,
  });
  return { group, change: (carriers) => tell(carriers) };
}

test.each([
  ['gave up', 50, () => {}],
  ['left', 0, (group: UpstreamGroup, waiter: Waiter) => group.cancel(waiter)],
])(
  'the last one that waited %s: it closes, and follows connectors no more',
  async (_, waitMs, end) => {
    let isFollowing = true;
    // Whose connector left a moment ago.
    const follow = () => () => {
      isFollowing = false;
    };
    const group = groupOf({
      carriers: { follow, mayComeBack: () => true },
      options: { ...defaultUpstreamOptions, connectTimeoutMs: waitMs },
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

test('a request that one connector could not serve goes to another one, before another connection of the same', () => {
  const { group, change } = followed();
  const [first, second, other] = [carrier(), carrier(), { ...carrier(), name: 'b' }];
  change([first, second, other]);
  const [failed, same, elsewhere] = group.targets;
  if (failed === undefined) throw new Error('no targets');
  for (let n = 0; n < 6; n++) {
    expect(group.pick(failed)).toBe(elsewhere);
    expect(group.pickForUpgrade(failed)).toBe(elsewhere);
  }
  change([first, second]);
  for (let n = 0; n < 6; n++) expect(group.pick(failed)).toBe(same);
});

function carrier(): Carrier {
  const open = () => {
    throw new Error('nobody asks');
  };
  return { name: 'a', noteRequest: () => {}, open };
}

test.each([
  ['came up again', 'again'],
  ['never went down', 'always'],
])('a connector of whose two connections one %s is told to be up when the other one leaves', (_, isUp) => {
  const told: string[] = [];
  const { group, change } = followed({ telemetry: { event: (name) => void told.push(name) } });
  const staying = carrier();
  change([staying, carrier()]);
  const [first, second] = group.targets;
  if (first === undefined || second === undefined) throw new Error('no targets');
  const refused = new Error('refused');
  if (isUp === 'again') group.onMissing(first, 'connect', refused);
  group.onMissing(second, 'connect', refused);
  if (isUp === 'again') group.onAnswer(first);
  expect(told).toEqual(['upstream_unhealthy']);
  change([staying]);
  expect(told).toEqual(['upstream_unhealthy', 'upstream_healthy']);
  change([]);
  change([carrier()]);
  expect(told).toHaveLength(2);
});

test('a connector that comes leaves nothing behind of what there was before it: thousands weigh no more each than hundreds', () => {
  const { group, change } = followed();
  const all: Carrier[] = [];
  const heapAfter = (count: number): number => {
    while (all.length < count) {
      all.push(carrier());
      change([...all]);
    }
    // Counts what is alive, for which it collects the rest.
    queryObjects(UpstreamGroup);
    return process.memoryUsage().heapUsed;
  };
  const none = heapAfter(1);
  const some = heapAfter(600);
  const many = heapAfter(1_800);
  expect((many - some) / 1_200).toBeLessThan(((some - none) / 600) * 1.5);
  group.destroy();
});

test('a connector that left is forgotten once the last WebSocket that it carried is over', () => {
  const { group, change } = followed();
  const count = (): number => Number(queryObjects(UpstreamTarget, { format: 'count' }));
  const before = count();
  for (let n = 0; n < 20; n++) {
    change([carrier()]);
    const [target] = group.targets;
    if (target === undefined) throw new Error('no targets');
    target.webSockets++;
    change([]);
    group.leaveWebSocket(target);
  }
  expect(count() - before).toBeLessThan(3);
});
