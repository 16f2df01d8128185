// What a connector answers on its own machine: `/livez`, `/readyz` with what it knows, `/metrics`. It asks nobody who they are: loopback or
// a Unix socket alone, and by the names of this machine: a page in somebody's browser could lead a name of its own here.
import { createServer, type ServerResponse } from 'node:http';
import { BouncerError } from '../../bouncer-error.ts';
import { isLoopback, parseListen } from '../../settings/parse-listen.ts';
import { createManagementAccess } from '../../telemetry/management-access.ts';
import type { Connector } from './create-connector.ts';

/** @throws BouncerError `listen_failed`; `settings_invalid` for an address that others can reach */
export async function serveManagement(text: string, connector: Connector): Promise<{ close(): void }> {
  const address = parseListen(text);
  if (address === null || !isLoopback(address))
    throw new BouncerError('settings_invalid', `\`${text}\` is not an address of this machine alone`, {
      hint: 'for example `127.0.0.1:9465`',
    });
  const access = createManagementAccess({ managementFrom: [], managementNames: [] });
  const server = createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0];
    if (!access.isName(req)) answer(res, 421, 'text/plain', 'not a name of this machine\n');
    else if (req.method !== 'GET' && req.method !== 'HEAD') answer(res, 405, 'text/plain', 'GET alone\n');
    else if (path === '/livez') answer(res, 200, 'text/plain', 'ok\n');
    else if (path === '/readyz') {
      const report = connector.report();
      answer(res, report.isReady ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`);
    } else if (path === '/metrics') answer(res, 200, 'text/plain; version=0.0.4', renderMetrics(connector));
    else answer(res, 404, 'text/plain', '/livez, /readyz or /metrics\n');
  });
  const options =
    address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new BouncerError('listen_failed', `\`${text}\` cannot be opened (${cause.code ?? 'error'})`, {
          cause,
        }),
      ),
    );
    server.listen(options, resolve);
  });
  // Of a connection that could not be taken: the next one may be.
  server.removeAllListeners('error').on('error', () => {});
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(res: ServerResponse, status: number, type: string, text: string): void {
  res.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', Connection: 'close' }).end(text);
}

function renderMetrics(connector: Connector): string {
  const { connections, isReady } = connector.report();
  const { opened, failed, bytesIn, bytesOut } = connector.counts();
  const rows: readonly (readonly [string, string, string, number])[] = [
    ['bouncer_connector_ready', 'gauge', 'Whether requests can come.', isReady ? 1 : 0],
    [
      'bouncer_connector_connections',
      'gauge',
      'Connections to edges that take requests.',
      connections.filter((one) => one.isUsable).length,
    ],
    [
      'bouncer_connector_open',
      'gauge',
      'Connections to services that are open.',
      connections.reduce((sum, { open }) => sum + open, 0),
    ],
    [
      'bouncer_connector_service_connections_total',
      'counter',
      'Connections to services that are over.',
      opened,
    ],
    ['bouncer_connector_service_failures_total', 'counter', 'Services that were not reached.', failed],
    ['bouncer_connector_received_bytes_total', 'counter', 'From edges to services.', bytesIn],
    ['bouncer_connector_sent_bytes_total', 'counter', 'From services to edges.', bytesOut],
  ];
  return rows
    .map(([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`)
    .join('');
}
