// Makes dist/, the package that is published: plain JavaScript in few files, type declarations and a package.json of its own, without
// the Node runtimes and the development tools of the repository. `npm run build`.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** What `dist/package.json` is made of. */
interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: object;
  /** Of the demo alone: whoever wants it adds them. */
  readonly peerDependencies: object;
  readonly peerDependenciesMeta: object;
}

async function makePackage(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  declareTypes();
  const manifest: RootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  await bundle(join(root, 'src'), dist, packages);
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md'])
    copyFileSync(join(root, name), join(dist, name));
  chmodSync(join(dist, 'main.js'), 0o755);
}

function declareTypes(): void {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  execFileSync(process.execPath, [compiler, '--project', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
}

function publishedManifest(manifest: RootManifest): object {
  const { name, version, description, license, engines, dependencies } = manifest;
  const { peerDependencies, peerDependenciesMeta } = manifest;
  const door = (file: string) => ({ types: `./${file}.d.ts`, default: `./${file}.js` });
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines,
    bin: { bouncer: 'main.js' },
    exports: {
      '.': door('index'),
      './verify': door('verify'),
      './package.json': './package.json',
    },
    files: ['**'],
    dependencies,
    peerDependencies,
    peerDependenciesMeta,
  };
}

await makePackage();
