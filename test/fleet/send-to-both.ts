// One form at both processes at the same moment, as somebody sends it who hopes that neither knows of the other.
import { request } from 'node:http';
import type { TwoProcesses } from './two-processes.ts';

/**
 * Several times to each. Who is told that the store did not answer in time, as it may be on a busy machine, sends it again.
 *
 * @returns the statuses, without following where they lead
 */
export function sendToBoth(
  { authUrl, ports }: Pick<TwoProcesses, 'authUrl' | 'ports'>,
  path: string,
  { cookie, form }: { readonly cookie: string; readonly form: Readonly<Record<string, string>> },
): Promise<readonly number[]> {
  const body = new URLSearchParams(form).toString();
  const headers = {
    ...{ host: new URL(authUrl).host, origin: authUrl, 'sec-fetch-site': 'same-origin', cookie },
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  };
  const post = (port: number | undefined): Promise<number> =>
    new Promise((resolve, reject) => {
      const req = request(
        { host: '127.0.0.1', port, path, method: 'POST', agent: false, headers },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      req.on('error', reject);
      req.end(body);
    });
  const one = async (port: number | undefined): Promise<number> => {
    const endMs = performance.now() + 60_000;
    for (;;) {
      const status = await post(port);
      if (status !== 503 || performance.now() > endMs) return status;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  return Promise.all([0, 1, 0, 1, 0, 1].map((process) => one(ports[process])));
}
