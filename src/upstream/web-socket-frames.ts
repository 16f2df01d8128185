// Where the frames of a WebSocket end (RFC 6455 section 5.2): so much must be known to say goodbye between two of them. It follows one
// direction and looks at no payload.

/** Close frames may stand between the fragments of a message, and are never compressed (sections 5.4 and 5.5). */
const closeOpcode = 0x8;
const goingAway = 1001;
const usualLengthLimit = 125;

export class FrameFollower {
  readonly #header = new Uint8Array(14);
  #headerLength = 0;
  /** Bytes of the current frame's payload that are to come. */
  #left = 0;
  #opcode = 0;
  /** A close frame came whole. */
  isClosed = false;

  /** Whether the next byte begins a frame. */
  get isBetween(): boolean {
    return this.#left === 0 && this.#headerLength === 0;
  }

  /** Takes all bytes of a chunk. */
  follow(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at = this.#step(chunk, at);
  }

  /** Takes bytes up to the end of a frame. @returns how many; all of them where none ends */
  followToEnd(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      at = this.#step(chunk, at);
      if (this.isBetween) return at;
    }
    return at;
  }

  /** A byte of the header, or as much of the payload as there is. */
  #step(chunk: Uint8Array, at: number): number {
    if (this.#left > 0) {
      const taken = Math.min(this.#left, chunk.length - at);
      this.#left -= taken;
      if (this.#left === 0) this.#onFrame();
      return at + taken;
    }
    const header = this.#header;
    header[this.#headerLength++] = chunk[at] ?? 0;
    const second = header[1] ?? 0;
    if (this.#headerLength < 2 || this.#headerLength < headerLengthOf(second)) return at + 1;
    this.#opcode = (header[0] ?? 0) & 0x0f;
    this.#left = payloadLengthOf(header, second & 0x7f);
    this.#headerLength = 0;
    if (this.#left === 0) this.#onFrame();
    return at + 1;
  }

  #onFrame(): void {
    if (this.#opcode === closeOpcode) this.isClosed = true;
  }
}

function headerLengthOf(second: number): number {
  const length = second & 0x7f;
  const extended = length <= usualLengthLimit ? 0 : length === 126 ? 2 : 8;
  return 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLengthOf(header: Uint8Array, length: number): number {
  if (length <= usualLengthLimit) return length;
  const view = new DataView(header.buffer);
  return length === 126 ? view.getUint16(2) : view.getUint32(2) * 2 ** 32 + view.getUint32(6);
}

/** A close frame that says that this end goes away (RFC 6455 section 7.4.1), to a client. */
export const goodbyeToClient: Uint8Array = Uint8Array.of(
  0x80 | closeOpcode,
  2,
  goingAway >> 8,
  goingAway & 0xff,
);

/** The same to a server: masked, with a key of zeros, as it hides nothing (section 10.3 is about what scripts choose). */
export const goodbyeToServer: Uint8Array = Uint8Array.of(
  ...[0x80 | closeOpcode, 0x80 | 2, 0, 0, 0, 0],
  ...[goingAway >> 8, goingAway & 0xff],
);
