// The name of a browser in words: `Firefox on Windows`, `Firefox unter Windows`.
import type { BrowserKind } from '../http/browser-kind.ts';
import { fillText } from './texts.ts';
import type { Texts } from './texts-shape.ts';

/** @returns such as `Firefox on Windows`, or `a browser` */
export function sayBrowser({ browser, system }: BrowserKind, { browser: words }: Texts): string {
  const on = system === null ? null : words.systems[system];
  if (browser === null) return on === null ? words.unknown : fillText(words.unknownOn, { system: on });
  return on === null ? browser : fillText(words.on, { browser, system: on });
}
