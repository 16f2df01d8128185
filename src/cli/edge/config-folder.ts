// Where a person's own files of bouncer are, as each system has it. Nothing is made here.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Terminal } from '../terminal.ts';

/**
 * `$XDG_CONFIG_HOME/bouncer` where that is set (XDG Base Directory Specification: an absolute path), else `%APPDATA%\bouncer` on Windows,
 * `~/Library/Application Support/bouncer` on macOS, and `~/.config/bouncer` elsewhere.
 */
export function configFolder(env: Terminal['env'], platform: NodeJS.Platform = process.platform): string {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  if (isAbsolute(xdg)) return join(xdg, 'bouncer');
  const home = env['HOME'] || homedir();
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'bouncer');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'bouncer');
  return join(home, '.config', 'bouncer');
}
