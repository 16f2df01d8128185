// Reads HTTP/1.1 by the letter and nothing more: a head ends at an empty line, a body is as long as the one framing field says. What it
// takes for a request is what the bytes say, without any leniency.
import type { Socket } from 'node:net';

export interface ReadRequest {
  /** As on the wire. */
  readonly line: string;
  /** One character a byte. */
  readonly body: string;
}

export class PlainReader {
  readonly #onRequest: (request: ReadRequest) => void;
  #text = '';
  #state: 'head' | 'length' | 'chunk' = 'head';
  #left = 0;
  #line = '';
  #body = '';

  constructor(onRequest: (request: ReadRequest) => void) {
    this.#onRequest = onRequest;
  }

  /** @param onWhole called for each request that is there to its end */
  push(chunk: Buffer, onWhole: () => void, onHead: (line: string) => void = () => {}): void {
    this.#text += chunk.toString('latin1');
    while (this.#step(onWhole, onHead));
  }

  /** One step through the text; false when more is needed. */
  #step(onWhole: () => void, onHead: (line: string) => void): boolean {
    if (this.#state === 'head') return this.#readHead(onHead);
    if (this.#state === 'length') {
      if (this.#text.length < this.#left) return false;
      this.#body = this.#take(this.#left);
    } else {
      const size = /^([0-9a-f]+)\r\n/i.exec(this.#text);
      if (size === null) return false;
      const length = Number.parseInt(size[1] ?? '', 16);
      if (this.#text.length < size[0].length + length + 2) return false;
      this.#take(size[0].length);
      this.#body += this.#take(length);
      this.#take(2);
      if (length > 0) return true;
    }
    this.#state = 'head';
    this.#onRequest({ line: this.#line, body: this.#body });
    onWhole();
    return true;
  }

  #readHead(onHead: (line: string) => void): boolean {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const head = this.#take(end + 4).slice(0, -4);
    this.#line = head.split('\r\n', 1)[0] ?? '';
    this.#body = '';
    onHead(this.#line);
    this.#state = /^transfer-encoding:\s*chunked\s*$/im.test(head) ? 'chunk' : 'length';
    this.#left = Number(/^content-length:\s*(\d+)\s*$/im.exec(head)?.[1] ?? 0);
    return true;
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }
}

/** Answers each request of a connection with 200. @param onHead called for each head, also where no body follows any more */
export function answerRequests(
  socket: Socket,
  onHead: (line: string) => void,
  onRequest: (request: ReadRequest) => void = () => {},
): void {
  const reader = new PlainReader(onRequest);
  const answer = (): void => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => reader.push(chunk, answer, onHead));
}
