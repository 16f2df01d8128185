// Three-valued logic (Kleene's): what is known to hold, what is known not to hold, and what is not known yet.

/** Ordered so that "and" is the smaller, "or" the larger and "not" the mirror. */
export type Truth = 0 | 1 | 2;

export const no: Truth = 0;
export const unknown: Truth = 1;
export const yes: Truth = 2;

export function not(truth: Truth): Truth {
  return (2 - truth) as Truth;
}

export function truthOf(isTrue: boolean): Truth {
  return isTrue ? yes : no;
}
