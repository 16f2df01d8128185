// The shape of `tunnel`: where connectors come in, and what they call the edges by.
import { z } from 'zod';
import { checkEdgeAddress, checkTunnelListen } from '../field-checks.ts';
import { bytes, text } from './fields.ts';

export const tunnel = z.strictObject({
  listen: text(checkTunnelListen, 'address').meta({
    description: 'Where connectors come in, by TLS 1.3 with a key of its own. TCP alone.',
    examples: ['[::]:7844'],
  }),
  addresses: z
    .array(text(checkEdgeAddress, 'host and port'))
    .min(1)
    .max(16)
    .meta({
      description:
        'By which hosts and ports connectors reach every bouncer of this store, as join tokens and connectors have them. Connectors learn of a change by themselves.',
      examples: [['edge1.example.com:7844', 'edge2.example.com:7844']],
    }),
  buffer_bytes: bytes(1_048_576, 17_179_869_184)
    .default(134_217_728)
    .meta({
      description:
        'What all connections through tunnels together may hold here that applications sent and nobody has taken yet. A connection begins with 256 KiB and grows, up to 16 MiB, while it is read as fast as it comes; with less than 16 KiB left for each, each still gets that.',
      examples: [134_217_728],
    }),
});
