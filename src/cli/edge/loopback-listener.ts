// Waits on 127.0.0.1 for the browser to come back (RFC 8252 section 7.3). Whatever else comes by is turned away and ends nothing.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BouncerError } from '../../bouncer-error.ts';

export interface LoopbackListener {
  readonly port: number;
  /** The code, `null` when the person said no. @throws BouncerError `login_failed` when nobody came in time */
  waitForCode(timeoutMs: number): Promise<string | null>;
  /** What the browser shows in the end. */
  finish(end: 'logged-in' | 'failed'): void;
  close(): void;
}

/** @param state what the browser must bring back */
export async function listenOnLoopback(state: string): Promise<LoopbackListener> {
  let waiting: ServerResponse | null = null;
  let resolveCode: (code: string | null) => void = () => {};
  const code = new Promise<string | null>((resolve) => {
    resolveCode = resolve;
  });
  let isTaken = false;
  let port = 0;
  const server = createServer((req, res) => {
    const query = queryOf(req, port);
    const isOurs = query !== null && isSame(query.get('state') ?? '', state);
    const found = query?.get('code') ?? null;
    if (!isOurs || isTaken || (found === null && !query.has('error'))) {
      answer(res, 400, 'This is not for here', 'Nothing was changed.');
      return;
    }
    isTaken = true;
    if (found === null) answer(res, 200, 'Nothing was let in', 'You can close this page.');
    else waiting = res;
    resolveCode(found);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    port,
    async waitForCode(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new BouncerError('login_failed', 'nobody finished the login in time')),
          timeoutMs,
        );
      });
      return Promise.race([code, tooLate]).finally(() => clearTimeout(timer));
    },
    finish(end) {
      if (waiting === null) return;
      if (end === 'logged-in') answer(waiting, 200, 'Your terminal is logged in', 'You can close this page.');
      else answer(waiting, 200, 'That did not work', 'Your terminal says why.');
      waiting = null;
    },
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

/** `null` for everything but `GET /callback` at the very address: a name that leads here is not it (DNS rebinding). */
function queryOf({ method, url = '', headers }: IncomingMessage, port: number): URLSearchParams | null {
  if (method !== 'GET' || headers.host !== `127.0.0.1:${port}` || !url.startsWith('/callback?')) return null;
  return new URL(url, 'http://127.0.0.1').searchParams;
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function answer(res: ServerResponse, status: number, title: string, text: string): void {
  res.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  res.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>:root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem}</style><h1>${title}</h1><p>${text}</p></html>\n`,
  );
}
