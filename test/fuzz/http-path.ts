// Fuzz target: no lenient server reads a path into an area that the readings do not name.
import fc from 'fast-check';
import { parseOpaqueTarget, parseTarget } from '../../src/http/canonical-path.ts';
import type { RequestTarget } from '../../src/http/request-target.ts';
import { readsAsReserved } from '../../src/http/reserved-path.ts';
import { compileAreas } from '../../src/rules/decide/path-areas.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { areaOf, areaPaths, byteQuirks, lenientReaders, quirks } from '../http/lenient-readers.ts';
import { fuzzTarget } from './fuzz-target.ts';

const piece = fc.constantFrom(
  ...['a', 'admin', 'public', 'deep', 'payments', 'api', 'v4', '.bouncer', 'ADMIN', 'Public', 'ad', 'min'],
  ...[
    '.',
    '..',
    '...',
    '/',
    '//',
    '/',
    '/',
    '/',
    ';',
    ';x=1',
    '%2e',
    '%2E',
    '%2f',
    '%2F',
    '%5c',
    '%5C',
    '%3b',
    '%25',
  ],
  ...[
    '%252e',
    '%252f',
    '%255c',
    '%253b',
    '%20',
    '%61',
    '%2561',
    '%41',
    '%3f',
    '%23',
    '%00',
    '%09',
    ' ',
    '\\',
    '#',
  ],
  ...[
    '%c0%ae',
    '%c0%af',
    '%ef%bc%8f',
    '%ef%bc%8e',
    '%e2%80%a5',
    '%EF%BC%A1',
    '%c4%b1',
    '%c3%a9',
    '%ff',
    '%',
    '%2',
    '%e9',
    '.bounc%E9er',
    '%2ebouncer%0d',
    '.bo%uncer',
  ],
  ...[
    ':$DATA',
    '::$INDEX',
    '?q=/admin',
    '%u002f',
    '%25u002f',
    '%e3%80%82',
    '~',
    '+',
    '*',
    '@',
    ':8080',
    '%e2%84%aa',
  ],
);
export const hostilePath = fc
  .array(piece, { minLength: 1, maxLength: 12 })
  .map((pieces) => `/${pieces.join('')}`);

/** The choice that the product makes, on the same areas. */
const selectArea = compileAreas<{ readonly path: string | null }>(
  { path: null },
  areaPaths.map((path) => ({ path })),
);

/** The target with the areas of all its readings, or `null` when it is refused. */
function areasOf(
  text: string,
): { readonly target: RequestTarget; readonly areas: ReadonlySet<string> } | null {
  const target = parseTarget(text);
  if ('problem' in target) return null;
  return { target, areas: new Set([target.path, ...target.readings].map(areaOf)) };
}

export const httpPath = fuzzTarget('http-path', {
  'what passes, passes byte for byte': fc.property(hostilePath, (text) => {
    const target = parseTarget(text);
    return 'problem' in target || target.path + target.query === text;
  }),
  'reading a canonical path again gives the same': fc.property(hostilePath, (text) => {
    const target = parseTarget(text);
    if ('problem' in target) return true;
    return JSON.stringify(parseTarget(target.path)) === JSON.stringify({ ...target, query: '' });
  }),
  'each of eight lenient servers ends in an area of a reading': fc.property(hostilePath, (text) => {
    const read = areasOf(text);
    if (read === null) return true;
    return Object.values(lenientReaders).every((reader) => {
      const path = reader(read.target.path);
      return path === null || read.areas.has(areaOf(path));
    });
  }),
  'any chain of lenient steps ends in an area of a reading': fc.property(
    hostilePath,
    fc.array(fc.constantFrom(...quirks), { minLength: 1, maxLength: 6 }),
    (text, chain) => {
      const read = areasOf(text);
      if (read === null) return true;
      return read.areas.has(areaOf(chain.reduce((path, quirk) => quirk(path), read.target.path as string)));
    },
  ),
  'a path that all readings put into one area is in that area for every server': fc.property(
    hostilePath,
    (text) => {
      const read = areasOf(text);
      if (read === null || read.areas.size > 1) return true;
      const area = areaOf(read.target.path);
      return Object.values(lenientReaders).every((reader) => {
        const path = reader(read.target.path);
        return path === null || areaOf(path) === area;
      });
    },
  ),
  'the rules admit only what every server reads into the area that they chose': fc.property(
    hostilePath,
    (text) => {
      const target = parseTarget(text);
      const area = 'problem' in target ? 'ambiguous' : selectArea(target);
      if ('problem' in target || area === 'ambiguous') return true;
      return Object.values(lenientReaders).every((reader) => {
        const path = reader(target.path);
        return path === null || areaOf(path) === (area.path ?? '');
      });
    },
  ),
  'what only its encoding spoils stays as sent and is marked; all else is read alike': fc.property(
    hostilePath,
    (text) => {
      const strict = parseTarget(text);
      const opaque = parseOpaqueTarget(text);
      if (!('problem' in strict)) return JSON.stringify(opaque) === JSON.stringify(strict);
      if (strict.problem !== 'path-encoding' && strict.problem !== 'path-control')
        return 'problem' in opaque && opaque.problem === strict.problem;
      if ('problem' in opaque)
        return opaque.problem === 'path-ambiguous' || opaque.problem === 'path-above-root';
      return opaque.path + opaque.query === text && opaque.unclear === strict.problem;
    },
  ),
  'however it is encoded, no lenient server reads a path into the reserved prefix that no reading names':
    fc.property(
      hostilePath,
      fc.array(fc.constantFrom(...quirks, ...byteQuirks), { minLength: 1, maxLength: 6 }),
      (text, chain) => {
        const target = parseOpaqueTarget(text);
        if ('problem' in target || [target.path, ...target.readings].some(readsAsReserved)) return true;
        // What is done with bytes that are no text is nothing to a path that is one.
        const isSpoilt = target.unclear !== undefined;
        const read = [
          chain.reduce(
            (path, quirk) => (isSpoilt || !byteQuirks.includes(quirk) ? quirk(path) : path),
            target.path as string,
          ),
          ...Object.values(lenientReaders).map((reader) => reader(target.path)),
        ];
        return read.every((path) => path === null || !readsAsReserved(path));
      },
    ),
  'any text at all is read without a throw': fc.property(
    fc.string({ unit: anyCharacter, maxLength: 200 }),
    (text) => {
      const target = parseTarget(`/${text}`);
      return 'problem' in target || /^\/[!-~]*$/.test(target.path);
    },
  ),
});
