// The whole product in one process on loopback: an identity provider, three applications behind bouncer, and a temporary folder.
// It opens nothing to other machines and leaves nothing behind.
import { randomBytes } from 'node:crypto';
import type { createBouncer } from '../create-bouncer.ts';
import { redirectUriOf } from '../identity/login/redirect-uri.ts';
import { renderAnnouncement } from './announcement.ts';
import { startGit } from './apps/git.ts';
import { startPhotos } from './apps/photos.ts';
import { startWiki } from './apps/wiki.ts';
import { demoProviderId, writeDemoFolder } from './demo-configuration.ts';
import { demoPort } from './demo-port.ts';
import { prepareDemoTunnel, waitUntilReady } from './demo-tunnel.ts';
import { findFreePort } from './free-port.ts';
import { startIdentityProvider } from './identity-provider.ts';

export interface DemoOptions {
  readonly createBouncer: typeof createBouncer;
  /** Where the announcement and the log of requests go. */
  readonly stdout: { write(text: string): unknown };
  readonly isColored?: boolean;
  /** How bouncer's commands are typed here. By default `bouncer`. */
  readonly command?: string;
  /** By default {@link demoPort}, or the next free one; 0 = any. */
  readonly port?: number;
}

export interface RunningDemo {
  readonly authUrl: string;
  readonly issuer: string;
  readonly port: number;
  readonly rulesFile: string;
  /** Stop everything and remove the temporary folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Start the demonstration and say what to do with it.
 *
 * @throws BouncerError `listen_failed` when the port that was asked for is taken
 */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const { isColored = false, stdout } = options;
  const closers: (() => unknown)[] = [];
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    for (const closeOne of closers.reverse()) await closeOne();
  };
  try {
    const port = await findFreePort(options.port ?? demoPort, options.port === undefined ? 50 : 1);
    const authUrl = `http://auth.localhost:${port}`;
    const issuer = `http://idp.localhost:${await findFreePort(options.port === 0 ? 0 : port + 1, 50)}`;
    const clientSecret = randomBytes(32).toString('base64url');
    const provider = await startIdentityProvider(issuer, {
      clientId: 'bouncer',
      clientSecret,
      authUrl,
      redirectUri: redirectUriOf(authUrl, demoProviderId),
    });
    closers.push(provider.close);
    const [wiki, photos, git] = await Promise.all([
      startWiki(authUrl),
      startPhotos(authUrl),
      startGit(authUrl),
    ]);
    closers.push(wiki.close, photos.close, git.close);
    const edgePort = await findFreePort(0, 1);
    const addresses = { port, edgePort, issuer, wiki: wiki.url, git: git.url };
    const folder = writeDemoFolder(addresses, clientSecret);
    closers.push(folder.remove);
    const startTunnel = await prepareDemoTunnel(folder.settingsFile, photos.url);
    const bouncer = await options.createBouncer({
      settings: folder.settingsFile,
      watch: true,
      dev: true,
      log: stdout,
      isLogColored: isColored,
    });
    closers.push(() => bouncer.close());
    await bouncer.listen();
    const connector = startTunnel();
    closers.push(() => connector.close());
    await waitUntilReady(connector);
    const listTunnels = `${options.command ?? 'bouncer'} tunnel list -c ${folder.settingsFile}`;
    stdout.write(renderAnnouncement({ authUrl, port, rulesFile: folder.rulesFile, listTunnels, isColored }));
    return { authUrl, issuer, port, rulesFile: folder.rulesFile, close };
  } catch (error) {
    await close();
    throw error;
  }
}
