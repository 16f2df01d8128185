// What the thread that reads rules tells the thread that decides. Plain data; no places, no functions.
import type { ApplicationRules, RuleGroup } from '../rules/model/rules-set.ts';
import type { Problem } from '../source/problem.ts';
import type { LoadFailure } from './load-failure.ts';

/** The last word about a set. Its parts go another way and may come later: it says how many there are. */
export type RulesVerdict =
  | {
      readonly kind: 'good';
      readonly parts: number;
      readonly applications: number;
      /** What shares are made from, without its places. */
      readonly sharing: ApplicationRules | null;
      readonly hash: string;
    }
  | { readonly kind: 'refused'; readonly failure: LoadFailure };

/** A part of a set that is good. The `place`s are missing. */
export type RulesPart =
  | { readonly kind: 'rule-groups'; readonly items: readonly RuleGroup[] }
  | { readonly kind: 'applications'; readonly items: readonly ApplicationRules[] }
  | { readonly kind: 'warnings'; readonly items: readonly Problem[] };
