// Node reads each piece of a large request body into memory of its own, up to 64 KB. Left to V8 it is found and freed long after it was
// sent, and the next piece gets memory that the system has to make anew: at worst half of what an upload costs.

/** Smaller pieces are not worth it, and may share their memory with others. */
const worthFreeing = 16_384;

/**
 * Free the memory of a piece at once. The piece is empty from then on, so it must be the caller's alone, with nobody who still reads it:
 * written well, to a stream that still lives. A callback alone does not say that.
 */
export function freeMemory(piece: Buffer): void {
  const memory = piece.buffer;
  const isAlone = memory.byteLength === piece.byteLength && memory instanceof ArrayBuffer;
  if (isAlone && piece.byteLength >= worthFreeing) memory.transfer(0);
}
