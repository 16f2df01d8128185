// A socket whose write fails is destroyed by Node, with everything that waits in it to be read. Applications that refuse an upload
// answer and close: their answer waits in exactly that place. Here a failed write is reported and reading goes on.
import type { Duplex } from 'node:stream';

type WriteDone = (error?: Error | null) => void;

/**
 * From now on a failed write of the socket is not its end.
 *
 * A stream writes nothing more while a write has not reported back: the failed one never does.
 *
 * @param onFailure called once
 */
export function holdWriteFailures(socket: Duplex, onFailure: (error: Error) => void): void {
  let hasFailed = false;
  const held =
    (done: WriteDone): WriteDone =>
    (error) => {
      if (error === undefined || error === null || socket.destroyed) {
        done(error);
      } else if (!hasFailed) {
        hasFailed = true;
        onFailure(error);
      }
    };
  const { _write, _writev } = socket;
  socket._write = (chunk: unknown, encoding: BufferEncoding, done: WriteDone) =>
    _write.call(socket, chunk, encoding, held(done));
  if (_writev !== undefined && _writev !== null)
    socket._writev = (chunks: { chunk: unknown; encoding: BufferEncoding }[], done: WriteDone) =>
      _writev.call(socket, chunks, held(done));
}
