// Says when files may have changed, however they were written: in place, by rename, by a symlink swap, by a checkout.
// Knows nothing of what is in them. The operating system's notices make it quick; polling makes it sure.
import { createHash } from 'node:crypto';
import { type BigIntStats, type FSWatcher, readdirSync, realpathSync, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A running watch. */
export interface FileWatch {
  close(): void;
}

export interface WatchOptions {
  /** How long nothing may change any more before `onChange` is called, milliseconds. */
  readonly settleMs: number;
  /** How often the files are looked at even without a notice, milliseconds. Default 1000. */
  readonly pollMs?: number;
}

/** A folder may be written to all the time (a log beside the settings): it is looked at this often at most, milliseconds. */
const noticeDelayMs = 100;

/** A change that goes on and on is reported after this many times `settleMs` all the same. */
const maxSettles = 20;

/** The most entries of a folder that are compared; a folder with more of them is not one of rules. */
const maxEntries = 10_000;

/**
 * Watches files and folders. A path need not exist: that it appears is a change, and that it vanishes too.
 * In a folder the files right inside of it count, not what lies deeper.
 *
 * @param onChange called once after each burst of changes; what it throws is not caught
 * @returns a watch that keeps the process alive by no timer; `close` ends it at once
 */
export function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  { settleMs, pollMs = 1000 }: WatchOptions,
): FileWatch {
  const targets = [...new Set(paths.map((path) => resolve(path)))];
  const notices = createNotices(() => lookSoon.ask());
  let reported = fingerprint(targets);
  let seen = reported;
  /** When the burst of changes that is waited for began, and when it went on last. `null`: nothing is waited for. */
  let burst: { readonly since: number; latest: number; readonly timer: NodeJS.Timeout } | null = null;

  const look = () => {
    const now = fingerprint(targets);
    if (now === seen) return;
    seen = now;
    notices.follow(targets);
    const at = performance.now();
    if (burst !== null) burst.latest = at;
    else wait(at, at, settleMs);
  };

  const lookSoon = createSoon(look);

  const wait = (since: number, latest: number, delayMs: number) => {
    burst = { since, latest, timer: setTimeout(settle, delayMs) };
    burst.timer.unref();
  };

  const settle = () => {
    look();
    if (burst === null) return;
    const { since, latest } = burst;
    const at = performance.now();
    const remaining = Math.min(latest + settleMs, since + settleMs * maxSettles) - at;
    if (remaining > 1) return wait(since, latest, remaining);
    burst = null;
    if (seen === reported) return;
    reported = seen;
    onChange();
  };

  notices.follow(targets);
  const polling = setInterval(look, pollMs);
  polling.unref();
  return {
    close() {
      clearInterval(polling);
      lookSoon.close();
      if (burst !== null) clearTimeout(burst.timer);
      notices.close();
    },
  };
}

/** Runs it once, a moment after it was asked for, however often that is. */
function createSoon(run: () => void) {
  let timer: NodeJS.Timeout | null = null;
  return {
    ask() {
      if (timer !== null) return;
      timer = setTimeout(() => {
        timer = null;
        run();
      }, noticeDelayMs);
      timer.unref();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** The operating system's notices about the folders in which the paths and the links on their way lie. */
function createNotices(onNotice: () => void) {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: bigint }>();
  const drop = (folder: string) => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };
  const add = (folder: string) => {
    try {
      const inode = statSync(folder, { bigint: true }).ino;
      if (watchers.get(folder)?.inode === inode) return;
      drop(folder);
      const watcher = watch(folder, { persistent: false }, onNotice);
      watcher.on('error', () => drop(folder));
      watchers.set(folder, { watcher, inode });
    } catch {
      // No such folder, or no more watches to be had: polling finds the change.
      drop(folder);
    }
  };
  return {
    follow(targets: readonly string[]) {
      const wanted = new Set(targets.flatMap(foldersOf));
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) drop(folder);
      for (const folder of wanted) add(folder);
    },
    close() {
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

function foldersOf(path: string): string[] {
  const folders = [dirname(path)];
  try {
    const real = realpathSync.native(path);
    folders.push(dirname(real));
    if (statSync(real).isDirectory()) folders.push(path, real);
  } catch {
    // It does not exist at the moment; its folder is watched.
  }
  return folders;
}

/** What is seen of the paths, as one short text: differs when anything that matters differs. */
function fingerprint(targets: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of targets) {
    hash.update(`${path}\0${lookAt(path)}\0`);
    for (const name of entriesOf(path)) hash.update(`${name}\0${lookAt(join(path, name))}\0`);
  }
  return hash.digest('base64');
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path).sort().slice(0, maxEntries);
  } catch {
    return [];
  }
}

function lookAt(path: string): string {
  try {
    const stats: BigIntStats = statSync(path, { bigint: true });
    if (stats.isDirectory()) return `folder ${stats.ino} ${realpathSync.native(path)}`;
    return `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs} ${realpathSync.native(path)}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
}
