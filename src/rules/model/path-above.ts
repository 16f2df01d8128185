// Which path of an application stands above another one: its policies are those that the lower one replaces.
import type { PathRules } from './rules-set.ts';

/** @returns the longest path above `inner`; `null`: only the application's own policies are */
export function pathAbove(paths: readonly PathRules[], inner: PathRules): PathRules | null {
  return paths
    .filter(({ path }) => inner.path.startsWith(`${path}/`))
    .reduce<PathRules | null>(
      (best, one) => (best === null || one.path.length > best.path.length ? one : best),
      null,
    );
}
