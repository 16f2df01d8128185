// One connection of a connector, from the edge's side: the session of HTTP/2 in which the edge asks, the control stream, and the probes.
// It carries nothing before the connector has said what it offers, and goes when two probes in a row found nobody.

import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { peerAddress } from '../../http/client-address.ts';
import type { StoredConnector } from '../../store/tunnel-store.ts';
import type { Carrier } from '../../upstream/carriers.ts';
import { afterFrames } from '../../upstream/http2/after-frames.ts';
import type { SocketWishes, UpstreamSocket } from '../../upstream/opener.ts';
import { type BufferBudget, firstWindow } from '../wire/buffer-budget.ts';
import {
  controlName,
  type FromConnector,
  type FromEdge,
  type Hello,
  hearsGrants,
  longestLine,
  mostUnheard,
  parseFromConnector,
  protocolVersion,
  type Services,
  writeLine,
} from '../wire/control-messages.ts';
import { LineReader } from '../wire/line-reader.ts';
import { openWindow, StreamFlow } from '../wire/stream-flow.ts';
import { openCarried, refuseCarried } from './carried-socket.ts';
import { askProbe } from './probe.ts';

/** How long a connector may take for its hello, milliseconds: it proved who it is, and where many come at a time each has to wait. */
const helloMs = 25_000;
/** From an answer of a probe to the next question, and how long an answer may take, milliseconds. Two in vain: gone within 30 s. */
const probeEveryMs = 10_000;
const probeWithinMs = 6_000;
const failuresAllowed = 2;
/** Streams at a time that the edge opens, where the connector allows more. */
const mostStreams = 1_000;
/** Of those, what is left for the control stream and the probes, of which one that waits for a place would look like a dead line. */
const ownStreams = 16;
const sessionMemoryMegabytes = 64;
/** Fields of a response of a connector: its own few. */
const mostFields = 32;
/** What waits for a connector that does not take in what it is told, bytes: more of what it need not know is left out. */
const mostUntold = 65_536;
/** Of the connection; each stream has its own. */
const sessionWindowBytes = 16_777_216;

export interface SessionParts {
  readonly socket: TLSSocket;
  readonly connector: StoredConnector;
  /** What all streams of this process may hold that nobody takes. */
  readonly budget: BufferBudget;
  /** What the connector is told when it said hello. @returns why it is not let in, or `null` */
  readonly onHello: (session: EdgeSession, hello: Hello) => string | null;
  readonly welcome: () => FromEdge;
  /** What it offers, or whether it takes anything, has changed. */
  readonly onChange: (session: EdgeSession) => void;
  /** Called once. */
  readonly onGone: (session: EdgeSession, cause: string) => void;
  readonly times?: { readonly probeEveryMs: number; readonly probeWithinMs: number };
}

export class EdgeSession implements Carrier {
  readonly connector: StoredConnector;
  readonly address: string;
  readonly sinceMs: number = performance.now();
  /** Of the last probe, milliseconds; `null` before the first. */
  roundTripMs: number | null = null;
  /** Connections to services that it was asked for. */
  opened = 0;
  /** Those that are open. */
  openNow = 0;
  /** Requests that went by it. */
  requests = 0;
  readonly #parts: SessionParts;
  readonly #socket: TLSSocket;
  readonly #session: ClientHttp2Session;
  #control: ClientHttp2Stream | null = null;
  #hello: Hello | null = null;
  #services: Services = {};
  /** `null`: the connector keeps to HTTP/2's windows alone. */
  #flow: StreamFlow | null = null;
  #isProbed = false;
  #isDraining = false;
  #isGone = false;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#socket = parts.socket;
    this.connector = parts.connector;
    this.address = peerAddress(parts.socket.remoteAddress) ?? '';
    this.#timer = setTimeout(() => this.end('no-hello'), helloMs);
    this.#session = connect('http://tunnel', {
      createConnection: () => parts.socket,
      settings: { enablePush: false, initialWindowSize: firstWindow },
      maxSessionMemory: sessionMemoryMegabytes,
      maxHeaderListPairs: mostFields,
      peerMaxConcurrentStreams: mostStreams,
      maxReservedRemoteStreams: 0,
    });
    this.#session
      .on('error', (error: Error) => this.#finish('code' in error ? String(error.code) : 'error'))
      .on('close', () => this.#finish('closed'))
      .on('goaway', () => this.#onLeaving())
      .once('remoteSettings', () => this.#greet());
  }

  get name(): string {
    return this.connector.id;
  }

  /** What the connector said of itself; `null` before. */
  get hello(): Hello | null {
    return this.#hello;
  }

  get services(): readonly string[] {
    return Object.keys(this.#services);
  }

  /** It was heard of in the way that requests take, and takes more of them. */
  get isUsable(): boolean {
    return this.#isProbed && !this.#isDraining && !this.#isGone && !this.#session.closed;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  offers(service: string): boolean {
    return Object.hasOwn(this.#services, service);
  }

  noteRequest(): void {
    this.requests++;
  }

  /** Connect to a service. Errors come as events of what is returned. */
  open(service: string, wishes: SocketWishes): UpstreamSocket {
    // Between the word and the end: nothing more is asked of whom it cuts.
    if (this.#isGone) return refuseCarried('UPSTREAM_TUNNEL_REFUSED');
    if (this.openNow >= mostStreams - ownStreams) return refuseCarried('UPSTREAM_TUNNEL_FULL');
    this.opened++;
    this.openNow++;
    const socket = openCarried(this.#session, service, wishes, this.#flow);
    socket.once('close', () => {
      this.openNow--;
    });
    return socket;
  }

  // -- the control stream

  #greet(): void {
    // What it said may have ended the session in the same moment.
    if (this.#isGone || this.#session.closed || this.#session.destroyed) return;
    this.#session.setLocalWindowSize(sessionWindowBytes);
    const control = this.#session.request({ ':method': 'CONNECT', ':authority': controlName });
    this.#control = control;
    const reader = new LineReader(
      longestLine,
      (line) => this.#onLine(line),
      () => this.end('bad-message'),
    );
    control
      .on('data', (chunk: Buffer) => reader.push(chunk))
      .on('error', () => {})
      .on('end', () => this.#onControlOver(reader))
      .on('close', () => this.#onControlOver(reader));
  }

  /** Its connector says nothing more, whatever else is still open. */
  #onControlOver(reader: LineReader): void {
    reader.stop();
    if (!this.#isDraining) this.end('control-closed');
  }

  #onLine(line: string): void {
    if (this.#isGone) return;
    const message = parseFromConnector(line);
    if (message === null) this.end('bad-message');
    else this.#onMessage(message);
  }

  #onMessage(message: FromConnector): void {
    if (message.type === 'hello') {
      this.#onHello(message);
    } else if (this.#hello === null) {
      this.end('bad-message');
    } else if (message.type === 'services') {
      this.#services = message.services;
      this.#parts.onChange(this);
    } else if (message.type === 'grants') {
      this.#flow?.onGrants(message.grants);
    } else {
      this.#onLeaving();
    }
  }

  #onHello(hello: Hello): void {
    const [lowest, highest] = hello.protocol;
    const isOther = lowest > protocolVersion || highest < protocolVersion;
    const mistake = this.#hello !== null ? 'bad-message' : isOther ? 'other-version' : null;
    const refusal = mistake ?? this.#parts.onHello(this, hello);
    if (refusal !== null) {
      this.end(refusal);
      return;
    }
    this.#hello = hello;
    this.#services = hello.services;
    if (hello.hears?.includes(hearsGrants) === true) this.#startFlow();
    this.tell(this.#parts.welcome());
    this.#probe();
  }

  #startFlow(): void {
    this.#flow = new StreamFlow({
      budget: this.#parts.budget,
      tell: (grants) =>
        this.tell({ type: 'grants', grants: grants.map(([stream, limit]) => [stream, limit]) }),
      onOverrun: () => this.end('sends-too-much'),
    });
    this.#session.settings({ initialWindowSize: openWindow });
  }

  /** Say something to the connector. */
  tell(message: FromEdge): void {
    if (this.#isGone || this.#control?.writable !== true) return;
    // Whoever sends and does not listen would have its words kept for ever.
    if (this.#control.writableLength > mostUnheard) this.end('does-not-listen');
    else this.#control.write(writeLine(message));
  }

  /** Whether it understands what only some do, and takes it in as fast as it is told. */
  hears(word: string): boolean {
    const isListening = this.#hello?.hears?.includes(word) === true;
    return isListening && (this.#control?.writableLength ?? 0) < mostUntold;
  }

  // -- probes

  #probe(): void {
    if (this.#isGone) return;
    const { probeWithinMs: within, probeEveryMs: every } = this.#parts.times ?? {
      probeWithinMs,
      probeEveryMs,
    };
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    askProbe(this.#session, within, (roundTripMs) => {
      if (this.#isGone) return;
      if (roundTripMs === null) {
        this.#failures++;
        if (this.#failures >= failuresAllowed) this.end('no-answer-to-probes');
        else this.#probe();
        return;
      }
      this.#failures = 0;
      this.roundTripMs = roundTripMs;
      this.#timer = setTimeout(() => this.#probe(), every);
      this.#timer.unref();
      if (this.#isProbed) return;
      this.#isProbed = true;
      this.#parts.onChange(this);
    });
  }

  // -- ends

  /** The connector takes nothing new; what it carries goes on. */
  #onLeaving(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#parts.onChange(this);
  }

  /** Tell the connector to connect elsewhere as well: this process is about to stop. Until it does, this connection goes on. */
  sayGoodbye(): void {
    this.tell({ type: 'drain' });
  }

  /** Cut it at once. @param cause for the log */
  end(cause: string): void {
    this.#finish(cause);
  }

  #finish(cause: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    afterFrames(() => {
      this.#session.destroy();
      this.#socket.destroy();
    });
    this.#parts.onGone(this, this.#isDraining && cause === 'closed' ? 'left' : cause);
  }
}
