// Watches whatever files are in question now: a reload may bring other ones. Knows nothing of what is in them.
import { type FileWatch, watchFiles } from './watch-files.ts';

export interface FileFollower {
  /** Watch these from now on, in place of those before. */
  follow(paths: readonly string[]): void;
  close(): void;
}

/** How long nothing may change any more before it counts, milliseconds: a checkout writes many files. */
const settleMs = 200;

/** @param onChange called after a burst of changes, and when other files came to be watched: these may have changed unseen */
export function createFileFollower(onChange: () => void): FileFollower {
  let watching: { readonly key: string; readonly watch: FileWatch } | null = null;
  let isClosed = false;
  return {
    follow(paths) {
      const key = JSON.stringify(paths);
      if (isClosed || watching?.key === key) return;
      const isFirst = watching === null;
      watching?.watch.close();
      watching = { key, watch: watchFiles(paths, onChange, { settleMs }) };
      if (!isFirst) onChange();
    },
    close() {
      isClosed = true;
      watching?.watch.close();
    },
  };
}
