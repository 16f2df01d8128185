// Fuzz target: nobody but a trusted proxy has a say in where a request comes from.

import { isIP } from 'node:net';
import fc from 'fast-check';
import {
  canonicalIp,
  clientAddress,
  clientCountry,
  compileTrustedProxies,
} from '../../src/http/client-address.ts';
import { fuzzTarget } from './fuzz-target.ts';

const trust = compileTrustedProxies(['10.0.0.0/8', '2001:db8:1::/48']);
const hop = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '10.1.2.3',
    '::ffff:10.0.0.1',
    '[2001:db8:1::2]:443',
    '203.0.113.9:80',
    '203.0.113.9',
    'unknown',
    '',
    '_x',
    '127.1',
    '1.2.3.4%',
  ),
);
const chain = fc.array(hop, { maxLength: 6 });
/** What a client can write at will: also more than anybody would walk along. */
const forgedChain = fc.oneof(chain, fc.array(hop, { minLength: 60, maxLength: 600 }));

export const httpClientAddress = fuzzTarget('http-client-address', {
  'a peer that is not trusted speaks for itself only': fc.property(chain, fc.ipV4(), (hops, peer) => {
    if (peer.startsWith('10.')) return true;
    const raw = ['X-Forwarded-For', hops.join(', '), 'CF-IPCountry', 'PT'];
    return (
      clientAddress(peer, raw, trust, null) === peer &&
      clientCountry(peer, raw, trust, 'CF-IPCountry') === null
    );
  }),
  'what a client writes in front of the list changes nothing': fc.property(
    chain,
    hop,
    forgedChain,
    (hops, client, forged) => {
      const honest = [
        '203.0.113.50',
        ...hops.filter((one) => canonicalIp(one)?.startsWith('10.') === true),
      ].join(', ');
      const with_ = clientAddress(
        '10.0.0.1',
        ['X-Forwarded-For', [...forged, client, honest].join(', ')],
        trust,
        null,
      );
      return with_ === '203.0.113.50';
    },
  ),
  'the answer is canonical or unknown': fc.property(chain, (hops) => {
    const ip = clientAddress('10.0.0.1', ['x-forwarded-for', hops.join(',')], trust, 'X-Forwarded-For');
    return ip === null || (isIP(ip) !== 0 && canonicalIp(ip) === ip);
  }),
});
