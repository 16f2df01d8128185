// A Docker registry behind bouncer, with skopeo: an image with a large layer goes in, comes out equal, and is deleted.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { behindBouncer, findProgram, makeFolder, run, startServer } from './behind-bouncer.ts';
import { makeImage } from './image-layout.ts';

const registry = findProgram('docker-registry');
const skopeo = findProgram('skopeo');

test.skipIf(registry === undefined || skopeo === undefined)('an image of 20 MB', async () => {
  const root = makeFolder();
  const port = await startServer(registry ?? '', (own) => {
    writeFileSync(
      join(root, 'config.yml'),
      `version: 0.1\nstorage: { filesystem: { rootdirectory: ${root}/store }, delete: { enabled: true } }\nhttp: { addr: "127.0.0.1:${own}" }\n`,
    );
    return ['serve', join(root, 'config.yml')];
  });
  const site = await behindBouncer(port);
  const source = makeFolder();
  const layer = randomBytes(20_000_000);
  const hex = makeImage(source, layer);
  const image = `docker://127.0.0.1:${site.port}/team/app:1`;
  const copy = (...args: string[]): Promise<string> =>
    run(skopeo ?? '', '--insecure-policy', 'copy', '-q', ...args);
  await copy('--dest-tls-verify=false', '--dest-oci-accept-uncompressed-layers', `oci:${source}`, image);
  const copied = makeFolder();
  await copy('--src-tls-verify=false', image, `oci:${copied}`);
  const { manifests } = JSON.parse(readFileSync(join(copied, 'index.json'), 'utf8'));
  const blob = (digest: string): Buffer =>
    readFileSync(join(copied, 'blobs/sha256', digest.slice('sha256:'.length)));
  const [{ digest }] = JSON.parse(blob(manifests[0].digest).toString()).layers;
  // Compressed on its way or not: what was put in is what the configuration names.
  const { rootfs } = JSON.parse(
    blob(JSON.parse(blob(manifests[0].digest).toString()).config.digest).toString(),
  );
  expect(rootfs.diff_ids).toEqual([`sha256:${hex}`]);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  const inspected = await run(skopeo ?? '', 'inspect', '--tls-verify=false', image);
  expect(JSON.parse(inspected)).toMatchObject({ RepoTags: ['1'], Architecture: 'amd64' });
  await run(skopeo ?? '', 'delete', '--tls-verify=false', image);
  await expect(run(skopeo ?? '', 'inspect', '--tls-verify=false', image)).rejects.toThrow(/manifest unknown/);
});
