// The colours of the pages that follow from the operator's one colour, for light and dark. Whatever it is, text stays readable (WCAG 2.2
// success criterion 1.4.3: 4.5 to 1): where the colour is too pale or too dark, a shade of it stands in.

/** Red, green and blue, 0 to 255. */
type Rgb = readonly [red: number, green: number, blue: number];

/** The colours of one scheme, as CSS has them. */
export interface Accents {
  readonly accent: string;
  readonly accentOver: string;
  readonly onAccent: string;
  readonly tint: string;
  readonly onTint: string;
  readonly glow: string;
}

export interface Palette {
  readonly light: Accents;
  readonly dark: Accents;
}

/** What text of the colour stands on: cards and the page around them. */
const grounds = {
  light: { card: [255, 255, 255], page: [243, 245, 242] },
  dark: { card: [24, 32, 29], page: [15, 21, 19] },
} as const;

const least = 4.5;
const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];

/** @param color `#rgb` or `#rrggbb` */
export function paletteOf(color: string): Palette {
  const own = parseColor(color);
  return {
    light: accentsOf(own, 'light'),
    dark: accentsOf(own, 'dark'),
  };
}

function accentsOf(own: Rgb, scheme: 'light' | 'dark'): Accents {
  const { card, page } = grounds[scheme];
  const towards = scheme === 'light' ? black : white;
  const tint = mix(own, card, scheme === 'light' ? 0.12 : 0.22);
  const glow = mix(own, page, scheme === 'light' ? 0.06 : 0.12);
  const accent = readable(own, [card, page, glow], towards);
  const onAccent = contrast(accent, white) >= contrast(accent, black) ? white : black;
  const accentOver = readable(mix(towards, accent, 0.16), [onAccent], towards);
  return {
    accent: hex(accent),
    accentOver: hex(accentOver),
    onAccent: hex(onAccent),
    tint: hex(tint),
    onTint: hex(readable(accent, [tint], towards)),
    glow: hex(glow),
  };
}

/** The colour itself, or the nearest shade of it that is readable on every ground. */
function readable(color: Rgb, on: readonly Rgb[], towards: Rgb): Rgb {
  for (let share = 0; share <= 100; share += 2) {
    const shade = mix(towards, color, share / 100);
    if (on.every((ground) => contrast(shade, ground) >= least)) return shade;
  }
  return towards;
}

/** @param share of the first, 0 to 1 */
function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2): number => Math.round(a[index] * share + b[index] * (1 - share));
  return [part(0), part(1), part(2)];
}

/** WCAG 2.2, "contrast ratio". */
export function contrast(a: Rgb, b: Rgb): number {
  const [one, other] = [luminance(a), luminance(b)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

export function parseColor(color: string): Rgb {
  const digits = color.slice(1);
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const part = (from: number): number => Number.parseInt(long.slice(from, from + 2), 16);
  return [part(0), part(2), part(4)];
}

function hex(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
