// What a store answers: at once where it is embedded, later where it is remote.

/** A value now, or later where the store is remote. The hot path must not pay for a promise when there is none. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return value instanceof Promise;
}
