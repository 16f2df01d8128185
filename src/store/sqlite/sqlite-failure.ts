// Every failure of SQLite as `store_unavailable`, with what an operator can do about it. Values never get into its text.
import { BouncerError } from '../../bouncer-error.ts';

function hintFor(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('full')) return 'free some disk space: logins work again by themselves';
  // What SQLite says of a folder in which it cannot make its log, and what the system says.
  if (/readonly|unable to open|EROFS|EACCES/.test(text))
    return 'make the data folder and its files writable for the user that runs bouncer';
  if (text.includes('locked'))
    return 'another process holds the store: is something copying or repairing it?';
  if (text.includes('malformed') || text.includes('not a database'))
    return 'the file is damaged: move it away and restart; people log in again';
  return 'check the data folder: its disk, its owner and its mode';
}

/** @returns the error to throw for a failure of SQLite; our own errors pass as they are. Values never get into its text. */
export function storeFailure(action: string, error: unknown): BouncerError {
  if (error instanceof BouncerError) return error;
  const reason = error instanceof Error ? error.message : 'unknown failure';
  return new BouncerError('store_unavailable', `${action}: ${reason}`, {
    cause: error,
    hint: hintFor(error),
  });
}

/** Whether another process is writing at this moment. */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof BouncerError && error.code === 'store_unavailable' && error.message.includes('locked')
  );
}

/** Whether a connection may never write again, while a new one could: the folder or the file was made writable since it was opened. */
export function isStuck({ message }: BouncerError): boolean {
  return /readonly|unable to open|I\/O/.test(message);
}
