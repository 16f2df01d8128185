// Whom a store tells when it is gone and when it is back. It writes no log itself.

export interface StoreListener {
  /** It does not answer. @param keepMs for how long what was known is gone on with */
  lost(error: unknown, keepMs: number): void;
  /** It answers again. */
  found(): void;
  /** It answers, and does not call: a pooler is in between. @param hint what to do about it */
  deaf(hint: string): void;
  /** It can be read, and takes no writes: nobody can log in. */
  unwritable(error: unknown): void;
  /** It takes them again. */
  writable(): void;
}

/** For whoever has nobody to tell. */
export const noListener: StoreListener = {
  lost: () => {},
  found: () => {},
  deaf: () => {},
  unwritable: () => {},
  writable: () => {},
};
