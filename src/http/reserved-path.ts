// Bouncer's own paths under `/.bouncer/`, reserved on every host: served by bouncer, never forwarded, in no spelling.
import type { RequestTarget } from './request-target.ts';

const reserved = '/.bouncer';

/**
 * Whether the target is one of bouncer's own.
 *
 * @returns `own`: the path lies under `/.bouncer`, in every reading; `ambiguous`: some readers would see it there and others
 * not, so it must be refused; `foreign`: nobody would
 */
export function checkReservedPath(target: RequestTarget): 'own' | 'foreign' | 'ambiguous' {
  const isOwn = isReserved(target.path);
  for (const reading of target.readings) {
    if (isReserved(reading) !== isOwn) return 'ambiguous';
  }
  return isOwn ? 'own' : 'foreign';
}

function isReserved(path: string): boolean {
  return (
    path.startsWith(reserved) &&
    (path.length === reserved.length || path.charCodeAt(reserved.length) === 0x2f)
  );
}
