// Tunnels: connectors that come, go or are refused.
import type { EventRows } from './event-row.ts';

export const tunnels = {
  tunnel_connected: {
    level: 'info',
    fields: {
      tunnel: 'text',
      connector: 'text',
      ip: 'text',
      version: 'text',
      services: 'texts',
      round_trip_ms: 'number',
    },
    means: 'a connection of a connector was tried out and takes requests',
    hint: null,
  },
  tunnel_disconnected: {
    level: 'warn',
    unless: { field: 'cause', is: 'left', level: 'info' },
    fields: {
      tunnel: 'text',
      connector: 'text',
      ip: 'text',
      cause: 'text',
      duration_ms: 'number',
      connections: 'number',
    },
    means:
      'a connection of a connector is over: it said that it leaves (`left`), was `replaced` by a newer one, `revoked`, gave `no-answer-to-probes`, or broke off',
    hint: 'when it does not come back: `bouncer connector check` beside the application says what is in the way',
  },
  tunnel_refused: {
    level: 'warn',
    fields: { reason: 'text', ip: 'text', tunnel: 'text or null', times: 'number' },
    means:
      'connections to the tunnel listener were not let in: what they showed is `unknown` (revoked, perhaps), `expired`, `spent`, for another `address`, more than allowed (`full`), from a `cloned` key, a token beside the key of a connector of an `other-tunnel`, or nothing that makes sense. Told once a minute for each kind and address, or /64 of IPv6',
    hint: 'when the address is one of your connectors; strangers on an open port are to be expected',
  },
  tunnel_joined: {
    level: 'info',
    fields: { tunnel: 'text', connector: 'text', ip: 'text', is_reusable: 'flag' },
    means: 'a new connector joined a tunnel with a join token',
    hint: 'when nobody you know started one: `bouncer tunnel revoke-connector` ends it',
  },
  join_token_reused: {
    level: 'warn',
    fields: { tunnel: 'text', ip: 'text' },
    means: 'a join token that was spent was shown by another connector, which was not let in',
    hint: 'when nobody you know did so, somebody else has the token: look at `bouncer tunnel list` which connector was first, and revoke it if it is not yours',
  },
  tunnel_connector_cloned: {
    level: 'error',
    fields: { tunnel: 'text', connector: 'text', ip: 'text', is_refused: 'flag' },
    means:
      'two processes use the key of one connector: the newest was let in, and the older one ended; with `is_refused`, for the third time in ten minutes, neither is',
    hint: 'a machine was copied with its key file, or somebody has it: revoke the connector, and let each join with a token of its own. Once, after a crash, it is nothing',
  },
  tunnel_edge_key_rotated: {
    level: 'info',
    fields: { pin: 'text' },
    means: 'the tunnel listener shows another key; connectors that were connected lately knew it beforehand',
    hint: 'when nobody ran `bouncer tunnel rotate-edge-key`',
  },
} as const satisfies EventRows;
