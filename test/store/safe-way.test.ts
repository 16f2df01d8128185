// Nobody but root and us may be able to lead the way to the database elsewhere. As root, so that folders can be given away.
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';

const isRoot = process.getuid?.() === 0;
/** Users and groups that no system file names. */
const stranger = 54_321;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'bouncer-way-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function make(path: string, mode = 0o755, owner = process.getuid?.() ?? 0): string {
  const whole = join(base, path);
  mkdirSync(whole, { recursive: true });
  chmodSync(whole, mode);
  if (isRoot) chownSync(whole, owner, 0);
  return whole;
}

/** `null`: it opens. */
function refusalOf(dataDir: string): BouncerError | null {
  try {
    createStore(dataDir).close();
    return null;
  } catch (error) {
    if (error instanceof BouncerError) return error;
    throw error;
  }
}

describe('a data folder', () => {
  it('opens below folders that only we and root may write to, and in the temporary folder of all', () => {
    make('etc');
    expect(refusalOf(join(base, 'etc/bouncer/data'))).toBeNull();
  });

  it('is refused below a folder that everybody may write to, with the place, its mode and the way out', () => {
    const open = make('open', 0o777);
    const refusal = refusalOf(join(open, 'data'));
    expect(refusal).toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining(`chmod go-w ${open}`),
    });
    expect(refusal?.message).toContain(`\`${open}\` can be written by others`);
    expect(refusal?.message).toContain('mode 0777');
    chmodSync(open, 0o755);
    expect(refusalOf(join(open, 'data'))).toBeNull();
  });

  it('opens below a folder in which everybody may only change what is theirs, as long as it is ours there', () => {
    const shared = make('shared', 0o1777);
    expect(refusalOf(join(shared, 'data'))).toBeNull();
  });

  it('opens by a link in a folder of ours, as systemd and Kubernetes make them', () => {
    make('var/lib/private/bouncer', 0o700);
    symlinkSync('private/bouncer', join(base, 'var/lib/bouncer'));
    expect(refusalOf(join(base, 'var/lib/bouncer'))).toBeNull();
    make('mount/..2026/data', 0o700);
    symlinkSync('..2026', join(base, 'mount/..data'));
    symlinkSync('..data/data', join(base, 'mount/data'));
    expect(refusalOf(join(base, 'mount/data'))).toBeNull();
  });

  it('is refused where a link on the way leads through a folder that everybody may write to', () => {
    const open = make('open', 0o777);
    make('open/real', 0o700);
    symlinkSync(join(open, 'real'), join(base, 'link'));
    expect(refusalOf(join(base, 'link'))?.message).toContain(`\`${open}\` can be written by others`);
  });

  it('is refused where its database is a link that leads through such a folder, or one that others may write to', () => {
    const open = make('open', 0o777);
    const data = make('data', 0o700);
    writeFileSync(join(open, 'real.sqlite'), '', { mode: 0o600 });
    symlinkSync(join(open, 'real.sqlite'), join(data, 'bouncer.sqlite'));
    expect(refusalOf(data)?.message).toContain(`\`${open}\``);
    rmSync(join(data, 'bouncer.sqlite'));
    writeFileSync(join(data, 'bouncer.sqlite'), '');
    chmodSync(join(data, 'bouncer.sqlite'), 0o666);
    expect(refusalOf(data)).toMatchObject({ hint: expect.stringContaining('chmod 600') });
  });

  it.each(['-wal', '-shm', '-journal'])(
    'is refused where others may write to what its database is mended from after a crash: %s',
    (ending) => {
      const data = make('data', 0o755);
      createStore(data).close();
      const file = join(data, `bouncer.sqlite${ending}`);
      writeFileSync(file, '');
      chmodSync(file, 0o666);
      expect(refusalOf(data)).toMatchObject({ hint: expect.stringContaining(`chmod 600 ${file}`) });
      rmSync(file);
      symlinkSync(join(make('open', 0o777), 'theirs'), file);
      expect(refusalOf(data)?.message).toContain('can be written by others');
      rmSync(file);
      writeFileSync(file, '', { mode: 0o644 });
      expect(refusalOf(data)).toBeNull();
    },
  );

  it('is refused where links lead round in circles', () => {
    symlinkSync('b', join(base, 'a'));
    symlinkSync('a', join(base, 'b'));
    expect(refusalOf(join(base, 'a'))?.message).toContain('too many links');
  });
});

describe.skipIf(!isRoot)('what belongs to somebody else', () => {
  it('on the way is refused, with its owner', () => {
    const theirs = make('theirs', 0o755, stranger);
    make('theirs/data', 0o700);
    const refusal = refusalOf(join(theirs, 'data'));
    expect(refusal?.message).toContain(`\`${theirs}\` belongs to another user (owner ${stranger}`);
    expect(refusal?.hint).toContain('chown');
  });

  it('is refused as a database file', () => {
    const data = make('data', 0o700);
    writeFileSync(join(data, 'bouncer.sqlite'), '', { mode: 0o600 });
    chownSync(join(data, 'bouncer.sqlite'), stranger, 0);
    expect(refusalOf(data)?.message).toContain('belongs to another user');
  });

  it('is refused beside the database file, where SQLite would read changes from it', () => {
    const data = make('data', 0o700);
    createStore(data).close();
    writeFileSync(join(data, 'bouncer.sqlite-wal'), '', { mode: 0o600 });
    chownSync(join(data, 'bouncer.sqlite-wal'), stranger, 0);
    expect(refusalOf(data)?.message).toContain('belongs to another user');
  });

  it('is refused in a folder of all: whoever came first would own our data', () => {
    const shared = make('shared', 0o1777);
    make('shared/data', 0o700, stranger);
    expect(refusalOf(join(shared, 'data'))?.message).toContain('belongs to another user');
    make('real', 0o700);
    symlinkSync(join(base, 'real'), join(shared, 'link'));
    lchownSync(join(shared, 'link'), stranger, 0);
    expect(refusalOf(join(shared, 'link'))?.message).toContain('belongs to another user');
  });

  it('opens for root where it is the account that bouncer runs as: its folder, below folders of its own', () => {
    make('home', 0o755, stranger);
    make('home/data', 0o700, stranger);
    expect(refusalOf(join(base, 'home/data'))).toBeNull();
  });

  it('by a group counts where that group has others in it', () => {
    // A group that only root is in, one that no file names (a volume in a container), and one with a member.
    for (const [gid, isRefused] of [
      [0, false],
      [stranger, false],
      [1, true],
    ] as const) {
      const shared = make(`group-${gid}`, 0o775);
      chownSync(shared, 0, gid);
      expect(refusalOf(join(shared, 'data')) !== null).toBe(isRefused);
    }
  });
});
