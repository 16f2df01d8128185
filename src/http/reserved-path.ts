// Bouncer's own paths under `/.bouncer/`, reserved on every host: served by bouncer, never forwarded, in no spelling.
import type { CanonicalPath } from './request-target.ts';

const reserved = '/.bouncer';

/** Whether the path is one of bouncer's own. Exact: other spellings are {@link readsAsReserved}'s matter. */
export function isReservedPath(path: CanonicalPath): boolean {
  return readsAsReserved(path);
}

/**
 * Whether a reading of a path lies under `/.bouncer`. When one does and the path itself does not, the request must be
 * refused: a lenient server behind would see one of our addresses.
 */
export function readsAsReserved(reading: string): boolean {
  if (!reading.startsWith(reserved)) return false;
  return reading.length === reserved.length || reading.charCodeAt(reserved.length) === 0x2f;
}
