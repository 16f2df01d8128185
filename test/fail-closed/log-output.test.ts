// Standard output is somebody else's: a reader that is gone or stuck may neither stop bouncer nor fill its memory.
import { afterEach, expect, test } from 'vitest';
import { createTelemetry } from '../../src/telemetry/create-telemetry.ts';
import { prepareSite, type ServedSite } from './serve-process.ts';

let site: ServedSite | null = null;
afterEach(async () => {
  await site?.close();
  site = null;
});

async function ask(served: ServedSite, count: number): Promise<Set<number>> {
  const statuses = new Set<number>();
  const browser = served.browser();
  // Long lines fill a log with few of them.
  const path = `/public/${'x'.repeat(400)}`;
  const headers = { 'user-agent': 'y'.repeat(400) };
  for (let i = 0; i < count; i += 20) {
    const answers = Array.from({ length: 20 }, () =>
      browser.get(served.at('wiki.localhost', path), { headers }),
    );
    for (const { status } of await Promise.all(answers)) statuses.add(status);
  }
  return statuses;
}

test('a reader that is gone stops nothing', async () => {
  site = await prepareSite();
  const bouncer = await site.start();
  bouncer.child.stdout?.destroy();
  expect(await ask(site, 100)).toEqual(new Set([200]));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await ask(site, 100)).toEqual(new Set([200]));
  expect(bouncer.isAlive()).toBe(true);
  expect(await bouncer.stop()).toBe(0);
  expect(bouncer.stderr()).not.toMatch(/EPIPE|rror/);
});

test('a reader that is stuck holds neither requests nor the end of the process', async () => {
  site = await prepareSite();
  const bouncer = await site.start();
  bouncer.child.stdout?.pause();
  expect(await ask(site, 2_000)).toEqual(new Set([200]));
  expect(await bouncer.stop()).toBe(0);
}, 120_000);

test('what a stuck reader does not take is kept up to a bound, and then dropped and counted', async () => {
  site = await prepareSite();
  const bouncer = await site.start();
  bouncer.child.stdout?.pause();
  expect(await ask(site, 9_000)).toEqual(new Set([200]));
  bouncer.child.stdout?.resume();
  const dropped = (): RegExpExecArray | null => /"event":"log_dropped","lines":(\d+)/.exec(bouncer.stdout());
  await expect.poll(dropped, { timeout: 60_000 }).not.toBeNull();
  expect(Number(dropped()?.[1])).toBeGreaterThan(100);
  expect(bouncer.stdout().length).toBeLessThan(9 * 1024 * 1024);
}, 120_000);

test('a log that throws is left out, and everything else goes on', async () => {
  const telemetry = createTelemetry(
    { level: 'info', format: 'json' },
    {
      stream: {
        write() {
          throw new Error('the disk is full');
        },
      },
    },
  );
  expect(() => telemetry.event('log_dropped', { lines: 1 })).not.toThrow();
  await expect(telemetry.flush()).resolves.toBeUndefined();
});
