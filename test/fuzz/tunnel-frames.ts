// Frames of HTTP/2 that make no sense, or little, for both ends of a tunnel; and how many of them the other side has really read. Most
// nonsense ends a session, and what follows it is read by nobody: so nearly all of it is of the kinds that a session may outlive.
import fc from 'fast-check';

/** By this process. `read`: so many were followed by a mark that the other side answered. */
export const frameCounts = { sent: 0, read: 0 };

const headBytes = 9;
const prefaceBytes = 24;
const [dataType, headersType, settingsType, pingType, windowType] = [0, 1, 4, 6, 8] as const;
const ackFlag = 1;
/** A mark follows each so many frames. */
const markEvery = 8;

interface FrameParts {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
  /** How much more than there is the head promises. */
  readonly lie: number;
}

function frameOf({ type, flags, stream, payload, lie }: FrameParts): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(Math.max(0, payload.length + lie), 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const payload = fc.uint8Array({ maxLength: 120 });
const anyFlags = fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 32), fc.integer({ min: 0, max: 255 }));
const anyStream = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 0x7fffffff }));

/** RFC 9113 section 6: of any type, with lengths that are right and lengths that are not. */
const anyFrame = fc
  .record({
    type: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 255 })),
    ...{ flags: anyFlags, stream: anyStream, payload },
    lie: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: -8, max: 4_000 })),
  })
  .map(frameOf);

/** A type that nobody knows, on any stream: to be ignored (RFC 9113 section 4.1). */
const unknownFrame = fc
  .record({ type: fc.integer({ min: 32, max: 255 }), flags: anyFlags, stream: anyStream, payload })
  .map((parts) => frameOf({ ...parts, lie: 0 }));

/** Settings, of which those that nobody knows are ignored; and that nobody asked for. */
const settingsFrame = fc
  .array(fc.tuple(fc.integer({ min: 16, max: 0xffff }), fc.integer({ min: 0, max: 0xffff })), {
    maxLength: 6,
  })
  .map((rows) => {
    const bytes = Buffer.alloc(rows.length * 6);
    for (const [at, [name, value]] of rows.entries()) {
      bytes.writeUInt16BE(name, at * 6);
      bytes.writeUInt32BE(value, at * 6 + 2);
    }
    return frameOf({ type: settingsType, flags: 0, stream: 0, payload: bytes, lie: 0 });
  });

const windowFrame = fc.integer({ min: 1, max: 200 }).map((step) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(step);
  return frameOf({ type: windowType, flags: 0, stream: 0, payload: bytes, lie: 0 });
});

/** An answer to a ping that was never sent: it ends the session, as most of the frames below do. */
const strayAnswer = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => frameOf({ type: pingType, flags: ackFlag, stream: 0, payload: bytes, lie: 0 }));

/** On the streams that there are: a piece of the control stream, or of a probe. */
const dataFrame = fc
  .record({ type: fc.constantFrom(dataType, headersType), stream: fc.constantFrom(1, 3, 5), payload })
  .map((parts) => frameOf({ ...parts, flags: 0, lie: 0 }));

const frame = fc.oneof(
  { weight: 120, arbitrary: unknownFrame },
  { weight: 50, arbitrary: windowFrame },
  { weight: 50, arbitrary: settingsFrame },
  { weight: 1, arbitrary: strayAnswer },
  { weight: 1, arbitrary: dataFrame },
  { weight: 1, arbitrary: anyFrame },
);

/** Settings that are right begin a session, so that what follows them is looked at. */
export const settings: Buffer = Buffer.from('000000040000000000', 'hex');
export const frames: fc.Arbitrary<Buffer[]> = fc.array(frame, { minLength: 40, maxLength: 240 });

/** The frames, with pings among them that say how many came before. */
export function withMarks(pieces: readonly Uint8Array[]): Uint8Array[] {
  return pieces.flatMap((piece, at) => {
    const count = at + 1;
    return count % markEvery === 0 || count === pieces.length ? [piece, markOf(count)] : [piece];
  });
}

function markOf(count: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(count));
  return frameOf({ type: pingType, flags: 0, stream: 0, payload: bytes, lie: 0 });
}

/** Reads what comes back. */
export class MarkReader {
  /** The highest that was answered. */
  mark = 0;
  #isBegun = false;
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    let rest = Buffer.concat([this.#rest, chunk]);
    // An edge is HTTP/2's client, which begins with its preface.
    if (!this.#isBegun && rest.subarray(0, 3).toString('latin1') === 'PRI')
      rest = rest.subarray(prefaceBytes);
    this.#isBegun = true;
    for (;;) {
      const length = rest.length < headBytes ? Number.POSITIVE_INFINITY : rest.readUIntBE(0, 3) + headBytes;
      if (rest.length < length) break;
      if (rest[3] === pingType && rest[4] === ackFlag && length === headBytes + 8)
        this.mark = Math.max(this.mark, Number(rest.readBigUInt64BE(headBytes)));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
  }
}
