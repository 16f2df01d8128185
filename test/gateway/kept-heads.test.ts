// What is kept of a connection's heads: never another connection's, never of fields that differ, and bounded.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Asking, KeptHeads } from '../../src/gateway/kept-heads.ts';
import { markKnown } from '../../src/http/known-head.ts';

function connection(): Socket {
  return Object.assign(new EventEmitter(), { destroyed: false }) as unknown as Socket;
}

/** A request with a list of fields of its own. */
function asking(socket: Socket, fields: readonly string[]): Asking {
  return { socket, rawHeaders: [...fields], httpVersionMajor: 1 };
}

/** The same over HTTP/2, whose `socket` is another object with each request. */
function asking2(session: Socket, fields: readonly string[]): Asking {
  const message = { socket: connection(), rawHeaders: [...fields], httpVersionMajor: 2, stream: { session } };
  return message as unknown as Asking;
}

const plain = ['Host', 'a.test', 'Cookie', 'a=b'];

/** Keep these fields of a connection. */
function kept(heads: KeptHeads, on: Socket, fields: readonly string[]) {
  const head = heads.recall(asking(on, fields));
  heads.keep(asking(on, fields), head);
  return head;
}

function kept2(heads: KeptHeads, on: Socket, fields: readonly string[]) {
  const head = heads.recall(asking2(on, fields));
  heads.keep(asking2(on, fields), head);
  return head;
}

describe('a connection', () => {
  it('has its last head again where the fields are the same, and says that it came before', () => {
    const [heads, on] = [new KeptHeads(), connection()];
    const head = kept(heads, on, plain);
    expect(head.isRepeated).toBe(false);
    expect(heads.recall(asking(on, plain))).toBe(head);
    expect(head.isRepeated).toBe(true);
  });

  it.each([
    ['another case', ['host', 'a.test', 'Cookie', 'a=b']],
    ['another order', ['Cookie', 'a=b', 'Host', 'a.test']],
    ['another value', ['Host', 'a.test', 'Cookie', 'a=c']],
    ['one more', [...plain, 'X-A', 'a']],
    ['one less', ['Host', 'a.test']],
    ['none', []],
  ])('has none for fields with %s', (_, fields) => {
    const [heads, on] = [new KeptHeads(), connection()];
    const head = kept(heads, on, plain);
    const other = heads.recall(asking(on, fields));
    expect(other).not.toBe(head);
    expect(other).toMatchObject({ rawHeaders: fields, gate: null, token: null, forwarded: null, text: null });
  });

  it('has the head that was noted on a request, while its fields are that list', () => {
    const [heads, on] = [new KeptHeads(), connection()];
    const head = kept(heads, on, plain);
    const request = { ...asking(on, plain), rawHeaders: [...plain] };
    markKnown(request, head);
    expect(heads.recall(request)).toBe(head);
    request.rawHeaders = ['Host', 'a.test', 'Cookie', 'a=of-somebody-else'];
    expect(heads.recall(request)).not.toBe(head);
  });

  it('has nothing of another one', () => {
    const heads = new KeptHeads();
    const head = kept(heads, connection(), plain);
    expect(heads.recall(asking(connection(), plain))).not.toBe(head);
  });

  it('has nothing of a head that was not let in', () => {
    const [heads, on] = [new KeptHeads(), connection()];
    const head = heads.recall(asking(on, plain));
    expect(heads.recall(asking(on, plain))).not.toBe(head);
  });

  it('has one head, the last', () => {
    const [heads, on] = [new KeptHeads(), connection()];
    const first = kept(heads, on, plain);
    const second = kept(heads, on, ['Host', 'b.test']);
    expect(heads.recall(asking(on, plain))).not.toBe(first);
    expect(heads.recall(asking(on, ['Host', 'b.test']))).toBe(second);
  });
});

describe('a session of HTTP/2', () => {
  const kinds = ['document', 'style', 'script', 'image', 'font'].map((kind) => [
    'Host',
    'a.test',
    'Accept',
    kind,
  ]);

  it('has the heads of its last four kinds of request', () => {
    const [heads, on] = [new KeptHeads(), connection()];
    const all = kinds.map((fields) => kept2(heads, on, fields));
    const found = kinds.map((fields) => heads.recall(asking2(on, fields)));
    expect(found.map((one, i) => one === all[i])).toEqual([false, true, true, true, true]);
    expect(all.map(({ isRepeated }) => isRepeated)).toEqual([false, true, true, true, true]);
    expect(on.listenerCount('close')).toBe(1);
  });

  it('has nothing of another one, and nothing once it is over', () => {
    const [heads, on, gone] = [new KeptHeads(), connection(), connection()];
    const head = kept2(heads, on, plain);
    expect(heads.recall(asking2(connection(), plain))).not.toBe(head);
    Object.assign(gone, { destroyed: true });
    expect(heads.recall(asking2(gone, plain))).not.toBe(kept2(heads, gone, plain));
    const over = asking2(on, plain);
    Object.assign(over, { stream: {} });
    expect(heads.recall(over)).not.toBe(head);
    on.emit('close');
    expect(heads.recall(asking2(on, plain))).not.toBe(head);
  });
});

describe('what all connections keep', () => {
  const long = ['Host', 'a.test', 'Cookie', 'a'.repeat(3_500)];
  /** How many connections can keep their long head. */
  function keepersOf(heads: KeptHeads): Socket[] {
    const keepers: Socket[] = [];
    for (let i = 0; i < 10_000; i++) {
      const on = connection();
      const head = kept(heads, on, long);
      if (heads.recall(asking(on, long)) !== head) break;
      keepers.push(on);
    }
    return keepers;
  }

  it('is bounded, and connections that close leave room', () => {
    const heads = new KeptHeads();
    const keepers = keepersOf(heads);
    expect(keepers.length).toBeGreaterThan(1_000);
    expect(keepers.length).toBeLessThan(10_000);
    for (const on of keepers.slice(0, 10)) on.emit('close');
    expect(keepersOf(heads)).toHaveLength(10);
    // A session gives back the room of all that it keeps.
    const session = connection();
    for (const one of keepers.slice(10, 14)) one.emit('close');
    for (const i of [1, 2, 3, 4])
      kept2(heads, session, ['Host', 'a.test', 'Cookie', String(i).repeat(3_500)]);
    expect(keepersOf(heads)).toHaveLength(0);
    session.emit('close');
    expect(keepersOf(heads)).toHaveLength(4);
    // Another head of a connection that keeps one takes the place of that one.
    const [last] = keepers.slice(-1);
    if (last === undefined) throw new Error('nobody keeps anything');
    const short = kept(heads, last, plain);
    expect(heads.recall(asking(last, plain))).toBe(short);
  });

  it('holds no head that is far larger than those of browsers, and none of a connection that is gone', () => {
    const [heads, on, gone] = [new KeptHeads(), connection(), connection()];
    const large = ['Host', 'a.test', 'Cookie', 'a'.repeat(5_000)];
    expect(heads.recall(asking(on, large))).not.toBe(kept(heads, on, large));
    Object.assign(gone, { destroyed: true });
    expect(heads.recall(asking(gone, plain))).not.toBe(kept(heads, gone, plain));
    expect(gone.listenerCount('close')).toBe(0);
  });

  it('listens once to each connection', () => {
    const [heads, on] = [new KeptHeads(), connection()];
    for (let i = 0; i < 20; i++) kept(heads, on, ['Host', `${i}.test`]);
    expect(on.listenerCount('close')).toBe(1);
  });
});
