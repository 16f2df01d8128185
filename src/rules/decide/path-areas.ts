// Which area a path lies in: the longest path of the rules by whole segments, and whether every reader would say the same.
import type { RequestTarget } from '../../http/request-target.ts';
import { foldPath } from '../model/fold-path.ts';

interface Node<T> {
  area: T | null;
  readonly children: Map<string, Node<T>>;
}

/**
 * Compiles the choice of an area.
 *
 * @param whole the area of everything that no path covers
 * @returns `ambiguous` for a target that some reader (see `RequestTarget.readings`), or one that knows no case, takes for
 *   a path in another area
 */
export function compileAreas<T extends { readonly path: string | null }>(
  whole: T,
  areas: readonly T[],
): (target: RequestTarget) => T | 'ambiguous' {
  if (areas.length === 0) return () => whole;
  const exact = createTree(areas, (path) => path);
  const folded = createTree(areas, foldPath);
  const isFolded = areas.every(({ path }) => path === null || foldPath(path) === path);
  return ({ path, readings }) => {
    const area = select(exact, whole, path);
    if (readings.length === 0 && isFolded) return area;
    if (select(folded, whole, foldPath(path)) !== area) return 'ambiguous';
    for (const reading of readings) {
      if (select(folded, whole, foldPath(reading)) !== area) return 'ambiguous';
    }
    return area;
  };
}

function createTree<T extends { readonly path: string | null }>(
  areas: readonly T[],
  write: (path: string) => string,
): Node<T> {
  const root: Node<T> = { area: null, children: new Map() };
  for (const area of areas) {
    let node = root;
    for (const segment of write(area.path ?? '/')
      .split('/')
      .slice(1)) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { area: null, children: new Map() };
        node.children.set(segment, child);
      }
      node = child;
    }
    node.area = area;
  }
  return root;
}

function select<T>(root: Node<T>, whole: T, path: string): T {
  let node = root;
  let area = whole;
  for (let start = 1; start <= path.length; ) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    const child = node.children.get(path.slice(start, end));
    if (child === undefined) break;
    if (child.area !== null) area = child.area;
    node = child;
    start = end + 1;
  }
  return area;
}
