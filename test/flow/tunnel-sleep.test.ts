// A laptop whose connector stands still for as long as `BOUNCER_SLEEP_SECONDS` says, in a process of its own: `.ci/full` takes longer than
// an edge waits for it. In short, with clocks that a test sets: test/tunnel/sleep.test.ts.
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { runCommand } from '../cli/run-command.ts';
import { startSite } from '../fixtures/running-site.ts';
import { waitUntil } from '../tunnel/tunnel-fixture.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const sleepSeconds = Number(process.env['BOUNCER_SLEEP_SECONDS'] ?? 0);

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: tunnel:laptop/wiki
    policies: [{ name: open, action: bypass, include: [everyone] }]
`;

test.skipIf(sleepSeconds === 0)(
  'a laptop that wakes is back by itself, and does nothing of what was answered while it slept',
  async () => {
    const edgePort = await findFreePort(0, 1);
    const site = await startSite({
      rules,
      settings: `tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }`,
    });
    onTestFinished(() => site.close());
    const { stdout } = await runCommand(['tunnel', 'create', 'laptop'], { cwd: site.folder });
    const token = join(site.folder, 'join-token');
    writeFileSync(token, stdout);
    chmodSync(token, 0o600);
    const args = ['connector', 'run', '--token-file', token, '--service', `wiki=${site.upstream.url}`];
    const child = spawn(process.execPath, [main, ...args], { cwd: site.folder, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const post = async (path: string): Promise<number> =>
      (await site.browser().post(site.at('wiki.localhost', path), {})).status;
    await waitUntil(async () => (await post('/early')) === 200);
    // Some connections are kept open to the application.
    await Promise.all(Array.from({ length: 8 }, (_, n) => post(`/warm-${n}`)));

    child.kill('SIGSTOP');
    const untilMs = performance.now() + sleepSeconds * 1_000;
    const answers: Promise<number>[] = [];
    while (performance.now() < untilMs) {
      answers.push(post(`/asleep-${answers.length}`));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    child.kill('SIGCONT');
    const wokeMs = performance.now();
    await waitUntil(async () => (await post('/awake')) === 200, 60_000);
    console.log(
      `asleep for ${sleepSeconds} s, back ${((performance.now() - wokeMs) / 1_000).toFixed(1)} s after that`,
    );
    const failed = (await Promise.all(answers)).flatMap((status, at) =>
      status === 200 ? [] : [`/asleep-${at}`],
    );
    expect(failed.length).toBeGreaterThan(answers.length / 2);
    const seen = site.upstream.seen.map(({ url }) => url ?? '');
    expect(seen.filter((url) => failed.includes(url))).toEqual([]);
    const asleep = seen.filter((url) => url.startsWith('/asleep'));
    expect(new Set(asleep).size).toBe(asleep.length);
  },
  (sleepSeconds + 120) * 1_000,
);
