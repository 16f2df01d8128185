// A response of HTTP/1.1 whose turn has not come: its client sent several requests at once, and an earlier one is not answered yet. Node
// keeps what is written to it, but puts its head before whatever was written first, and forgets that it was destroyed.
import type { ServerResponse } from 'node:http';

/** Whether it waits behind another one. */
export function isQueued(res: ServerResponse): boolean {
  return res.req.httpVersionMajor === 1 && res.socket === null && !res.writableFinished;
}

/** Ask for the body (100), as soon as its turn has come. */
export function askForBody(res: ServerResponse): void {
  if (!isQueued(res)) res.writeContinue();
  else
    res.once('socket', () => {
      if (!res.headersSent && !res.destroyed) res.writeContinue();
    });
}

/** Break it off, so that it does not look whole: its connection ends, after the answers that come before it. */
export function breakOff(res: ServerResponse): void {
  if (isQueued(res)) res.once('socket', (socket) => socket.destroy());
  res.destroy();
}
