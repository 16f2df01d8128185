// Opens an address in the person's browser, where there is one. That it cannot is nobody's failure: the address is printed too.
import { spawn } from 'node:child_process';
import type { Terminal } from '../terminal.ts';

/** Whether a browser on this computer can be the person's: not over SSH, and on Linux with a screen. `BROWSER` says which one. */
export function hasBrowser(env: Terminal['env'], platform: NodeJS.Platform = process.platform): boolean {
  if (isSet(env, 'BROWSER')) return true;
  if (isSet(env, 'SSH_CONNECTION') || isSet(env, 'SSH_TTY')) return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  return isSet(env, 'DISPLAY') || isSet(env, 'WAYLAND_DISPLAY');
}

function isSet(env: Terminal['env'], name: string): boolean {
  return (env[name] ?? '') !== '';
}

/** @param url of bouncer: `http` or `https`, made by this program */
export function openBrowser(url: string, { env }: Terminal): void {
  const [command, ...args] = commandFor(env, process.platform);
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true, env: { ...env } });
  child.on('error', () => {
    // The address stands on the terminal.
  });
  child.unref();
}

function commandFor(env: Terminal['env'], platform: NodeJS.Platform): readonly [string, ...string[]] {
  const own = env['BROWSER'];
  if (own !== undefined && own !== '') return [own];
  if (platform === 'darwin') return ['open'];
  // Not `start`, which a shell would read the address for.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}
