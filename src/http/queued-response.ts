// A response of HTTP/1.1 whose turn has not come: its client sent several requests at once, and an earlier one is not answered yet. Node
// keeps what is written to it, but puts its head before whatever was written first, and forgets that it was destroyed.

/** What of `ServerResponse` is needed. */
interface Answering {
  readonly req: { readonly httpVersionMajor: number };
  readonly socket: object | null;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  once(event: 'socket', onTurn: (socket: { destroy(): unknown }) => void): unknown;
  writeContinue(): void;
  destroy(): unknown;
}

/** Whether it waits behind another one. */
export function isQueued(res: Answering): boolean {
  return res.req.httpVersionMajor === 1 && res.socket === null && !res.writableFinished;
}

/** Ask for the body (100), as soon as its turn has come. */
export function askForBody(res: Answering): void {
  if (!isQueued(res)) res.writeContinue();
  else
    res.once('socket', () => {
      if (!res.headersSent && !res.destroyed) res.writeContinue();
    });
}

/** Break it off, so that it does not look whole: its connection ends, after the answers that come before it. */
export function breakOff(res: Answering): void {
  if (isQueued(res)) res.once('socket', (socket) => socket.destroy());
  res.destroy();
}
