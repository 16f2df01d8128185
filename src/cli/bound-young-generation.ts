// How far V8's young generation may grow, and what its compiler leaves behind, for a process that runs for long.
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** The V8 in which this was measured; an older one may not know the flags, and says so on standard error. */
const firstMeasuredV8 = 14;

/** How often it is looked at again, as V8 makes it smaller where little is allocated. */
const lookAgainMs = 5_000;

/** V8's flag is whole: what it has now times this. */
const growing = 2;
const fixed = 1;

/**
 * Keep V8's young generation from growing beyond a size that the command line alone can set (`--max-semi-space-size`): by the factor by
 * which it grows, which V8 reads each time. After each collection it is looked at, until it has that size, and now and then from there on.
 *
 * Jobs of V8's middle compiler are freed where they end. It leaves that to a thread that comes late otherwise, and their memory piles up.
 *
 * Both for the whole process, so not for the library door.
 *
 * @param mostBytes of one of its halves. It may be twice that, where it was nearly there already.
 */
export function boundYoungGeneration(mostBytes: number): void {
  if (Number.parseInt(process.versions.v8, 10) < firstMeasuredV8) return;
  setFlagsFromString('--no-maglev-destroy-on-background');
  const collections = new PerformanceObserver(look);
  let factor = 0;
  function look(): void {
    const wanted = capacity() < mostBytes ? growing : fixed;
    if (wanted === factor) return;
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
    if (factor === growing) collections.observe({ entryTypes: ['gc'] });
    else collections.disconnect();
  }
  look();
  setInterval(look, lookAgainMs).unref();
}

/** Bytes of one half. A part of each of its pages is V8's own. */
function capacity(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young === undefined ? 0 : (young.space_used_size + young.space_available_size) * 1.01;
}
