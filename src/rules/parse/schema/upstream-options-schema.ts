// The shape of `upstream_options`: how an application's servers are reached.
import { z } from 'zod';
import { duration, text } from './fields.ts';

const count = z.number().int().min(1).max(1_000_000);

export const upstreamOptions = z.strictObject({
  host_header: text.optional().meta({
    description: "`preserve` (default): the client's Host; `upstream`: the upstream's own; else this text.",
    examples: ['preserve', 'upstream', 'wiki.internal'],
  }),
  ca_file: text
    .optional()
    .meta({ description: 'PEM; who may sign the certificate of the upstream.', examples: ['ca.pem'] }),
  server_name: text.optional().meta({
    description: "The name in the upstream's certificate, when it is not the upstream's host.",
    examples: ['wiki.internal'],
  }),
  client_cert_file: text.optional().meta({ description: 'PEM; with `client_key_file`.' }),
  client_key_file: text.optional().meta({ description: 'PEM; with `client_cert_file`.' }),
  http2: z
    .boolean()
    .optional()
    .meta({ description: 'Speak HTTP/2 to the upstream, and nothing else. Default false.' }),
  connect_timeout: duration.optional().meta({ description: 'Default 5s.' }),
  response_timeout: duration
    .optional()
    .meta({ description: "From the end of the request to the response's head. `0s` = none. Default 60s." }),
  idle_timeout: duration
    .optional()
    .meta({ description: "Silence inside a response's body. `0s` = none (default)." }),
  max_connections: count.optional().meta({ description: 'To one upstream. Default 256.' }),
  max_connections_per_client: count.optional().meta({
    description:
      'Of these, how many one login, one token or (without either) one address may hold; its other requests wait. Default: half, and at least 8.',
  }),
  max_queue: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .meta({ description: 'Requests that may wait for a connection; more get 503. Default 1024.' }),
  max_websockets: count.optional().meta({ description: 'Open at once. Default 10000.' }),
  max_websockets_per_client: count.optional().meta({
    description: 'Of these, how many one login, token or address may hold. Default: half, and at least 8.',
  }),
  websocket_idle_timeout: duration
    .optional()
    .meta({ description: 'Silence in both directions. `0s` = none. Default 1h.' }),
  health_check: z
    .strictObject({
      path: text.meta({ description: 'Asked with GET; 2xx and 3xx are healthy.', examples: ['/healthz'] }),
      interval: duration.optional().meta({ description: 'Default 10s.' }),
      timeout: duration.optional().meta({ description: 'Default 2s.' }),
    })
    .optional(),
});
