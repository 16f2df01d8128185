// Which browser asked, by a few fixed names. Nothing of what the client sent gets into them; src/texts says them to people.

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

/** The browser's own name; `null`: not known. */
export interface BrowserKind {
  readonly browser: string | null;
  readonly system: SystemName | null;
}

const systems = [
  ['iPhone', 'iphone'],
  ['iPad', 'ipad'],
  ['Android', 'android'],
  ['Windows', 'windows'],
  ['CrOS', 'chromeos'],
  ['Macintosh', 'mac'],
  ['Linux', 'linux'],
] as const;

/** What a browser runs on. */
export type SystemName = (typeof systems)[number][1];

/** @param userAgent as sent */
export function browserKindOf(userAgent: string | undefined): BrowserKind {
  const text = userAgent?.slice(0, longest) ?? '';
  return {
    browser: browsers.find(([sign]) => text.includes(sign))?.[1] ?? null,
    system: systems.find(([sign]) => text.includes(sign))?.[1] ?? null,
  };
}
