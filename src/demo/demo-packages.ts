// The packages that only the demonstration uses. They do not come with the published package: whoever wants the demonstration adds
// them. Light, and loaded before anything of them.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { BouncerError } from '../bouncer-error.ts';

/** Where this package lies, what it says of its optional companions, and what can be found from there. */
interface Home {
  readonly folder: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly hasPackage: (name: string) => boolean;
}

/**
 * Tells what the demonstration lacks and the one command that adds it.
 *
 * @param cwd where the command would be typed
 * @throws BouncerError `package_missing`
 */
export function requireDemoPackages(cwd: string, home: Home = findHome()): void {
  const wanted = Object.entries(home.peerDependencies);
  const missing = wanted.filter(([name]) => !home.hasPackage(name)).map(([name]) => name);
  if (missing.length === 0) return;
  // The lowest version that the range allows is the one that the tests ran with.
  const packages = wanted.map(([name, range]) => `${name}@${range.replace(/^\D+/, '')}`);
  throw new BouncerError(
    'package_missing',
    `the demo needs ${missing.map((name) => `\`${name}\``).join(' and ')}, which an installed bouncer does not carry`,
    { hint: `add what only the demo uses: \`${installCommand(cwd, home.folder, packages)}\`` },
  );
}

/** In a checkout, in a project that has bouncer as a dependency, or beside a global installation. */
function installCommand(cwd: string, folder: string, packages: readonly string[]): string {
  const modules = dirname(folder);
  if (basename(modules) !== 'node_modules') return 'npm ci --include=dev';
  const project = dirname(modules);
  if (!existsSync(join(project, 'package.json'))) return ['npm install --global', ...packages].join(' ');
  const isInside = !relative(project, cwd).startsWith('..');
  return [isInside ? 'npm install' : `npm install --prefix ${project}`, ...packages].join(' ');
}

function findHome(): Home {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('bouncer-proxy/package.json');
  const parsed: { peerDependencies?: Readonly<Record<string, string>> } = require(manifest);
  return {
    folder: dirname(manifest),
    peerDependencies: parsed.peerDependencies ?? {},
    hasPackage(name) {
      try {
        import.meta.resolve(name);
        return true;
      } catch {
        return false;
      }
    },
  };
}
