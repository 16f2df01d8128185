// What was sent of a request's body over HTTP/2, kept until the upstream answers, to be sent again where it did not look at the request.

/**
 * More is not kept, bytes: what a stream of the usual window (65,535) may have taken before the upstream says that it did not look at it,
 * and what waits for that window.
 */
const mostBytes = 262_144;

export class BodyReplay {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** Keep a piece. False: it is too much by now to be sent again. */
  keep(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > mostBytes) return false;
    this.#chunks.push(chunk);
    return true;
  }

  sendTo(stream: { write(chunk: Buffer): unknown }): void {
    for (const chunk of this.#chunks) stream.write(chunk);
  }
}

/** Of a request without a body: it can always be sent again. */
export const noBody: BodyReplay = new BodyReplay();
