// The log on standard output: buffered, and never in the way. Whoever reads it may be slow, stuck or gone:
// lines are then dropped and counted, memory stays bounded, and neither a request nor the end of the process waits.
import { constants, fstatSync, openSync } from 'node:fs';
import sonicBoom from 'sonic-boom';
import { LineBatch } from './line-batch.ts';

export interface StandardOutput {
  write(line: string): void;
  /** Write out what is buffered, waiting at most a second for the reader. Nothing is written afterwards. */
  finish(): Promise<void>;
}

/** Their types do not say so. */
type Output = sonicBoom.SonicBoom & { readonly destroyed: boolean };

/** How long a line may wait, milliseconds: one write for many requests. */
const longestMs = 100;
/**
 * So much is worth a write, bytes. A pipe gets no more: it holds 64 KB, and what finds no room is tried again a tenth of a second later.
 * Nor does a socket: it takes so much in one piece, among what other processes may write into it.
 */
const enoughBytes = 16_384;
/**
 * Into a file goes what comes in the next so many milliseconds as well, up to so many bytes: each write goes through another thread (2 µs
 * of 32 a request). A process that is killed loses no more than that above 16 KB.
 */
const enoughMs = 5;
const mostBytesOfBatch = 65_536;
/** What is kept at most for a reader that does not read, bytes. */
const mostBytes = 8 * 1024 * 1024;
const finishMs = 1_000;

/**
 * Open it.
 *
 * @param onDropped told, when lines can be written again, how many could not
 * @param fd where to
 */
export function openStandardOutput(onDropped: (count: number) => void, fd = 1): StandardOutput {
  let dropped = 0;
  let giveUpAtMs = Number.POSITIVE_INFINITY;
  let linesOfBatch = 0;
  const kind = kindOf(fd);
  const out = new sonicBoom.SonicBoom({
    fd: kind === 'pipe' ? nonBlockingFd(fd) : fd,
    sync: false,
    maxWrite: 65_536,
    maxLength: mostBytes,
    // After a failure: what is left is tried again.
    periodicFlush: longestMs,
    // Of texts it would measure all that waits anew at every line.
    contentMode: 'buffer',
    retryEAGAIN: () => performance.now() < giveUpAtMs,
  }) as Output;
  const writeBytes = out.write.bind(out) as unknown as (bytes: Buffer) => boolean;
  // A reader that is gone (EPIPE): what follows is dropped, for a log is not worth stopping for.
  out.on('error', () => {});
  out.on('drop', () => {
    dropped += linesOfBatch;
  });
  out.on('write', () => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    onDropped(count);
  });
  const batch = new LineBatch(
    { mostBytes: mostBytesOfBatch, enoughBytes, enoughMs: kind === 'file' ? enoughMs : 0, longestMs },
    (bytes, lines) => {
      linesOfBatch = lines;
      if (!out.destroyed) writeBytes(bytes);
    },
  );
  return {
    write: (line) => batch.add(line),
    async finish() {
      giveUpAtMs = performance.now() + finishMs;
      batch.end();
      // Where nobody reads, or the disk is full, there is nowhere left to say so.
      await written(out);
      // A process that goes on without this bouncer keeps nothing of it. Standard output itself stays open.
      out.destroy();
    },
  };
}

/**
 * All was written, or it takes too long. Left to the thread that writes already: a write of this one would overtake it, and what found no
 * room there would be lost.
 */
function written(out: Output): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, finishMs);
    out.flush(() => {
      clearTimeout(late);
      resolve();
    });
  });
}

function kindOf(fd: number): 'file' | 'pipe' | 'other' {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() ? 'file' : stats.isFIFO() ? 'pipe' : 'other';
  } catch {
    return 'other';
  }
}

/**
 * A pipe that nobody empties would hold the writing thread, and with it the end of the process. Where the system lets it be opened
 * again (Linux), it is opened without blocking, for this process alone: the flags of the shared descriptor stay as they are.
 */
function nonBlockingFd(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}
