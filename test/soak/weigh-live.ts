// Loaded into the bouncer of the soak before its own code: at SIGUSR2 it collects all garbage and writes what is left into
// BOUNCER_WEIGHT_FILE, so that a heap that grows can be told from one that was not collected yet. Needs `--expose-gc`.
import { renameSync, writeFileSync } from 'node:fs';
import { writeHeapSnapshot } from 'node:v8';

const file = process.env['BOUNCER_WEIGHT_FILE'] ?? '';
const collect = (globalThis as { gc?: () => void }).gc;

process.on('SIGUSR2', () => {
  collect?.();
  // What the first collection lets go of by finalizers, the second takes.
  setTimeout(() => {
    collect?.();
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
    writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, external, arrayBuffers, rss }));
    renameSync(`${file}.new`, file);
    if (process.env['BOUNCER_HEAP_SNAPSHOTS'] !== undefined)
      writeHeapSnapshot(`${process.env['BOUNCER_HEAP_SNAPSHOTS']}-${Date.now()}.heapsnapshot`);
  }, 100);
});
