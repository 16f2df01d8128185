// An incremental parser of responses (RFC 9112) for one connection: bytes in any pieces, linear time, bounded memory. It does no I/O.
// One response at a time: it stops after the last byte of one, and what follows is the caller's to judge.
import { InterimCount } from '../interim-count.ts';
import { UpstreamFault, type UpstreamFaultCode } from '../upstream-fault.ts';
import { ChunkLine } from './chunk-line.ts';
import { parseFieldBlock } from './field-block.ts';
import { HeadCollector } from './head-collector.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

/** A longer head is not kept for the next one of its connection. */
const longestKept = 4_096;

/** What is read goes here. */
export interface ResponseSink {
  onInterim(status: number, fields: readonly string[]): void;
  onHead(head: ResponseHead): void;
  /** A view into what was pushed: valid during the call. */
  onData(chunk: Buffer): void;
}

/** What one request allows its response to be. */
export interface ResponseExpectation {
  readonly method: string;
  /** Asked for 101 by `Upgrade`. */
  readonly isUpgrade: boolean;
}

/** Response heads may be this large, trailers too: big cookies are common behind a proxy. */
const mostHeadBytes = 65_536;

const inHead = 0;
const inFixed = 1;
const inChunkLine = 2;
const inChunk = 3;
const inChunkEnd = 4;
const inTrailers = 5;
const untilClose = 6;
const done = 7;
const failed = 8;
type State = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const beginning = Buffer.from('HTTP/1.');

export class ResponseParser {
  /** After the end: the trailer fields. */
  trailers: readonly string[] = [];
  /** Set once, when what came is not HTTP; nothing is read after that. */
  fault: UpstreamFault | null = null;
  readonly #sink: ResponseSink;
  readonly #collector = new HeadCollector();
  readonly #chunkLine = new ChunkLine();
  #expectation: ResponseExpectation = { method: 'GET', isUpgrade: false };
  #state: State = done;
  /** Of the body or the chunk, bytes. */
  #left = 0;
  #chunkEndAt = 0;
  readonly #interims = new InterimCount();
  /** What the head before said: of the same connection, whoever asked. */
  #before: { readonly text: string; readonly method: string; readonly head: ResponseHead } | null = null;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** A request goes out: read its response. */
  begin(expectation: ResponseExpectation): void {
    this.#expectation = expectation;
    this.#state = inHead;
    this.#left = 0;
    this.#interims.reset();
    this.trailers = noTrailers;
    this.#collector.reset();
  }

  /** The response is complete. */
  get isDone(): boolean {
    return this.#state === done;
  }

  /** Nothing of a final head came. */
  get awaitsHead(): boolean {
    return this.#state === inHead;
  }

  /**
   * Read on. Stops at the end of the response and at a fault.
   *
   * @returns where the first byte is that was not read
   */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.#state < done) {
      const next = this.#step(bytes, at, end);
      if (next === at && this.#state < done) break;
      at = next;
    }
    return at;
  }

  /**
   * The upstream sends no more: the end of a body that ends so, or a fault.
   *
   * @returns `null` when the response is complete
   */
  finish(): UpstreamFault | null {
    if (this.#state === untilClose) this.#state = done;
    if (this.#state === done) return null;
    return this.fault ?? new UpstreamFault('UPSTREAM_CLOSED');
  }

  /** Read one element; gives back `at` itself where more bytes are needed. */
  #step(bytes: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case inHead:
        return this.#readHead(bytes, at, end);
      case inFixed:
      case inChunk:
        return this.#readBody(bytes, at, end);
      case inChunkLine:
        return this.#readChunkLine(bytes, at, end);
      case inChunkEnd:
        return this.#readChunkEnd(bytes, at);
      case inTrailers:
        return this.#readTrailers(bytes, at, end);
      case untilClose:
        this.#sink.onData(bytes.subarray(at, end));
        return end;
      default:
        return at;
    }
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const collector = this.#collector;
    const collected = collector.collect(bytes, at, end, mostHeadBytes);
    if (collected === 'more') return isBeginning(collector.begun) ? end : this.#notHttp();
    if (collected === 'large') return this.#fail('UPSTREAM_HEAD_TOO_LARGE');
    if (collected === 'malformed')
      return isBeginning(collector.begun)
        ? this.#fail('UPSTREAM_HEAD_INVALID', 'a line that ends without CR')
        : this.#notHttp();
    const head = this.#headOf(collector.text);
    if (head instanceof UpstreamFault) return this.#failWith(head);
    const { next } = collector;
    if (head.status < 200 && head.status !== 101) this.#interim(head, collector.bytes);
    else this.#final(head);
    return next;
  }

  /** An application that is asked for the same again says the same, but for the second in its `Date`: then nothing is read anew. */
  #headOf(text: string): ResponseHead | UpstreamFault {
    const { method } = this.#expectation;
    const before = this.#before;
    if (before !== null && before.text === text && before.method === method) return before.head;
    const head = parseResponseHead(text, method);
    if (!(head instanceof UpstreamFault) && text.length <= longestKept) this.#before = { text, method, head };
    return head;
  }

  #interim(head: ResponseHead, bytes: number): void {
    if (!this.#interims.add(bytes)) {
      this.#fail('UPSTREAM_INTERIM_FLOOD');
      return;
    }
    this.#sink.onInterim(head.status, head.fields);
  }

  #final(head: ResponseHead): void {
    if (head.status === 101 && !this.#expectation.isUpgrade) {
      this.#fail('UPSTREAM_SWITCH_UNASKED');
      return;
    }
    this.#left = head.bodyBytes;
    if (head.framing === 'chunked') {
      this.#state = inChunkLine;
      this.#chunkLine.reset();
    } else if (head.framing === 'close') {
      this.#state = untilClose;
    } else {
      this.#state = head.bodyBytes > 0 ? inFixed : done;
    }
    this.#sink.onHead(head);
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + this.#left);
    this.#left -= next - at;
    if (this.#left === 0) {
      this.#state = this.#state === inFixed ? done : inChunkEnd;
      this.#chunkEndAt = 0;
    }
    this.#sink.onData(bytes.subarray(at, next));
    return next;
  }

  #readChunkLine(bytes: Buffer, at: number, end: number): number {
    const next = this.#chunkLine.read(bytes, at, end);
    if (next === -1) return this.#chunkLine.fault === null ? end : this.#failWith(this.#chunkLine.fault);
    this.#left = this.#chunkLine.size;
    if (this.#left > 0) {
      this.#state = inChunk;
      return next;
    }
    if (next + 1 < end && bytes[next] === 0x0d && bytes[next + 1] === 0x0a) {
      this.#state = done;
      return next + 2;
    }
    this.#state = inTrailers;
    // The line's own CRLF begins the block: without trailers one more ends it.
    this.#collector.collect(lineEnd, 0, 2, mostHeadBytes);
    return next;
  }

  #readChunkEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== lineEnd[this.#chunkEndAt])
      return this.#fail('UPSTREAM_CHUNK_INVALID', 'it is longer than announced');
    if (++this.#chunkEndAt === 2) this.#state = inChunkLine;
    return at + 1;
  }

  #readTrailers(bytes: Buffer, at: number, end: number): number {
    const collector = this.#collector;
    const collected = collector.collect(bytes, at, end, mostHeadBytes);
    if (collected === 'more') return end;
    if (collected === 'large') return this.#fail('UPSTREAM_TRAILERS_TOO_LARGE');
    if (collected === 'malformed')
      return this.#fail('UPSTREAM_TRAILERS_INVALID', 'a line that ends without CR');
    const block = parseFieldBlock(collector.text, 2, 'UPSTREAM_TRAILERS_INVALID');
    if (block instanceof UpstreamFault) return this.#failWith(block);
    this.trailers = block.fields;
    this.#state = done;
    return collector.next;
  }

  #notHttp(): number {
    const first = this.#collector.begun[0];
    const isTls = first === 0x15 || first === 0x16;
    return this.#fail('UPSTREAM_NOT_HTTP', isTls ? 'it speaks TLS on this port' : '');
  }

  #fail(code: UpstreamFaultCode, detail = ''): number {
    return this.#failWith(new UpstreamFault(code, detail));
  }

  /** Always -1: no byte counts any more. */
  #failWith(fault: UpstreamFault): number {
    this.#state = failed;
    this.fault = fault;
    return -1;
  }
}

const lineEnd = Buffer.from('\r\n');
const noTrailers: string[] = [];

function isBeginning(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, beginning.length);
  return bytes.compare(beginning, 0, length, 0, length) === 0;
}
