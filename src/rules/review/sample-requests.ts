// Where people may ask from, as far as rules make a difference: an address that no rule names, and one of each network and
// country that some rule names. An unknown address counts as the worse one in every rule, so that it would hide changes.
import type { Network } from '../../http/network.ts';
import { createAddressSet } from '../decide/address-set.ts';
import { policiesOf, selectorsOf } from '../model/policies-of.ts';
import type { RulesSet } from '../model/rules-set.ts';

export interface VantagePoint {
  readonly ip: string | null;
  readonly country: string | null;
  /** How to say it; `null`: from anywhere else. */
  readonly label: string | null;
  /** The network that it stands for, with the other end of it; `null`: none. */
  readonly network: string | null;
}

/** More networks and countries than that are not asked from. */
const mostNamed = 16;

/** Addresses and a country that are set aside for documentation and for private use (RFC 5737, RFC 3849, ISO 3166). */
const ordinary = ['198.51.100.77', '203.0.113.77', '192.0.2.77', '2001:db8::77'];
const noCountry = 'ZZ';

/** @returns the point that stands for everywhere else first */
export function vantagePoints(sets: readonly RulesSet[]): readonly [VantagePoint, ...VantagePoint[]] {
  const networks = new Map<string, Network>();
  const countries = new Set<string>();
  for (const { ruleGroups, applications } of sets) {
    for (const selector of [...ruleGroups, ...applications.flatMap(policiesOf)].flatMap(selectorsOf)) {
      if (selector.kind === 'ip')
        for (const network of selector.networks) networks.set(network.text, network);
      if (selector.kind === 'country') for (const value of selector.values) countries.add(value);
    }
  }
  const named = createAddressSet([...networks.values()]);
  const ip = networks.size === 0 ? null : (ordinary.find((address) => !named.has(address)) ?? null);
  const country = countries.size === 0 ? null : noCountry;
  return [
    { ip, country, label: null, network: null },
    ...[...networks.values()].slice(0, mostNamed).flatMap((network) =>
      edgesOf(network).map((edge, index) => ({
        ip: edge,
        country,
        label: index === 0 ? `from ${network.text}` : `from ${edge}, the end of ${network.text}`,
        network: network.text,
      })),
    ),
    ...[...countries]
      .slice(0, mostNamed)
      .map((code) => ({ ip, country: code, label: `from ${code}`, network: null })),
  ];
}

/** The first and the last address: where one set's network ends earlier, one of them lies outside. */
function edgesOf({ words, prefix }: Network): readonly string[] {
  const last = words.map((word, index) => {
    const bits = Math.min(Math.max(prefix - index * 32, 0), 32);
    return bits === 32 ? word : (word | (0xffff_ffff >>> bits)) >>> 0;
  });
  const edges = [textOf(words), textOf(last)];
  return edges[0] === edges[1] ? edges.slice(0, 1) : edges;
}

function textOf(words: readonly number[]): string {
  const [only = 0] = words;
  if (words.length === 1) return [24, 16, 8, 0].map((shift) => (only >>> shift) & 255).join('.');
  return words.flatMap((word) => [(word >>> 16).toString(16), (word & 0xffff).toString(16)]).join(':');
}
