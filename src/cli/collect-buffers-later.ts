// How long chunks of bodies may wait for V8 to collect them, for processes whose work is to pass bodies on.
import { setFlagsFromString } from 'node:v8';

/** The V8 in which the flags below were measured; an older one may not know them, and says so on standard error. */
const firstMeasuredV8 = 14;

const flags = [
  '--external-memory-accounted-in-global-limit',
  '--incremental-marking-soft-trigger=95',
  '--incremental-marking-hard-trigger=99',
];

/**
 * The chunks of a body are memory outside of V8's heap. By default V8 collects after every 46 MB of them, and each collection marks the
 * whole heap: half of the time of a large transfer. Counted into the limit of the heap as a whole they are collected with the rest.
 * Measured on Node 26, a download of 1 GB: 930 ms of CPU in place of 1,600, with the same resident set.
 *
 * Even so V8 begins to mark when as much is left to that limit as new objects may take, which is sooner than it looks for chunks among
 * those: they would be freed without marking anything. So it begins when nearly nothing is left. Measured: an upload through a tunnel,
 * edge and connector together, 2.2 ms of CPU a megabyte in place of 3 to 5, as most collections go. For the whole process, so not for
 * the library door.
 */
export function collectBuffersLater(): void {
  if (Number.parseInt(process.versions.v8, 10) < firstMeasuredV8) return;
  for (const flag of flags) setFlagsFromString(flag);
}
