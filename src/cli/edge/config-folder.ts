// Where a person's own files of bouncer are, as each system has it. Nothing is made here.
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { BouncerError } from '../../bouncer-error.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `$XDG_CONFIG_HOME/bouncer` where that is set (XDG Base Directory Specification: an absolute path), else `%APPDATA%\bouncer` on Windows,
 * `~/Library/Application Support/bouncer` on macOS, and `~/.config/bouncer` elsewhere. What is not an absolute path counts as not set.
 *
 * @param systemHome where the system has the home of who runs this; may throw
 * @throws BouncerError `login_failed` for whoever has no home
 */
export function configFolder(
  env: Terminal['env'],
  platform: NodeJS.Platform = process.platform,
  systemHome: () => string = homedir,
): string {
  const isWindows = platform === 'win32';
  const { isAbsolute, join } = isWindows ? win32 : posix;
  const folderIn = (name: string): string | null => {
    const folder = env[name] ?? '';
    return isAbsolute(folder) ? folder : null;
  };
  const home = (): string =>
    folderIn(isWindows ? 'USERPROFILE' : 'HOME') ?? folderIn('HOME') ?? homeBy(systemHome);
  const xdg = folderIn('XDG_CONFIG_HOME');
  if (xdg !== null) return join(xdg, 'bouncer');
  if (isWindows) return join(folderIn('APPDATA') ?? join(home(), 'AppData', 'Roaming'), 'bouncer');
  if (platform === 'darwin') return join(home(), 'Library', 'Application Support', 'bouncer');
  return join(home(), '.config', 'bouncer');
}

/** A process in a container may run as somebody whom the system does not know. */
function homeBy(systemHome: () => string): string {
  try {
    return systemHome();
  } catch (error) {
    throw new BouncerError('login_failed', 'there is no folder of yours on this computer', {
      cause: error,
      hint: 'set HOME, or XDG_CONFIG_HOME, to one that you may write to',
    });
  }
}
