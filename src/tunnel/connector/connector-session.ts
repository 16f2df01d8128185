// One connection to an edge, from the connector's side: the session of HTTP/2 in which the edge asks. It answers the control stream, the
// probes, and connections to the services of its own list; everything else is refused.
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { afterFrames } from '../../upstream/http2/after-frames.ts';
import { type BufferBudget, firstWindow } from '../wire/buffer-budget.ts';
import {
  controlName,
  errorField,
  type FromConnector,
  type Hello,
  longestLine,
  mostUnheard,
  parseFromEdge,
  probeName,
  protocolField,
  requestField,
  type Visited,
  type Welcome,
  writeLine,
} from '../wire/control-messages.ts';
import { LineReader } from '../wire/line-reader.ts';
import { openWindow, parseWindow, StreamFlow, windowField } from '../wire/stream-flow.ts';
import { Relay, type RelayOutcome } from './relay.ts';
import type { ServiceList } from './service-list.ts';

/** Without a probe of the edge for so long, the connection is dead, milliseconds. */
const silentMs = 28_000;
const mostStreams = 1_000;
const sessionWindowBytes = 16_777_216;
const sessionMemoryMegabytes = 64;
/** Each client that leaves is a reset of its stream: HTTP/2 in Node would take 33 a second for an attack, and cut off everybody. */
const mostResets = 1_000_000;
/** A request of an edge has few fields. */
const mostFieldBytes = 8_192;
const probeBytes = 64;

export interface ConnectorSessionParts {
  readonly socket: TLSSocket;
  readonly services: () => ServiceList;
  /** What all streams of this process may hold that their services do not take. */
  readonly budget: BufferBudget;
  readonly hello: () => Hello;
  readonly onWelcome: (welcome: Welcome) => void;
  readonly onEdges: (edges: Pick<Welcome, 'addresses' | 'pins'>) => void;
  /** The first probe was answered: requests may come. */
  readonly onUsable: () => void;
  /** The edge takes no new requests over it. */
  readonly onDrain: () => void;
  /** @param requestId the request that it was opened for, by its number in the edge's log; `null`: not told */
  readonly onRelay: (service: string, outcome: RelayOutcome, requestId: string | null) => void;
  /** Somebody looked at what is shared. */
  readonly onVisit: (visit: Visited) => void;
  /** Called before anything of the edge is passed on: it ends the session where that may be old. */
  readonly beforePassing: () => void;
  /** Called once. */
  readonly onGone: (cause: string) => void;
  readonly silentMs?: number;
}

export class ConnectorSession {
  readonly #parts: ConnectorSessionParts;
  readonly #session: ServerHttp2Session;
  readonly #relays = new Set<Relay>();
  #control: ServerHttp2Stream | null = null;
  /** `null`: no stream was opened by an edge that counts what it is sent. */
  #flow: StreamFlow | null = null;
  #timer: NodeJS.Timeout;
  #isUsable = false;
  #isDraining = false;
  #isGone = false;

  constructor(parts: ConnectorSessionParts) {
    this.#parts = parts;
    this.#session = performServerHandshake(parts.socket, {
      settings: {
        initialWindowSize: firstWindow,
        maxConcurrentStreams: mostStreams,
        maxHeaderListSize: mostFieldBytes,
      },
      maxSessionMemory: sessionMemoryMegabytes,
      streamResetBurst: mostResets,
      streamResetRate: mostResets,
    });
    this.#session.setLocalWindowSize(sessionWindowBytes);
    this.#session
      .on('error', (error: Error) => this.#finish('code' in error ? String(error.code) : 'error'))
      .on('close', () => this.#finish('closed'))
      .on('stream', (stream, headers) => this.#onStream(stream, headers));
    this.#timer = setTimeout(() => this.end('silence'), parts.silentMs ?? silentMs);
  }

  get isUsable(): boolean {
    return this.#isUsable && !this.#isDraining && !this.#isGone;
  }

  /** Connections that it carries. */
  get open(): number {
    return this.#relays.size;
  }

  #onStream(stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>): void {
    stream.on('error', () => {});
    // It may be over before it is told of: to answer it would throw.
    if (this.#isGone || isOver(stream)) return;
    const name = headers[':authority'];
    if (headers[':method'] !== 'CONNECT' || typeof name !== 'string') deny(stream);
    else if (name === controlName) this.#onControl(stream);
    else if (name === probeName) this.#answerProbe(stream);
    else this.#relay(stream, name, headers);
  }

  // -- what it is asked for

  #relay(stream: ServerHttp2Stream, name: string, headers: Readonly<Record<string, unknown>>): void {
    this.#parts.beforePassing();
    const opener = this.#parts.services().find(name);
    if (opener === undefined) {
      deny(stream);
      return;
    }
    // Nothing was answered: the edge asks another one.
    if (this.#isDraining || this.#isGone) {
      stream.destroy();
      return;
    }
    const protocol = headers[protocolField] === 'h2' ? 'h2' : 'http/1.1';
    const window = this.#limit(stream, parseWindow(headers[windowField]));
    const { beforePassing } = this.#parts;
    const relay: Relay = new Relay(stream, opener, { protocol, window, beforePassing }, (outcome) => {
      this.#relays.delete(relay);
      this.#parts.onRelay(name, outcome, requestIdOf(headers[requestField]));
      this.#leaveIfIdle();
    });
    this.#relays.add(relay);
  }

  /** Both ways, where the edge counts. @param limit what it may be sent @returns what it may send */
  #limit(stream: ServerHttp2Stream, limit: number | null): number | null {
    if (limit === null) return null;
    if (this.#flow === null) {
      this.#flow = new StreamFlow({
        budget: this.#parts.budget,
        tell: (grants) => this.#tell({ type: 'grants', grants: grants.map(([id, upTo]) => [id, upTo]) }),
        onOverrun: () => this.end('sends-too-much'),
      });
      this.#session.settings({ initialWindowSize: openWindow });
    }
    const window = this.#flow.reserve();
    this.#flow.follow(stream, window);
    this.#flow.limit(stream, limit);
    return window;
  }

  /** In the way that requests take: what the edge sent comes back. */
  #answerProbe(stream: ServerHttp2Stream): void {
    let left = probeBytes;
    this.#timer.refresh();
    stream.respond({ ':status': 200 });
    stream.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) stream.destroy();
      else stream.write(chunk);
    });
    stream.on('end', () => stream.end());
    if (this.#isUsable) return;
    this.#isUsable = true;
    this.#parts.onUsable();
  }

  #onControl(stream: ServerHttp2Stream): void {
    if (this.#control !== null) {
      deny(stream);
      return;
    }
    this.#control = stream;
    const reader = new LineReader(
      longestLine,
      (line) => this.#onLine(line),
      () => this.end('bad-message'),
    );
    stream
      .on('data', (chunk: Buffer) => reader.push(chunk))
      .on('end', () => this.#onControlOver(reader))
      .on('close', () => this.#onControlOver(reader));
    stream.respond({ ':status': 200 });
    this.#tell(this.#parts.hello());
  }

  #onControlOver(reader: LineReader): void {
    reader.stop();
    if (!this.#isDraining) this.end('control-closed');
  }

  #onLine(line: string): void {
    if (this.#isGone) return;
    const message = parseFromEdge(line);
    if (message === null) {
      this.end('bad-message');
      return;
    }
    if (message.type === 'welcome') this.#parts.onWelcome(message);
    else if (message.type === 'edges') this.#parts.onEdges(message);
    else if (message.type === 'visited') this.#parts.onVisit(message);
    else if (message.type === 'grants') this.#flow?.onGrants(message.grants);
    else this.#parts.onDrain();
  }

  #tell(message: FromConnector): void {
    if (this.#isGone || this.#control?.writable !== true) return;
    if (this.#control.writableLength > mostUnheard) this.end('does-not-listen');
    else this.#control.write(writeLine(message));
  }

  /** The list has changed. */
  announce(): void {
    this.#tell({ type: 'services', services: this.#parts.services().announce() });
  }

  // -- ends

  /** Take nothing new; it closes when nothing is carried any more. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#tell({ type: 'drain' });
    this.#leaveIfIdle();
  }

  #leaveIfIdle(): void {
    if (!this.#isDraining || this.#relays.size > 0 || this.#isGone) return;
    this.#control?.end();
    afterFrames(() => this.#session.close());
    // What the edge still has open of control and probes does not hold it.
    setTimeout(() => this.end('left'), 250);
  }

  /** Cut it at once. @param cause for the log */
  end(cause: string): void {
    this.#finish(cause);
  }

  #finish(cause: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#timer);
    afterFrames(() => {
      for (const relay of this.#relays) relay.destroy();
      this.#session.destroy();
      this.#parts.socket.destroy();
    });
    this.#parts.onGone(this.#isDraining ? 'left' : cause);
  }
}

/** For the log: nothing but what a number of a request looks like. */
function requestIdOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : null;
}

function isOver({ destroyed, closed }: ServerHttp2Stream): boolean {
  return destroyed || closed;
}

/** What is not in the list is refused, whoever asks. */
function deny(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 403, [errorField]: 'UPSTREAM_TUNNEL_DENIED' }, { endStream: true });
  stream.resume();
}
