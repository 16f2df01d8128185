import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileWatch, watchFiles } from '../../src/configuration/watch-files.ts';

const settleMs = 100;
let folder = '';
let watching: FileWatch | null = null;
let calls = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-watch-'));
  calls = 0;
});

afterEach(() => {
  watching?.close();
  watching = null;
  rmSync(folder, { recursive: true, force: true });
});

function start(paths: readonly string[], pollMs = 100): void {
  watching = watchFiles(paths, () => calls++, { settleMs, pollMs });
}

/** Waits for the call that a change must cause, then long enough for any that must not follow. */
async function settled(expected: number): Promise<number> {
  for (let waited = 0; waited < 8000 && calls < expected; waited += 20) await sleep(20);
  await sleep(settleMs * 4);
  return calls;
}

describe('a watch of a file notices, once,', () => {
  const cases: readonly { name: string; write: (file: string) => void | Promise<void> }[] = [
    { name: 'a write in place', write: (file) => writeFileSync(file, 'b: 22\n') },
    {
      name: 'a write of the same length',
      write: (file) => writeFileSync(file, 'b: 1\n'),
    },
    {
      name: 'an editor that writes beside it and renames',
      write: (file) => {
        writeFileSync(`${file}.swp`, 'b: 2\n');
        renameSync(`${file}.swp`, file);
      },
    },
    {
      name: 'an editor that moves the old file away first',
      write: async (file) => {
        renameSync(file, `${file}~`);
        await sleep(10);
        writeFileSync(file, 'b: 2\n');
      },
    },
    {
      name: 'a checkout that deletes and writes again',
      write: async (file) => {
        unlinkSync(file);
        await sleep(10);
        writeFileSync(file, 'b: 2\n');
      },
    },
    { name: 'a deletion', write: (file) => unlinkSync(file) },
    {
      name: 'a writer that takes several steps',
      write: async (file) => {
        for (let step = 1; step <= 4; step++) {
          writeFileSync(file, `${'b: 2\n# more\n'.repeat(step)}`);
          await sleep(settleMs / 3);
        }
      },
    },
  ];
  for (const { name, write } of cases) {
    it(name, async () => {
      const file = join(folder, 'bouncer.yaml');
      writeFileSync(file, 'a: 1\n');
      start([file]);
      await write(file);
      expect(await settled(1)).toBe(1);
    });
  }

  it('a deletion, and then that the file is back', async () => {
    const file = join(folder, 'bouncer.yaml');
    writeFileSync(file, 'a: 1\n');
    start([file]);
    unlinkSync(file);
    expect(await settled(1)).toBe(1);
    writeFileSync(file, 'a: 1\n');
    expect(await settled(2)).toBe(2);
  });

  it('a file that did not exist', async () => {
    const file = join(folder, 'later', 'bouncer.yaml');
    start([file]);
    mkdirSync(join(folder, 'later'));
    writeFileSync(file, 'a: 1\n');
    expect(await settled(1)).toBe(1);
  });

  it('a folder above it that is replaced, and changes in the new one', async () => {
    const file = join(folder, 'etc', 'bouncer.yaml');
    mkdirSync(join(folder, 'etc'));
    writeFileSync(file, 'a: 1\n');
    start([file]);
    renameSync(join(folder, 'etc'), join(folder, 'old'));
    mkdirSync(join(folder, 'etc'));
    writeFileSync(file, 'a: 2\n');
    expect(await settled(1)).toBe(1);
    writeFileSync(file, 'a: 3\n');
    expect(await settled(2)).toBe(2);
  });
});

describe('a watch of a folder notices, once,', () => {
  beforeEach(() => {
    writeFileSync(join(folder, 'one.yaml'), 'a: 1\n');
    start([folder]);
  });

  it('a new file', async () => {
    writeFileSync(join(folder, 'two.yaml'), 'a: 1\n');
    expect(await settled(1)).toBe(1);
  });

  it('a file that is renamed', async () => {
    renameSync(join(folder, 'one.yaml'), join(folder, 'two.yaml'));
    expect(await settled(1)).toBe(1);
  });

  it('a checkout that touches a hundred files', async () => {
    for (let index = 0; index < 100; index++) writeFileSync(join(folder, `${index}.yaml`), 'a: 1\n');
    expect(await settled(1)).toBe(1);
  });
});

describe('a mounted Kubernetes ConfigMap', () => {
  /** What the kubelet does: a new dated folder, a new link beside `..data`, renamed over it, the old folder removed. */
  function publish(version: string, content: string): void {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'bouncer.yaml'), content);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  }

  for (const [name, pathOf] of [
    ['file', () => join(folder, 'bouncer.yaml')],
    ['folder', () => folder],
  ] as const) {
    it(`is seen to change when its ${name} is watched`, async () => {
      publish('..2026_01', 'a: 1\n');
      symlinkSync(join('..data', 'bouncer.yaml'), join(folder, 'bouncer.yaml'));
      start([pathOf()]);
      publish('..2026_02', 'a: 1\n');
      rmSync(join(folder, '..2026_01'), { recursive: true });
      expect(await settled(1)).toBe(1);
      publish('..2026_03', 'a: 3\n');
      rmSync(join(folder, '..2026_02'), { recursive: true });
      expect(await settled(2)).toBe(2);
    });
  }
});

describe('a watch', () => {
  it('says nothing while nothing changes', async () => {
    writeFileSync(join(folder, 'a.yaml'), 'a: 1\n');
    start([folder, join(folder, 'a.yaml'), join(folder, 'missing')], 20);
    await sleep(settleMs * 4);
    expect(calls).toBe(0);
  });

  it('says nothing after it was closed, even about a change just before', async () => {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, 'a: 1\n');
    start([file], 20);
    writeFileSync(file, 'a: 2\n');
    await sleep(settleMs / 2);
    watching?.close();
    writeFileSync(file, 'a: 33\n');
    await sleep(settleMs * 4);
    expect(calls).toBe(0);
  });

  it('reports a file that never comes to rest after a while all the same', async () => {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, '');
    start([file], 20);
    for (let round = 0; round < 200 && calls === 0; round++) {
      writeFileSync(file, 'a: 1\n'.repeat((round % 50) + 1));
      await sleep(settleMs / 4);
    }
    expect(calls).toBe(1);
  });

  it('sees links that lead in a circle as something that cannot be read', async () => {
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    start([join(folder, 'a')], 20);
    unlinkSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a'), 'a: 1\n');
    expect(await settled(1)).toBe(1);
  });
});
