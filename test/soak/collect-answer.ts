// An answer as the soak judges it: its status and its whole body.
import type { IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One that breaks off is as long as it came. @param resolve called once or more; the first counts */
export function collect(response: IncomingMessage, resolve: (answer: Answer | null) => void): void {
  const chunks: Buffer[] = [];
  const done = (): void =>
    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') });
  response
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', done)
    .on('error', done)
    .on('close', done);
}
