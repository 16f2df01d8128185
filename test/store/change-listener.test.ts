// Whether the database calls on the connection that listens: only an echo that comes by itself says so.
import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ChangeListener, type ChangeListenerParts } from '../../src/store/postgres/change-listener.ts';

/** A database that sends what it is told to, in the answer to a question or by itself. */
function startListener(arrives: (echoes: number) => 'by-itself' | 'in-an-answer' | 'never') {
  const client = Object.assign(new EventEmitter(), { query: async () => {}, end: async () => {} });
  const waiting: string[] = [];
  let echoes = 0;
  const deaf = vi.fn();
  const call = (payload: string): unknown => client.emit('notification', { payload });
  const listener = new ChangeListener({
    db: {
      notify: async (_channel: string, payload: string) => {
        const way = arrives(++echoes);
        if (way === 'by-itself') setTimeout(call, 5, payload);
        else if (way === 'in-an-answer') waiting.push(payload);
      },
    },
    connector: { open: async () => client },
    listener: { deaf },
    answerLimitMs: 1_000,
    readOn: async () => {
      for (const payload of waiting.splice(0)) call(payload);
    },
    readAside: async () => {},
  } as unknown as ChangeListenerParts);
  onTestFinished(() => listener.close());
  return { listener, deaf, echoes: () => echoes };
}

const patience = { timeout: 30_000 };

test('an echo that comes with the answers to its questions alone leaves it deaf, and is not asked for without end', async () => {
  const { listener, deaf, echoes } = startListener(() => 'in-an-answer');
  await vi.waitFor(() => expect(listener.isDeaf).toBe(true), patience);
  expect(deaf).toHaveBeenCalledTimes(1);
  const soFar = echoes();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(echoes()).toBe(soFar);
});

test('one that met a question is sent again, and comes by itself', async () => {
  const { listener, deaf, echoes } = startListener((n) => (n === 1 ? 'in-an-answer' : 'by-itself'));
  await vi.waitFor(() => expect(echoes()).toBe(2), patience);
  // Longer than an echo may take.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(listener.isDeaf).toBe(false);
  expect(deaf).not.toHaveBeenCalled();
  expect(echoes()).toBe(2);
});

test('none at all leaves it deaf', async () => {
  const { listener } = startListener(() => 'never');
  await vi.waitFor(() => expect(listener.isDeaf).toBe(true), patience);
});
