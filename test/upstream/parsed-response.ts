// A response as the parser read it, from bytes in given pieces: what the parser's tests compare.
import type { ResponseHead } from '../../src/upstream/http1/response-head.ts';
import { type ResponseExpectation, ResponseParser } from '../../src/upstream/http1/response-parser.ts';

export interface ParsedResponse {
  readonly status: number | null;
  readonly reason: string | null;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly interims: readonly (readonly [number, readonly string[]])[];
  readonly keepsAlive: boolean | null;
  /** The fault's code. */
  readonly fault: string | null;
  /** Bytes after the response. */
  readonly rest: string;
  readonly head: ResponseHead | null;
}

const get: ResponseExpectation = { method: 'GET', isUpgrade: false };

/** Read pieces, and then the end of the connection. */
export function readResponse(
  pieces: readonly Buffer[],
  expectation: ResponseExpectation = get,
): ParsedResponse {
  return new ResponseReader().read(pieces, expectation);
}

/** One connection: after a fault, and after a body that ends with the connection, nothing more comes over it. */
export class ResponseReader {
  #body: Buffer[] = [];
  #interims: [number, readonly string[]][] = [];
  #head: ResponseHead | null = null;
  readonly #parser = new ResponseParser({
    onInterim: (status, fields) => void this.#interims.push([status, fields]),
    onHead: (received) => {
      this.#head = received;
    },
    onData: (chunk) => void this.#body.push(Buffer.from(chunk)),
  });

  read(pieces: readonly Buffer[], expectation: ResponseExpectation = get): ParsedResponse {
    this.#body = [];
    this.#interims = [];
    this.#head = null;
    const parser = this.#parser;
    parser.begin(expectation);
    let rest = '';
    for (const piece of pieces) {
      const read = parser.push(piece, 0, piece.length);
      if (parser.fault !== null) break;
      if (parser.isDone) rest += piece.toString('latin1', read);
    }
    const fault = parser.finish();
    const received = this.#head as ResponseHead | null;
    return {
      status: received?.status ?? null,
      reason: received?.reason ?? null,
      fields: received?.fields ?? [],
      body: Buffer.concat(this.#body).toString('latin1'),
      trailers: fault === null ? parser.trailers : [],
      interims: this.#interims,
      keepsAlive: received?.keepsAlive ?? null,
      fault: fault?.code ?? null,
      rest,
      head: received,
    };
  }
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
