// A day as people write it in their language. Pages are made once and know no time zone of their reader: it is UTC's.
import type { Texts } from '../texts/texts-shape.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** @param timeMs milliseconds since the epoch @returns such as `26 November 2026` */
export function dayWords(timeMs: number, { language }: Pick<Texts, 'language'>): string {
  let format = formats.get(language);
  if (format === undefined) {
    // The order of day and month that most of the world reads.
    const locale = language === 'en' ? 'en-GB' : language;
    format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
    formats.set(language, format);
  }
  return format.format(timeMs);
}
