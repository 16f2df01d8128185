// A request of HTTP/1.1 as Node makes it, but for its merged fields: where a head repeats the one before on its connection they are a
// copy of the ones that were made then. Node asks for them itself, with every request.
import { IncomingMessage } from 'node:http';
import { knownHead, markKnown } from '../http/known-head.ts';

/** What Node's own class does. */
const { get, set } = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers') ?? {};
const isLookedAt = Symbol('merged fields were asked for');

export class FrontRequest extends IncomingMessage {
  [isLookedAt]?: true;
}

// Where a later Node has no such accessor, its own member stays.
if (get !== undefined && set !== undefined)
  Object.defineProperty(FrontRequest.prototype, 'headers', {
    configurable: true,
    enumerable: true,
    set,
    get(this: FrontRequest): IncomingMessage['headers'] {
      if (this[isLookedAt] === undefined) {
        this[isLookedAt] = true;
        const known = knownHead(this.socket, this.rawHeaders);
        if (known !== null) {
          markKnown(this, known);
          if (known.merged !== null) set.call(this, { ...known.merged });
          else known.merged = copyOf(get.call(this));
        }
      }
      return get.call(this);
    },
  });

/** Without lists, which a copy would share. */
function copyOf(headers: IncomingMessage['headers']): Readonly<Record<string, string>> | null {
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') return null;
    // As Node makes it: `__proto__` is a field like any other, and has no place in here.
    if (name === '__proto__') return null;
    copy[name] = value;
  }
  return copy;
}
