// Makes a folder and those above it. Not by `recursive`: that never comes back where the system says of a folder that it cannot be made
// because it is not there, as it does below `/proc`.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param path absolute; nothing happens when it is a folder already
 * @param mode of each folder that is made
 * @throws Error of the system's, whose `path` is the folder that cannot be made, or what is there and is none (`ENOTDIR`)
 */
export function makeFolder(path: string, mode: number): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return;
  if (there !== undefined)
    throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: 'ENOTDIR', path });
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process made it meanwhile.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
