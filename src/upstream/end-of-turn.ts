// What one turn of the event loop has to write goes out at its end, one write right after the other. A write to somebody who waits for it
// wakes them up, which costs the writer more than the write; in a row they are awake for the second. And nothing is written for who left in
// the same turn.

/** Something that waits for the end of the turn. */
export interface Deferred {
  /** Once, unless it was put off again. */
  onEndOfTurn(): void;
}

let waiting: Deferred[] = [];

/** It is called at the end of this turn, after what was put off before it. */
export function putOff(one: Deferred): void {
  if (waiting.length === 0) setImmediate(writeAll);
  waiting.push(one);
}

function writeAll(): void {
  const now = waiting;
  waiting = [];
  let done = 0;
  try {
    while (done < now.length) now[done++]?.onEndOfTurn();
  } finally {
    // One that throws must not be the end of the others, where a host goes on after it.
    for (const one of now.slice(done)) putOff(one);
  }
}
