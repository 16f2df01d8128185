// Settings for a try on one machine (`--dev`): with it anybody can read the mail and log in as anybody, so nothing of it may be reached
// from elsewhere. Works on data that may still be wrong elsewhere.
import { isLoopbackHost } from '../http/loopback-host.ts';
import type { SourcePath } from '../source/problem-at.ts';
import { list, type Mapping, mapping, type Teller } from './loose-settings.ts';
import { isLoopback, parseListen } from './parse-listen.ts';

/** Where people, and whoever else, come in: its place, and the address as written. */
function doorsOf(settings: Mapping): readonly { readonly at: SourcePath; readonly address: unknown }[] {
  return [
    { at: ['listen'], address: settings['listen'] },
    ...list(settings['also_listen']).map((address, index) => ({ at: ['also_listen', index], address })),
    { at: ['proxy_protocol', 'listen'], address: mapping(settings['proxy_protocol'])['listen'] },
  ];
}

/** What cannot be read is a problem of its own. At a Unix socket somebody stands in front, and who comes to them is not known. */
function isOpenToOthers(address: unknown): boolean {
  const parsed = typeof address === 'string' ? parseListen(address) : null;
  return parsed !== null && (parsed.kind === 'unix' || !isLoopback(parsed));
}

function isElsewhere(url: unknown): boolean {
  return typeof url === 'string' && URL.canParse(url) && !isLoopbackHost(new URL(url).hostname);
}

/** Whether only this machine can reach it. */
export function isForThisMachine(settings: Mapping): boolean {
  const { auth_url: url } = settings;
  return !isElsewhere(url) && !doorsOf(settings).some(({ address }) => isOpenToOthers(address));
}

/** Tells of everything in the way of a try. */
export function checkTry(settings: Mapping, { add, name }: Teller): void {
  const tell = (at: SourcePath, value: unknown): void =>
    add(at, {
      code: 'not-for-one-machine',
      reason: `\`--dev\` is for one machine alone, and ${name(at, String(value))} is not`,
      hint: 'with it anybody can log in as anybody: make it loopback, or leave `--dev` out',
    });
  if (isElsewhere(settings['auth_url'])) tell(['auth_url'], settings['auth_url']);
  for (const { at, address } of doorsOf(settings)) if (isOpenToOthers(address)) tell(at, address);
}
