// Whether a connector answers in the way that requests take: a stream through its request path, on which what was sent comes back.
import { randomBytes } from 'node:crypto';
import type { ClientHttp2Session } from 'node:http2';
import { isSameBytes } from '../../store/is-same-bytes.ts';
import { probeName } from '../wire/control-messages.ts';

const questionBytes = 8;

/** @param done with the milliseconds that it took; `null`: nothing right came in time. Called once. */
export function askProbe(
  session: ClientHttp2Session,
  withinMs: number,
  done: (roundTripMs: number | null) => void,
): void {
  const startedMs = performance.now();
  const question = randomBytes(questionBytes);
  let answer = Buffer.alloc(0);
  let isDone = false;
  const finish = (roundTripMs: number | null): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    stream?.destroy();
    done(roundTripMs);
  };
  // What came while this process itself was busy is read before it counts as late.
  const timer = setTimeout(() => setImmediate(() => finish(null)), withinMs);
  if (session.closed || session.destroyed) {
    // It only finishes what it carries: that is asked no more.
    clearTimeout(timer);
    return;
  }
  const stream = session.request({ ':method': 'CONNECT', ':authority': probeName });
  stream
    .on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]).subarray(0, questionBytes + 1);
      if (answer.length >= questionBytes)
        finish(isSameBytes(answer, question) ? performance.now() - startedMs : null);
    })
    .on('error', () => {})
    .on('close', () => finish(null));
  stream.write(question);
}
