// Lets Node keep what it compiled for the next start, in a folder that nobody else can write to: what lies there is run. Node's own choice
// would be a name below /tmp that everybody knows. Nothing depends on it but the time that a start takes.
import { lstatSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { makeFolder } from '../store/make-folder.ts';
import { checkWay } from '../store/sqlite/safe-way.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Only what is loaded after this call is kept. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` come first. */
export function keepCompiled(env: Environment): void {
  // Node did so itself, before it loaded anything of ours.
  if (module.getCompileCacheDir() !== undefined) return;
  const folder = prepareFolder(env);
  if (folder !== null) module.enableCompileCache(folder);
}

/** @returns the folder, made and found safe; `null` where there is none */
export function prepareFolder(env: Environment): string | null {
  try {
    const folder = join(cacheHome(env), 'bouncer', 'compiled');
    const ours = new Set([process.getuid?.() ?? 0]);
    // Before it is made, so that it is made nowhere else, and after.
    checkWay(folder, ours);
    makeFolder(folder, 0o700);
    checkWay(folder, ours);
    return isOurs(folder) ? folder : null;
  } catch {
    // No home, a disk that cannot be written, a folder that is not safe: everything is compiled anew, as without this.
    return null;
  }
}

/** Of systemd's unit, of the desktop's convention, or of the system. */
function cacheHome({ CACHE_DIRECTORY, XDG_CACHE_HOME, LOCALAPPDATA }: Environment): string {
  const [given = ''] = (CACHE_DIRECTORY ?? '').split(':');
  const named = [given, XDG_CACHE_HOME, process.platform === 'win32' ? LOCALAPPDATA : ''];
  return named.find((one) => one !== undefined && isAbsolute(one)) ?? join(homedir(), '.cache');
}

/** Root may write everywhere, and others may read, of what they cannot write: neither is enough here. */
function isOurs(folder: string): boolean {
  if (process.platform === 'win32') return true;
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}
