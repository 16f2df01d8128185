// Plays the cases that are one connection: their bytes go out as they stand in the table, after the placeholders are filled in.
import type { AttackCase, HttpRequest } from './attack-case.ts';
import type { LogRecord } from './invariants.ts';
import { exchangeRaw, type RawExchange, wireBytes } from './raw-exchange.ts';
import type { Recorder, Seen } from './recorder.ts';

/** A server under attack: bouncer, or the naive build beside it. */
export interface Target {
  readonly name: 'bouncer' | 'naive';
  readonly port: number;
  readonly upstream: Recorder;
  /** The `name=value` of a session cookie. @param isFresh of a login of its own */
  sessionCookie(who: string, isFresh: boolean): Promise<string>;
  /** What stands for `{{name}}`, or `null` when it knows no such thing. */
  fill(name: string): string | null;
  /** The log's request records so far; none where nothing is logged. */
  records(): readonly LogRecord[];
  log(): string;
}

/** What happened. */
export interface Played {
  readonly exchange: RawExchange;
  readonly sent: string;
  /** What the upstream saw of it. */
  readonly seen: readonly Seen[];
  readonly upstreamBytes: number;
  readonly records: readonly LogRecord[];
  readonly logLines: readonly string[];
  readonly cookie: string | null;
}

/** Play a case of kind `http` or `raw`. One at a time: what the upstream sees meanwhile is counted as its own. */
export async function playExchange(one: AttackCase, target: Target): Promise<Played> {
  const cookie =
    one.identity === 'anonymous' && !JSON.stringify(one.request).includes('{{')
      ? null
      : await target.sessionCookie(
          one.identity === 'anonymous' ? 'alice' : one.identity,
          one.isFreshLogin === true,
        );
  const text = requestText(one, cookie, target);
  return playText(text, target, {
    cookie,
    wanted: one.expected.outcome === 'per-request' ? 2 : 1,
    mustClose: one.kind === 'raw' && one.expected.outcome.startsWith('reject'),
    isHead: text.startsWith('HEAD '),
  });
}

export interface PlayOptions {
  readonly cookie?: string | null;
  readonly wanted?: number;
  /** Listen on for the end of the connection. */
  readonly mustClose?: boolean;
  readonly isHead?: boolean;
}

/** Send a text, one byte a character, and gather what came of it. */
export async function playText(text: string, target: Target, options: PlayOptions = {}): Promise<Played> {
  const before = {
    seen: target.upstream.seen.length,
    bytes: target.upstream.bytes(),
    records: target.records().length,
    log: target.log().length,
  };
  const exchange = await exchangeRaw(target.port, wireBytes(text), {
    wanted: options.wanted ?? 1,
    quietMs: options.mustClose === true ? 1500 : 30,
    isHead: options.isHead ?? false,
  });
  // The record is written when the response is out; give a body that was broken off time to be seen as such.
  await new Promise((resolve) => setTimeout(resolve, 10));
  return {
    exchange,
    sent: text,
    seen: target.upstream.seen.slice(before.seen),
    upstreamBytes: target.upstream.bytes() - before.bytes,
    records: target.records().slice(before.records),
    logLines: target
      .log()
      .slice(before.log)
      .split('\n')
      .filter((line) => line !== ''),
    cookie: options.cookie ?? null,
  };
}

function requestText(one: AttackCase, cookie: string | null, target: Target): string {
  if (typeof one.request['raw'] === 'string') return fillIn(one.request['raw'], cookie, target);
  const { method, rawPath, headers } = one.request as unknown as HttpRequest;
  const lines = headers.map(([name, value]) => `${name}: ${fillIn(value, cookie, target)}\r\n`);
  const needsCookie =
    one.identity !== 'anonymous' && !headers.some(([name]) => name.toLowerCase() === 'cookie');
  if (needsCookie) lines.push(`Cookie: ${cookie}\r\n`);
  return `${method} ${fillIn(rawPath, cookie, target)} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function fillIn(text: string, cookie: string | null, target: Target): string {
  return text.replace(/\{\{([^}]+)\}\}/g, (_, name: string) => {
    const pad = /^pad:(\d+)$/.exec(name)?.[1];
    if (pad !== undefined) return 'a'.repeat(Number(pad));
    if (name === '1000 cookies') return Array.from({ length: 1000 }, (_, i) => `c${i}=v`).join('; ');
    if (name === 'cookie:alice') return cookie ?? '';
    if (name === 'alice') return cookie?.slice(cookie.indexOf('=') + 1) ?? '';
    const filled = target.fill(name);
    if (filled === null) throw new Error(`nothing stands for {{${name}}}`);
    return filled;
  });
}
