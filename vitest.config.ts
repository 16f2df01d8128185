// Two kinds of test files. Quick ones do their work in this process and are run at every edit; slow ones start browsers and
// processes or let time pass: they wait more than they work, so that more of them run at once than there are cores. They begin, the
// longest first, and the quick ones fill up what they leave: no core waits for the last of them. What takes every core by itself, and
// must answer in time all the same, runs alone at the end.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What Node has compiled once, it need not compile again: in the workers, and in each process that a test starts. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile');

/** Of quick and slow files together: `npm run test:quick` takes fewer, as its files do not wait. */
const atOnce = 4 * Math.max(2, availableParallelism());

/** Whoever takes more than a few seconds belongs here. `.ci/run` names the slowest files at its end. */
const slow = [
  'test/attacks/**',
  'test/browser/**',
  'test/chaos/**',
  'test/cli/edge/log-in.test.ts',
  'test/cli/old-node.test.ts',
  'test/configuration/watch-files.test.ts',
  'test/conformance/**',
  'test/demo/accessibility.test.ts',
  'test/demo/run-demo.test.ts',
  'test/docs/programs-followed.test.ts',
  'test/fail-closed/**',
  'test/fleet/**',
  'test/flow/**',
  'test/forward-auth/fronts.test.ts',
  'test/front/body-progress.test.ts',
  'test/front/write-progress.test.ts',
  'test/identity/code-timing.test.ts',
  'test/identity/end-of-session.test.ts',
  'test/identity/hardware-keys/ceremony-answer.test.ts',
  'test/identity/way-out.test.ts',
  'test/mail/**',
  'test/fuzz/**',
  'test/package/**',
  'test/pages/accessibility.test.ts',
  'test/providers/keycloak.test.ts',
  'test/providers/zitadel-oidc.test.ts',
  'test/pump/**',
  'test/reload/**',
  'test/rules/decide.property.test.ts',
  'test/soak/crash.test.ts',
  'test/soak/soak.test.ts',
  'test/settings/accepted-starts.test.ts',
  'test/settings/offered-values.test.ts',
  'test/store/backup.test.ts',
  'test/store/change-listener.test.ts',
  'test/store/pending-ends.test.ts',
  'test/store/postgres*.test.ts',
  'test/store/store-commands.test.ts',
  'test/store/unwritable-store.test.ts',
  'test/applications/**',
  'test/tunnel/git-clone.test.ts',
  'test/tunnel/windows.test.ts',
  'test/upstream/forward/every-upstream-*.test.ts',
  'test/upstream/hostile-upstream.test.ts',
  'test/upstream/http1-client.test.ts',
  'test/upstream/response-differential.test.ts',
  'test/verify/documentation.test.ts',
];

const alone = ['test/flow/hundred-people.test.ts'];

/** Half a minute and more each: what begins last would be waited for alone at the end. */
const longest = [
  'test/fail-closed/outer-faults.test.ts',
  'test/attacks/attacks.test.ts',
  'test/flow/email-pin.test.ts',
  'test/soak/soak.test.ts',
  'test/reload/reload.test.ts',
  'test/chaos/chaos.test.ts',
  'test/chaos/tunnel-chaos.test.ts',
  'test/browser/kept-forms.test.ts',
  'test/browser/hardware-keys.test.ts',
  'test/browser/git-as-person.test.ts',
  'test/pump/pump.test.ts',
  'test/store/postgres-store.test.ts',
  'test/store/postgres-loss.test.ts',
  'test/upstream/forward/every-upstream-streams.test.ts',
  'test/rules/decide.property.test.ts',
  'test/fail-closed/restart.test.ts',
  'test/package/package.test.ts',
  'test/fleet/earlier-version.test.ts',
  'test/browser/typed-code.test.ts',
  'test/browser/login.test.ts',
  'test/pages/accessibility.test.ts',
  'test/settings/accepted-starts.test.ts',
  'test/fleet/clock.test.ts',
  'test/front/write-progress.test.ts',
  'test/identity/code-timing.test.ts',
  'test/forward-auth/fronts.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId, project }: TestSpecification): number => {
      if (project.name !== 'slow') return longest.length + 1;
      const rank = longest.findIndex((file) => moduleId.endsWith(file));
      return rank === -1 ? longest.length : rank;
    };
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}

const everywhere = {
  // Node loads the modules itself, as it does for users, from what it compiled before: a fifth less CPU time for all quick files.
  experimental: { viteModuleRunner: false, nodeLoader: false },
  // One process runs many files: most of their time would go into loading the same modules again. They clean up behind themselves.
  isolate: false,
  // Only what hangs is to be ended: on a busy machine everything takes several times as long.
  ...{ testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 30_000 } } },
};

export default defineConfig({
  test: {
    globalSetup: 'test/fixtures/temporary-folder.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'quick',
          ...everywhere,
          include: ['test/**/*.test.ts'],
          exclude: slow,
          maxWorkers: atOnce,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'slow',
          ...everywhere,
          include: slow.map((pattern) => pattern.replace(/\*\*$/, '**/*.test.ts')),
          exclude: alone,
          maxWorkers: atOnce,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'alone',
          ...everywhere,
          include: alone,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
