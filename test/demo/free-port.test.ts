import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';

/** Opens a listener and keeps it. */
async function listen(port: number): Promise<{ close(): void }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

describe('a free port', () => {
  test.runIf(process.platform === 'linux')(
    'is kept by the kernel until whoever asked listens there, which they may at once',
    async () => {
      const port = await findFreePort(0, 1);
      const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
      const states = readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, address]) => address === local)
        .map(([, , , state]) => state);
      // TIME-WAIT.
      expect(states).toEqual(['06']);
      (await listen(port)).close();
    },
  );

  test('is the next one where the first is taken, and none is an error with a hint', async () => {
    const first = await findFreePort(0, 1);
    const taken = await listen(first);
    try {
      const next = await findFreePort(first, 50);
      expect([next > first, next < first + 50]).toEqual([true, true]);
      await expect(findFreePort(first, 1)).rejects.toMatchObject({
        code: 'listen_failed',
        hint: expect.stringContaining('--port'),
      });
    } finally {
      taken.close();
    }
  });
});
