// What the figures of a run depend on: the machine and how busy it was, and the versions of everybody who took part.
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { run } from './bench-processes.ts';
import type { Circumstances } from './bench-report.ts';

const version = (name: string): string =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;

async function said(command: string, pattern: RegExp): Promise<string> {
  try {
    const output = await run('sh', ['-c', `${command} 2>&1 || true`], 10_000);
    return pattern.exec(output)?.[1] ?? 'missing';
  } catch {
    return 'missing';
  }
}

/** @param known what only the run itself knows */
export async function findCircumstances(
  known: Pick<Circumstances, 'rounds' | 'seconds' | 'missing'> & { readonly busyness: number },
): Promise<Circumstances> {
  const { busyness, ...rest } = known;
  const given = process.argv.slice(2);
  const command = ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
  const ours = ['undici', 'express', 'http-proxy', 'ws', 'oidc-provider'];
  const others = [
    `nginx ${await said('nginx -v', /nginx\/(\S+)/)}`,
    `Apache httpd ${await said('apache2 -v', /Apache\/(\S+)/)}`,
    `mod_auth_openidc ${await said('dpkg-query -W libapache2-mod-auth-openidc', /\s(\S+)/)}`,
    `oauth2-proxy ${await said('go version -m "$(command -v oauth2-proxy)"', /mod\s+\S+oauth2-proxy\S*\s+v(\S+)/)}`,
    `Caddy ${await said('caddy version', /v?(\d\S*)/)}`,
    `Redis ${await said('redis-server --version', /v=(\S+)/)}`,
    `wrk ${await said('wrk -v', /wrk (\S+)/)}`,
    `h2load ${await said('h2load --version', /nghttp2\/(\S+)/)}`,
    `curl ${await said('curl -V', /curl (\S+)/)}`,
  ];
  return {
    ...rest,
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: [
      `${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}; load average before the run ${busyness.toFixed(1)}`,
    ],
    versions: [
      `Node ${process.versions.node}, ${ours.map((name) => `${name} ${version(name)}`).join(', ')}`,
      others.join(', '),
    ],
  };
}
