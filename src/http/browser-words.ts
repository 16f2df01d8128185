// Which browser asked, in a few fixed words for people. Nothing of what the client sent gets into them.

const longest = 512;

const browsers: readonly (readonly [sign: string, name: string])[] = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrom', 'Chrome'],
  ['Safari', 'Safari'],
];

const systems: readonly (readonly [sign: string, name: string])[] = [
  ['iPhone', 'an iPhone'],
  ['iPad', 'an iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['CrOS', 'ChromeOS'],
  ['Macintosh', 'a Mac'],
  ['Linux', 'Linux'],
];

/** @param userAgent as sent @returns such as `Firefox on Windows`, or `a browser` */
export function describeBrowser(userAgent: string | undefined): string {
  const text = userAgent?.slice(0, longest) ?? '';
  const nameIn = (table: readonly (readonly [string, string])[]): string | null =>
    table.find(([sign]) => text.includes(sign))?.[1] ?? null;
  const browser = nameIn(browsers);
  const system = nameIn(systems);
  if (browser === null) return system === null ? 'a browser' : `a browser on ${system}`;
  return system === null ? browser : `${browser} on ${system}`;
}
