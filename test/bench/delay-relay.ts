// `delay-relay.ts PORT TARGET MS`: a line with a round trip of MS milliseconds between two programs of this machine.
import { connect, createServer, type Socket } from 'node:net';

const [port = 0, target = 0, roundTripMs = 0] = process.argv.slice(2).map(Number);
const oneWayMs = roundTripMs / 2;
/** What may be on its way, as in the buffers of a real line; beyond it whoever sends is held back. */
const mostBytes = 64 * 1_048_576;

function pass(from: Socket, to: Socket): void {
  const queue: { readonly dueMs: number; readonly chunk: Buffer }[] = [];
  let bytes = 0;
  let isWaiting = false;
  const go = (): void => {
    isWaiting = false;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const leftMs = next.dueMs - performance.now();
      if (leftMs > 0.2) {
        isWaiting = true;
        setTimeout(go, leftMs);
        return;
      }
      queue.shift();
      bytes -= next.chunk.length;
      to.write(next.chunk);
    }
    if (from.isPaused() && bytes < mostBytes / 2) from.resume();
  };
  from.on('data', (chunk: Buffer) => {
    queue.push({ dueMs: performance.now() + oneWayMs, chunk });
    bytes += chunk.length;
    if (bytes > mostBytes) from.pause();
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(go, oneWayMs);
  });
  from.on('error', () => to.destroy()).on('close', () => to.destroy());
}

createServer({ noDelay: true }, (near) => {
  const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
  pass(near, far);
  pass(far, near);
}).listen(port, '127.0.0.1');
