// What `bouncer connector status` shows: the answer of the connector's own management listener, in words.
import { once } from 'node:events';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { z } from 'zod';
import { BouncerError } from '../bouncer-error.ts';
import { logText } from '../http/log-text.ts';
import { parseListen } from '../settings/parse-listen.ts';
import { renderTable, type Terminal } from './terminal.ts';

const reportSchema = z.object({
  isReady: z.boolean(),
  connector: z.string().nullable(),
  tunnel: z.string().nullable(),
  connections: z.array(z.object({ edge: z.string(), isUsable: z.boolean(), open: z.number() })),
  services: z.array(z.string()),
  lastFailure: z.string().nullable(),
});

/**
 * @param place where the connector answers; `null`: nobody said
 * @returns whether requests can come
 * @throws BouncerError `usage`; `upstream_unreachable` where no connector answers
 */
export async function printStatus(
  place: string | null,
  { json }: { readonly json?: true },
  terminal: Terminal,
): Promise<boolean> {
  const { status, text } = await askReady(place, terminal);
  const report = json === true ? null : parseReport(text);
  terminal.stdout.write(report === null ? text : renderReport(report));
  return status === 200;
}

async function askReady(
  place: string | null,
  terminal: Terminal,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const address = place === null ? null : parseListen(place);
  if (address === null)
    throw new BouncerError('usage', 'nobody said where the connector answers', {
      hint: 'give `--management 127.0.0.1:9465`, here and to `connector run`',
    });
  const where =
    address.kind === 'unix'
      ? { socketPath: resolve(terminal.cwd, address.path) }
      : { host: address.host, port: address.port };
  const asked = request({ ...where, path: '/readyz', headers: { host: 'localhost' }, timeout: 5_000 }).end();
  asked.once('timeout', () => asked.destroy(new Error('it does not answer')));
  const [response] = await once(asked, 'response').catch((cause: unknown) => {
    throw new BouncerError('upstream_unreachable', `no connector answers at ${place}`, {
      ...{ cause, hint: 'does `bouncer connector run` run here, with this address as its `management`?' },
    });
  });
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

function parseReport(text: string): z.output<typeof reportSchema> | null {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function renderReport(report: z.output<typeof reportSchema>): string {
  const { isReady, connector, tunnel, connections, services, lastFailure } = report;
  const why = lastFailure === null ? 'no edge is connected yet' : logText(lastFailure, 600);
  return renderTable([
    ['tunnel', tunnel ?? '-'],
    ['connector', connector ?? '-'],
    ['ready', isReady ? 'yes, requests can come' : `no: ${why}`],
    ...connections.map(({ edge, isUsable, open }) => [
      'connection',
      `to ${edge}, ${isUsable ? `connected, ${open} open to services` : 'not connected'}`,
    ]),
    ['services', services.join(', ') || '-'],
  ]);
}
