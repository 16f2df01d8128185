// Clients of one connection each, that ask one thing after the other over it, by HTTP/1.1 and by HTTP/2.
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { ResponseParser } from '../../src/upstream/http1/response-parser.ts';

export interface Message {
  readonly method: string;
  readonly path: string;
  /** As of HTTP/1.1, framing and `Host` included. With a `Content-Length` or `Transfer-Encoding` a body of five bytes follows. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

export interface Answer {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: string;
}

export interface LastingClient {
  /** @throws Error when there is no whole answer */
  ask(message: Message): Promise<Answer>;
  close(): Promise<void>;
}

function has({ pairs }: Message, name: string): boolean {
  return pairs.some(([one]) => one.toLowerCase() === name);
}

export class Http1Client implements LastingClient {
  readonly #port: number;
  readonly #address: string;
  #socket: Socket | null = null;

  /** @param address of this machine, from which it asks */
  constructor(port: number, address: string) {
    this.#port = port;
    this.#address = address;
  }

  async ask(message: Message): Promise<Answer> {
    const socket = await this.#open();
    const { method, path, pairs } = message;
    const body = has(message, 'content-length')
      ? 'hello'
      : has(message, 'transfer-encoding')
        ? '5\r\nhello\r\n0\r\n\r\n'
        : '';
    const fields = pairs.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const chunks: Buffer[] = [];
    let found: Pick<Answer, 'status' | 'fields'> | null = null;
    const parser = new ResponseParser({
      onInterim: () => {},
      onHead: ({ status, fields }) => {
        found = { status, fields };
      },
      onData: (chunk) => void chunks.push(Buffer.from(chunk)),
    });
    parser.begin({ method, isUpgrade: false });
    await new Promise<void>((resolve, reject) => {
      const onData = (bytes: Buffer): void => {
        parser.push(bytes, 0, bytes.length);
        if (parser.fault !== null) reject(parser.fault);
        else if (parser.isDone) resolve();
      };
      const onEnd = (): void => (parser.finish() === null ? resolve() : reject(new Error(`cut: ${fields}`)));
      socket.on('data', onData).once('close', onEnd);
      socket.write(`${method} ${path} HTTP/1.1\r\n${fields}\r\n${body}`, 'latin1');
    });
    socket.removeAllListeners('data').removeAllListeners('close');
    const answer = found as Pick<Answer, 'status' | 'fields'> | null;
    if (answer === null) throw new Error('no head');
    if (isClosing(answer.fields)) await this.close();
    return { ...answer, body: Buffer.concat(chunks).toString('latin1') };
  }

  async #open(): Promise<Socket> {
    if (this.#socket !== null && !this.#socket.destroyed) return this.#socket;
    this.#socket = connect({ port: this.#port, host: '127.0.0.1', localAddress: this.#address }).on(
      'error',
      () => {},
    );
    await once(this.#socket, 'connect');
    return this.#socket;
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

function isClosing(fields: readonly string[]): boolean {
  return fields.some(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'connection' && fields[i + 1] === 'close',
  );
}

/** Fields that HTTP/2 has no place for (RFC 9113 section 8.2.2). */
const unsent = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** The library below Node refuses some heads (two lengths, say), and resets the stream: no request, no record. */
export const refusedByHttp2: Answer = { status: 0, fields: [], body: '' };

export class Http2Client implements LastingClient {
  readonly #port: number;
  readonly #address: string;
  #session: ClientHttp2Session | null = null;

  constructor(port: number, address: string) {
    this.#port = port;
    this.#address = address;
  }

  async ask(message: Message): Promise<Answer> {
    const body = has(message, 'content-length') || has(message, 'transfer-encoding') ? 'hello' : null;
    const stream = this.#open().request(fieldsOf(message) as never, { endStream: body === null });
    const chunks: Buffer[] = [];
    let answer: Pick<Answer, 'status' | 'fields'> | null = null;
    stream.on('response', (headers, _flags, raw: unknown) => {
      const fields = raw as readonly string[];
      answer = { status: Number(headers[':status']), fields: fields.filter((_, i) => !isPseudo(fields, i)) };
    });
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
    if (body !== null) stream.end(body);
    try {
      await once(stream, 'close');
    } catch (error) {
      if (answer === null && stream.rstCode === constants.NGHTTP2_PROTOCOL_ERROR) return refusedByHttp2;
      throw error;
    }
    const found = answer as Pick<Answer, 'status' | 'fields'> | null;
    if (found === null) throw new Error('no head');
    return { ...found, body: Buffer.concat(chunks).toString('latin1') };
  }

  #open(): ClientHttp2Session {
    if (this.#session !== null && !this.#session.closed && !this.#session.destroyed) return this.#session;
    this.#session = connectHttp2(`https://127.0.0.1:${this.#port}`, {
      localAddress: this.#address,
      servername: 'wiki.localhost',
      rejectUnauthorized: false,
      // Whatever a client may send: Node's own would refuse what the other side is to be asked about.
      strictSingleValueFields: false,
    } as object).on('error', () => {});
    return this.#session;
  }

  async close(): Promise<void> {
    this.#session?.destroy();
    this.#session = null;
  }
}

/** The first `Host` is told as `:authority`, all names in lower case; a whole address as target is a form of HTTP/1.1. */
function fieldsOf({ method, path, pairs }: Message): string[] {
  const host = pairs.find(([name]) => name.toLowerCase() === 'host');
  const pseudo = [':method', method, ':scheme', 'https', ':path', path.replace(/^http:\/\/[^/]*/, '')];
  if (host !== undefined) pseudo.push(':authority', host[1]);
  const rest = pairs.filter((pair) => pair !== host && !unsent.has(pair[0].toLowerCase()));
  return [...pseudo, ...rest.flatMap(([name, value]) => [name.toLowerCase(), value])];
}

function isPseudo(fields: readonly string[], at: number): boolean {
  return (fields[at - (at % 2)] ?? '').startsWith(':');
}
