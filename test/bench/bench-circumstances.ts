// What the figures of a run depend on: the machine and how busy it was, and the versions of everybody who took part.
import { execFileSync } from 'node:child_process';
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
  known: Pick<Circumstances, 'missing' | 'stamp' | 'before'>,
): Promise<Circumstances> {
  // Where the files of this machine are is nobody's business.
  const given = process.argv.slice(2).map((one) => one.replace(/\/[^:]*\//g, ''));
  const command = ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
  const ours = ['undici', 'express', 'http-proxy', 'ws', 'oidc-provider'];
  const others = [
    `nginx ${await said('nginx -v', /nginx\/(\S+)/)}`,
    `Apache httpd ${await said('apache2 -v', /Apache\/(\S+)/)}`,
    `mod_auth_openidc ${await said('dpkg-query -W libapache2-mod-auth-openidc', /\s(\S+)/)}`,
    `oauth2-proxy ${await said('go version -m "$(command -v oauth2-proxy)"', /mod\s+\S+oauth2-proxy\S*\s+v(\S+)/)}`,
    `Caddy ${await said('caddy version', /v?(\d+\.\d\S*)/)}`,
    `Redis ${await said('redis-server --version', /v=(\S+)/)}`,
    `wrk ${await said('wrk -v', /wrk (\S+)/)}`,
    `h2load ${await said('h2load --version', /nghttp2\/(\S+)/)}`,
    `curl ${await said('curl -V', /curl (\S+)/)}`,
  ];
  return {
    ...known,
    command,
    machine: [
      `${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}`,
    ],
    versions: [
      `Node ${process.versions.node}, ${ours.map((name) => `${name} ${version(name)}`).join(', ')}`,
      others.join(', '),
    ],
  };
}

/** @returns the commit of the sources that are measured, and whether they differ from it */
export function commitOf(folder: string): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--', 'src', 'package.json') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
