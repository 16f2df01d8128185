// The log on standard output: buffered, and never in the way. Whoever reads it may be slow, stuck or gone:
// lines are then dropped and counted, memory stays bounded, and neither a request nor the end of the process waits.
import { constants, fstatSync, openSync } from 'node:fs';
import sonicBoom from 'sonic-boom';

export interface StandardOutput {
  write(line: string): void;
  /** Write out what is buffered, waiting at most a second for the reader; nothing is written afterwards if it does not read. */
  finish(): void;
}

/** How long a line may wait in the buffer, milliseconds: one write for many requests. */
const flushEveryMs = 100;
/** What is kept at most for a reader that does not read, bytes. */
const mostBytes = 8 * 1024 * 1024;
const finishMs = 1_000;

/**
 * Open it.
 *
 * @param onDropped told, when lines can be written again, how many could not
 */
export function openStandardOutput(onDropped: (count: number) => void): StandardOutput {
  let dropped = 0;
  let giveUpAtMs = Number.POSITIVE_INFINITY;
  const out = new sonicBoom.SonicBoom({
    fd: nonBlockingFd(),
    sync: false,
    minLength: 16_384,
    maxWrite: 65_536,
    maxLength: mostBytes,
    periodicFlush: flushEveryMs,
    // Of texts it would measure all that waits anew at every line.
    contentMode: 'buffer',
    retryEAGAIN: () => performance.now() < giveUpAtMs,
  });
  const writeBytes = out.write.bind(out) as unknown as (bytes: Buffer) => boolean;
  // A reader that is gone (EPIPE): what follows is dropped, for a log is not worth stopping for.
  out.on('error', () => {});
  out.on('drop', () => {
    dropped += 1;
  });
  out.on('write', () => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    onDropped(count);
  });
  return {
    write(line) {
      if (!isDestroyed(out)) writeBytes(Buffer.from(line));
    },
    finish() {
      giveUpAtMs = performance.now() + finishMs;
      try {
        out.flushSync();
      } catch {
        // Nobody reads: there is nowhere left to say so, and the process is to end.
        out.destroy();
      }
    },
  };
}

/** Its type does not say so. */
function isDestroyed(out: object): boolean {
  return 'destroyed' in out && out.destroyed === true;
}

/**
 * A pipe that nobody empties would hold the writing thread, and with it the end of the process. Where the system lets it be opened
 * again (Linux), it is opened without blocking, for this process alone: the flags of the shared descriptor stay as they are.
 */
function nonBlockingFd(): number {
  try {
    if (!fstatSync(1).isFIFO()) return 1;
    return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return 1;
  }
}
