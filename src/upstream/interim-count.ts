// How much an upstream may say before its final answer (1xx, RFC 9110 section 15.2): an end that never comes is a failure of its own.

const most = 1_000;
/** All interim responses to one request together. */
const mostBytes = 65_536;

export class InterimCount {
  #count = 0;
  #bytes = 0;

  /** Of the next request. */
  reset(): void {
    this.#count = 0;
    this.#bytes = 0;
  }

  /** Nothing came so far. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** One more came, of so many bytes. @returns whether that is still allowed */
  add(bytes: number): boolean {
    this.#count++;
    this.#bytes += bytes;
    return this.#count <= most && this.#bytes <= mostBytes;
  }
}
