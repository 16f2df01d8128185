// The shape of the texts, which English gives: a text that another language lacks does not compile, nor does one that is nobody's.
import type { Language } from '../http/accept-language.ts';
import type { ExplainedReason } from '../http/refusals.ts';
import type { en } from './en.ts';

/** A sentence with places that somebody fills; `never`: it is said as it is. What stands in a place is checked by a test. */
export type Sentence<Place extends string = never> = string & { readonly places?: Place };

/** By number. */
export interface Counted {
  readonly one: Sentence<'count'>;
  readonly other: Sentence<'count'>;
}

type PlacesIn<Text extends string> = Text extends `${string}{${infer Place}}${infer Rest}`
  ? Place | PlacesIn<Rest>
  : never;

type Said<T> = T extends string
  ? Sentence<PlacesIn<T>>
  : T extends { readonly one: string; readonly other: string }
    ? Counted
    : { readonly [K in keyof T]: Said<T[K]> };

type English = typeof en;

/** Every text, by where it stands. */
export type Texts = {
  readonly language: Language;
  readonly reasons: Readonly<Record<ExplainedReason, string>>;
} & { readonly [K in Exclude<keyof English, 'language' | 'reasons'>]: Said<English[K]> };
