// Bytes out, bytes back: one connection to a server, with nothing between the attack and the wire.
import { connect } from 'node:net';

export interface RawResponse {
  readonly status: number;
  /** Name, value, name, value … as received. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface RawExchange {
  /** Final responses, in order; a 1xx other than 101 is left out. */
  readonly responses: readonly RawResponse[];
  /** The server closed the connection. */
  readonly isClosed: boolean;
  /** Everything that came back, one character a byte. */
  readonly received: string;
}

export interface RawExchangeOptions {
  /** How many final responses are waited for; default 1. */
  readonly wanted?: number;
  /** How long to listen on after them, for what should not come. Milliseconds. */
  readonly quietMs?: number;
  /** How long to wait for them at most. Milliseconds. */
  readonly patienceMs?: number;
  /** The first request is a HEAD: its response has no body. */
  readonly isHead?: boolean;
}

/** One byte a character where the character fits into one; UTF-8 for the rest. */
export function wireBytes(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const isByte = (character.codePointAt(0) ?? 0) <= 0xff;
    parts.push(Buffer.from(character, isByte ? 'latin1' : 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Send the bytes on a connection of their own, and read until the responses are there, or the server closes. Never throws. */
export function exchangeRaw(
  port: number,
  bytes: Buffer,
  options: RawExchangeOptions = {},
): Promise<RawExchange> {
  const { wanted = 1, quietMs = 25, patienceMs = 8000, isHead = false } = options;
  return new Promise((resolve) => {
    let received = '';
    let isClosed = false;
    let quiet: NodeJS.Timeout | null = null;
    const socket = connect(port, '127.0.0.1');
    const finish = (): void => {
      clearTimeout(patience);
      if (quiet !== null) clearTimeout(quiet);
      socket.destroy();
      resolve({ responses: readResponses(received, isClosed, isHead), isClosed, received });
    };
    const patience = setTimeout(finish, patienceMs);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (quiet !== null) clearTimeout(quiet);
      if (readResponses(received, false, isHead).length >= wanted) quiet = setTimeout(finish, quietMs);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      isClosed = true;
      finish();
    });
    socket.on('end', () => {
      isClosed = true;
    });
  });
}

/** The complete final responses at the start of a text. @param isEnd the connection was closed after it */
export function readResponses(text: string, isEnd: boolean, isHead: boolean): RawResponse[] {
  const found: RawResponse[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return found;
    const [first = '', ...lines] = text.slice(at, end).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) return found;
    const rawHeaders = lines.flatMap((line) => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]);
    at = end + 4;
    if (status < 200 && status !== 101) continue;
    const isBare = status === 101 || status === 204 || status === 304 || (isHead && found.length === 0);
    const body = isBare ? { text: '', next: at } : readBody(text, at, rawHeaders, isEnd);
    if (body === null) return found;
    found.push({ status, rawHeaders, body: body.text });
    if (status === 101) return found;
    at = body.next;
  }
}

function readBody(
  text: string,
  start: number,
  rawHeaders: readonly string[],
  isEnd: boolean,
): { readonly text: string; readonly next: number } | null {
  const value = (name: string): string | undefined =>
    rawHeaders.find((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  const length = value('content-length');
  if (length !== undefined) {
    const next = start + Number(length);
    return next > text.length ? null : { text: text.slice(start, next), next };
  }
  if (value('transfer-encoding') === undefined)
    return isEnd ? { text: text.slice(start), next: text.length } : null;
  let body = '';
  let at = start;
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return null;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) {
      const next = text.indexOf('\r\n\r\n', line);
      return next === -1 ? null : { text: body, next: next + 4 };
    }
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (at > text.length) return null;
  }
}
