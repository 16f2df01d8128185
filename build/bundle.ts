// Puts our own code into few files, because reading and linking five hundred of them is half of a start. Dependencies stay outside, where
// they can be audited and brought up to date without us; what only some commands need stays in files of its own.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { escapeBeyondAscii } from './ascii-only.ts';
import { renderHttpModule } from './http-module.ts';

/**
 * What is loaded by its file name from outside of our code: the doors, the command, and a thread. The door for applications is a bundle of
 * its own, which shares no file with the proxy.
 */
const bundles = [
  { main: 'main.ts', index: 'index.ts', 'parts/rules-worker': 'configuration/rules-worker.ts' },
  { verify: 'verify.ts' },
] as const;

/** What it makes a tagged template out of where that holds `</script`. */
const bundlersOwn = '@oxc-project/runtime/';

const nodeHttp = 'node:http';
/** In place of it; no file has such a name. */
const httpModule = '/node-http';

/** Files, and what they look for in the folder that they are in themselves once they are bundled. */
const neighbours = { 'configuration/rules-loader.ts': 'parts/' } as const;

/**
 * Bundle the sources into `dist`: `main.js`, `index.js` and `verify.js`, and below `parts/` what they share and what is loaded when it is
 * needed. Beside each file lies a map to the sources' lines, for `node --enable-source-maps`.
 *
 * @param source the folder of the sources
 * @param dist where to
 * @param packages what may be imported besides Node's own modules: the dependencies
 * @throws Error when something would be missing or would not be found there
 */
export async function bundle(source: string, dist: string, packages: readonly string[]): Promise<void> {
  refuseOtherFiles(source);
  const chunks: OutputChunk[] = [];
  for (const entries of bundles) chunks.push(...(await write(entries, source, dist)));
  checkNeighbours(source, chunks);
  checkImports(chunks, packages);
}

async function write(
  entries: Readonly<Record<string, string>>,
  source: string,
  dist: string,
): Promise<readonly OutputChunk[]> {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(source, file)])),
    // Whatever is named by a package's name, Node's own included; but for the few lines that the bundler adds itself.
    external: (id) =>
      id !== nodeHttp && !/^[./]/.test(id) && !/^[A-Z]:\\/i.test(id) && !id.startsWith(bundlersOwn),
    plugins: [
      {
        name: 'http-without-fetch',
        resolveId: (id) => (id === nodeHttp ? httpModule : null),
        load: (id) => (id === httpModule ? renderHttpModule() : null),
      },
      {
        name: 'ascii-only',
        // Lines stay what they are, so the map stays as well: on a line with escapes it leads a few columns beside.
        generateBundle(_options, files) {
          for (const file of Object.values(files))
            if (file.type === 'chunk') file.code = escapeBeyondAscii(file.code, file.fileName);
        },
      },
    ],
    platform: 'node',
    // What the tests ran is what is published: nothing is left out because it seems to do nothing.
    treeshake: false,
    // How long a step took says how busy the machine is, and nothing of what is published.
    checks: { bundlerTimings: false },
    onLog: (_level, { message }) => {
      throw new Error(message);
    },
  });
  try {
    const { output } = await build.write({
      dir: dist,
      format: 'esm',
      entryFileNames: '[name].js',
      // With a digest: a process whose package was replaced under it must fail to load a part of another version, not run it.
      chunkFileNames: 'parts/[name]-[hash].js',
      minifyInternalExports: false,
      comments: { legal: true, annotation: true, jsdoc: false },
      sourcemap: true,
      sourcemapExcludeSources: true,
      sourcemapPathTransform: (path) => path.replace('../', ''),
    });
    return output.filter((one) => one.type === 'chunk');
  } finally {
    await build.close();
  }
}

/** Nothing but code is carried into the package. */
function refuseOtherFiles(source: string): void {
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const other = files.filter(({ name }) => !/\.(ts|md)$/.test(name)).map(({ name }) => name);
  if (other.length > 0) throw new Error(`no code, and nothing that brings it along: ${other.join(', ')}`);
}

function checkNeighbours(source: string, chunks: readonly OutputChunk[]): void {
  for (const [file, folder] of Object.entries(neighbours)) {
    const chunk = chunks.find(({ moduleIds }) => moduleIds.some((id) => relative(source, id) === file));
    if (chunk?.fileName.startsWith(folder) !== true)
      throw new Error(`${file} looks for its neighbours in ${folder}, and is in ${chunk?.fileName}`);
  }
}

/** A package that only the repository has would be missed by users alone. */
function checkImports(chunks: readonly OutputChunk[], packages: readonly string[]): void {
  const files = new Set(chunks.map(({ fileName }) => fileName));
  for (const { fileName, imports, dynamicImports } of chunks)
    for (const name of [...imports, ...dynamicImports]) {
      const isKnown = packages.some((one) => name === one || name.startsWith(`${one}/`));
      if (!files.has(name) && !isKnown && !name.startsWith('node:'))
        throw new Error(`${fileName} imports ${name}, which nobody brings along`);
      if (name === nodeHttp) throw new Error(`${fileName} imports ${nodeHttp}, which loads what it need not`);
    }
}
