// Whether the way to a file can be changed by nobody but root and us: each folder on it, each link, and the file at its end.
// Who may write to a folder may put another one in the place of what lies below it.
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join, parse, resolve, sep } from 'node:path';
import { BouncerError } from '../../bouncer-error.ts';

/** As many links as Linux follows. */
const mostLinks = 40;
const groupCanWrite = 0o020;
const othersCanWrite = 0o002;
const sticky = 0o1000;

function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Refuses a way that another user could lead elsewhere. What does not exist yet ends the way. Windows says nothing by modes.
 *
 * @param path absolute
 * @param ours the users who count as us beside root: the process's own, and for root the owner of the data folder
 * @throws BouncerError `store_unavailable`, with the place, its owner, its mode and the way out
 */
export function checkWay(path: string, ours: ReadonlySet<number>): void {
  if (process.platform === 'win32') return;
  let links = 0;
  let at = parse(resolve(path)).root;
  let rest = partsOf(path);
  let isOwned = checkFolder(at, lstatSync(at), ours);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = join(at, name);
    const found = statOf(next);
    if (found === null) return;
    // In a folder such as /tmp, where everybody may write, only an entry's owner may put another in its place.
    if (!isOwned && found.uid !== 0 && found.uid !== process.getuid?.())
      refuse(next, found, 'belongs to another user', hints.owner(next));
    if (found.isSymbolicLink()) {
      links += 1;
      if (links > mostLinks)
        refuse(next, found, 'is one of too many links', 'name the folder itself as data_dir');
      const target = resolve(at, readlinkSync(next));
      rest = [...partsOf(target), ...rest];
      at = parse(target).root;
      isOwned = checkFolder(at, lstatSync(at), ours);
    } else if (found.isDirectory()) {
      isOwned = checkFolder(next, found, ours);
      at = next;
    } else {
      checkFile(next, found, ours);
      if (rest.length > 0) refuse(next, found, 'is not a folder', 'name a folder as data_dir');
    }
  }
}

function partsOf(path: string): string[] {
  return resolve(path)
    .slice(parse(resolve(path)).root.length)
    .split(sep)
    .filter((part) => part !== '');
}

function isTrusted({ uid }: Stats, ours: ReadonlySet<number>): boolean {
  return uid === 0 || ours.has(uid);
}

/** @returns whether only root and we may change what lies in it; false for one in which everybody may but only for what is theirs */
function checkFolder(path: string, folder: Stats, ours: ReadonlySet<number>): boolean {
  if (!isTrusted(folder, ours)) refuse(path, folder, 'belongs to another user', hints.owner(path));
  const isOpen =
    (folder.mode & othersCanWrite) !== 0 ||
    ((folder.mode & groupCanWrite) !== 0 && isShared(folder.gid, ours));
  if (!isOpen) return true;
  if ((folder.mode & sticky) !== 0) return false;
  return refuse(path, folder, 'can be written by others', hints.mode(path));
}

function checkFile(path: string, file: Stats, ours: ReadonlySet<number>): void {
  if (!isTrusted(file, ours)) refuse(path, file, 'belongs to another user', hints.owner(path));
  if ((file.mode & (groupCanWrite | othersCanWrite)) !== 0)
    refuse(
      path,
      file,
      'can be written by others',
      `if nobody else has changed it, run \`chmod 600 ${path}\``,
    );
}

/**
 * Whether a group has, as far as this machine's own files tell, members who are neither root nor us. Most systems give each user a
 * group of their own and let it write (umask 002), and containers get volumes by a group that no file names.
 */
function isShared(gid: number, ours: ReadonlySet<number>): boolean {
  const users = rowsOf('/etc/passwd').map(([name = '', , uid = '', primary = '']) => ({
    name,
    uid: Number(uid),
    gid: Number(primary),
  }));
  const members = new Set(
    rowsOf('/etc/group')
      .filter(([, , id]) => Number(id) === gid)
      .flatMap(([, , , names = '']) => names.split(',').filter((name) => name !== '')),
  );
  for (const user of users) if (user.gid === gid) members.add(user.name);
  const known = new Set(users.filter(({ uid }) => uid === 0 || ours.has(uid)).map(({ name }) => name));
  return [...members].some((name) => !known.has(name));
}

function rowsOf(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(':'));
  } catch {
    // A container without such a file has no other users that it knows of.
    return [];
  }
}

const hints = {
  owner: (path: string) =>
    `run \`chown\` on \`${path}\`, or name a folder as data_dir to which only you and root can write the way`,
  mode: (path: string) => `run \`chmod go-w ${path}\`, or name a folder as data_dir that lies elsewhere`,
} as const;

function refuse(path: string, found: Stats, what: string, hint: string): never {
  const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
  throw new BouncerError(
    'store_unavailable',
    `\`${path}\` ${what} (owner ${found.uid}, group ${found.gid}, mode ${mode})`,
    { hint },
  );
}
