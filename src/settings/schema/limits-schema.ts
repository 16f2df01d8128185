// The shape of `limits`: what one client may ask of bouncer, and how long the end may take.
import { z } from 'zod';
import { bytes, day, duration, minute, second } from './fields.ts';

export const limits = z.strictObject({
  header_bytes: bytes(1024, 262_144)
    .default(16_384)
    .meta({ description: 'All header fields of a request, bytes.', examples: [16_384] }),
  cookie_bytes: bytes(4096, 1_048_576)
    .default(131_072)
    .meta({
      description:
        'Cookies of a request that bouncer’s own pages still answer, bytes: login, logout, and the page that deletes cookies, where those of neighbouring sites are too many. An application gets no more than `header_bytes` of all fields.',
      examples: [131_072],
    }),
  header_count: bytes(10, 2000)
    .default(100)
    .meta({ description: 'Header fields of a request.', examples: [100] }),
  url_bytes: bytes(256, 131_072)
    .default(8192)
    .meta({ description: 'The path and query of a request, bytes.', examples: [8192] }),
  body_bytes: bytes(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({
      description: 'The body of a request, bytes; 0: no limit, as bodies are never kept.',
      examples: [104_857_600],
    }),
  preserved_body_bytes: bytes(0, 16_777_216)
    .default(1_048_576)
    .meta({
      description:
        'The largest form that is kept when it meets an ended session, until its person has logged in again (an hour at most), bytes; 0: none is kept.',
      examples: [1_048_576],
    }),
  headers_timeout: duration(second, 15 * second)
    .default('15s')
    .meta({
      description: 'How long a client may take to send the head of a request: at most `15s`.',
      examples: ['15s'],
    }),
  request_timeout: duration(0, day)
    .default('10m')
    .meta({
      description:
        'How long a client may take to send a body of up to 16 KB, and each further 16 KB of a larger one: a steady upload may last. `0s`: no limit.',
      examples: ['10m'],
    }),
  keep_alive_timeout: duration(second, 60 * minute)
    .default('65s')
    .meta({ description: 'How long an idle connection stays open.', examples: ['65s'] }),
  connections: bytes(1, 1_000_000)
    .default(10_000)
    .meta({
      description:
        'Connections at a time. When there are more, the one that has been silent longest goes; when none is silent, the new one is closed.',
      examples: [10_000],
    }),
  connections_per_address: bytes(1, 1_000_000)
    .optional()
    .meta({
      description:
        'Connections at a time from one address (IPv6: one /64), trusted proxies excepted. Default: a tenth of `connections`, and at least 20.',
      examples: [1000],
    }),
  write_timeout: duration(second, 60 * minute)
    .default('60s')
    .meta({
      description:
        'How long a client may take less than 16 KB of an answer that is there; slow links and event streams are not touched.',
      examples: ['60s'],
    }),
  stalled_per_address: bytes(1, 1_000_000)
    .default(64)
    .meta({
      description:
        'Answers that the clients of one address (IPv6: one /64) may leave unread at a time, a sixth of `write_timeout` after they stopped to read.',
      examples: [64],
    }),
  failed_logins_per_address: bytes(1, 1_000_000)
    .default(20)
    .meta({
      description:
        'Answers of identity providers that one address (IPv6: one /64) may bring without becoming a login, before more are refused for a while: then one each 3 s. Each costs a request to the provider.',
      examples: [20],
    }),
  failed_logins_per_provider: bytes(1, 1_000_000)
    .default(300)
    .meta({
      description:
        'The same for all addresses together, at one identity provider: then one each 0.2 s, and until then answers are taken only from addresses that none failed from lately.',
      examples: [300],
    }),
  drain_delay: duration(0, 10 * minute)
    .default('0s')
    .meta({
      description:
        'How long after SIGTERM connections are still taken while `/readyz` says 503, so that whoever spreads the load notices first.',
      examples: ['5s'],
    }),
  drain_timeout: duration(0, 60 * minute)
    .default('25s')
    .meta({ description: 'How long SIGTERM waits for requests in flight.', examples: ['25s'] }),
});
