// Trailers over HTTP/2. Node looks at them only when the stream asks for them, where what it throws would end the process.
type Trailers = Readonly<Record<string, unknown>>;
type TrailerStream = { sendTrailers(trailers: never): void };

/**
 * Send them, or what of them Node takes: trailers are optional (RFC 9110 section 6.5.2). A field that may stand only once is joined to one
 * line where it came twice; if that is refused as well, the stream ends without trailers. Never throws.
 */
export function sendTrailersSafely(stream: TrailerStream | null, trailers: Trailers): void {
  for (const attempt of [trailers, joined(trailers), {}]) {
    try {
      stream?.sendTrailers(attempt as never);
      return;
    } catch {
      // The next has less that could be refused; a stream that is gone takes none.
    }
  }
}

/** From now on whoever sends trailers on the stream does it so. */
export function guardTrailers(stream: TrailerStream): void {
  const { sendTrailers } = stream;
  const bare: TrailerStream = { sendTrailers: (trailers) => sendTrailers.call(stream, trailers) };
  stream.sendTrailers = (trailers) => sendTrailersSafely(bare, trailers);
}

function joined(trailers: Trailers): Trailers {
  return Object.fromEntries(
    Object.entries(trailers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
