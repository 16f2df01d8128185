// A large clone and a large push over a tunnel, by Git itself: what arrives is what was sent, byte by byte. `BOUNCER_CLONE_MB` says how
// large: 200 under `.ci/full`.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commitAll, hasGit, runGit, startGitServer } from '../fixtures/git-server.ts';
import { gatewayTo } from '../upstream/forward/fixture.ts';
import { connectorTo, services, startEdge } from './tunnel-fixture.ts';

const megabytes = Number(process.env['BOUNCER_CLONE_MB'] ?? 20);

test.skipIf(!hasGit)(
  'Git pushes and clones through a tunnel',
  { timeout: 120_000 + megabytes * 4_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bouncer-clone-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startGitServer(join(folder, 'served'));
    onTestFinished(() => server.close());
    server.create('large');
    const edge = await startEdge();
    connectorTo(await edge.token(), services(`wiki=${server.url}`));
    await edge.carriers('wiki', 2);
    const address = {
      kind: 'tunnel',
      tunnel: 'office',
      service: 'wiki',
      text: 'tunnel:office/wiki',
    } as const;
    const { port } = await gatewayTo([address], {}, { carriers: edge.edge });
    const url = `http://127.0.0.1:${port}/large`;

    const git = async (at: string, ...args: readonly string[]): Promise<string> => {
      const run = await runGit(at, args);
      if (run.code !== 0) throw new Error(run.stderr);
      return run.stdout.trim();
    };
    const own = join(folder, 'own');
    execFileSync('git', ['init', '-q', '-b', 'main', own]);
    for (let at = 0; at < megabytes / 10; at++)
      writeFileSync(join(own, `part-${at}`), randomBytes(10 * 1_048_576));
    await commitAll(own, own);
    await git(own, 'push', '-q', url, 'HEAD:refs/heads/main');
    await git(folder, 'clone', '-q', '--branch', 'main', url, 'cloned');
    const cloned = join(folder, 'cloned');
    expect(await git(cloned, 'rev-parse', 'HEAD^{tree}')).toBe(await git(own, 'rev-parse', 'HEAD^{tree}'));
    await git(cloned, 'fsck', '--full', '--strict');
  },
);
