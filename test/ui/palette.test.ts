import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Accents, contrast, paletteOf, parseColor } from '../../src/ui/palette.ts';

const ratio = (one: string, other: string) => contrast(parseColor(one), parseColor(other));

/** As the style sheet has them. */
const grounds = { light: ['#ffffff', '#f3f5f2'], dark: ['#18201d', '#0f1513'] } as const;

function expectReadable(accents: Accents, scheme: 'light' | 'dark', color: string): void {
  for (const ground of [...grounds[scheme], accents.glow])
    expect(ratio(accents.accent, ground), `${color} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  for (const button of [accents.accent, accents.accentOver])
    expect(ratio(accents.onAccent, button), `${color} on a button`).toBeGreaterThanOrEqual(4.5);
  expect(ratio(accents.onTint, accents.tint), `${color} on its tint`).toBeGreaterThanOrEqual(4.5);
}

describe('the colours of a brand', () => {
  test('follow the standard’s contrast of black and white', () => {
    expect(ratio('#000', '#ffffff')).toBeCloseTo(21, 5);
    expect(ratio('#777777', '#fff')).toBeCloseTo(4.478, 2);
  });

  test.each(['#000000', '#ffffff', '#ff0', '#00ff00', '#0b5fff', '#808080', '#FF00FF', '#12584a'])(
    'are readable in light and dark: %s',
    (color) => {
      const { light, dark } = paletteOf(color);
      expectReadable(light, 'light', color);
      expectReadable(dark, 'dark', color);
    },
  );

  test('are readable whatever the colour is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
        const color = `#${number.toString(16).padStart(6, '0')}`;
        const { light, dark } = paletteOf(color);
        expectReadable(light, 'light', color);
        expectReadable(dark, 'dark', color);
      }),
      { numRuns: 2000 },
    );
  });

  test('are the brand’s very own where that is readable', () => {
    expect(paletteOf('#0a4fd6').light.accent).toBe('#0a4fd6');
    expect(paletteOf('#9ac8f0').dark.accent).toBe('#9ac8f0');
    expect(paletteOf('#04c').light.accent).toBe('#0044cc');
  });
});
