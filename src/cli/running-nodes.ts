// What the store of the settings knows of the bouncers that work on it, where each says with which rules, and of service tokens.
import { looksAtKeys } from '../identity/hardware-keys/look-at-keys.ts';
import type { Settings } from '../settings/settings.ts';
import { deadLook, type Look } from '../source/finding.ts';
import type { SeenNode } from '../store/node-store.ts';
import { openStore } from '../store/open-store.ts';

/** Who has not said so for longer is gone, milliseconds. */
const seenWithinMs = 20_000;

export interface KnownByStore {
  readonly nodes: readonly SeenNode[];
  /** The names of the service tokens. */
  readonly tokens: readonly string[];
  /** At what people enrolled, and at bouncers that are none of ours. */
  readonly looks: readonly Look[];
}

/** @throws BouncerError `store_unavailable` */
export async function askStore(settings: Settings): Promise<KnownByStore> {
  const store = await openStore(settings);
  try {
    const nowMs = store.now();
    const nodes = (await store.nodes.listNodes()).filter(({ seenAtMs }) => nowMs - seenAtMs < seenWithinMs);
    const tokens = (await store.tokens.list()).map(({ token }) => token.name);
    const looks = [
      ...(await Promise.all(looksAtKeys(store, settings))),
      ...looksAtStrangers(nodes, settings),
    ];
    return { nodes, tokens, looks };
  } finally {
    await store.close();
  }
}

/** Who works on the store and has its logins elsewhere: another site that took this database by mistake, or a node that was forgotten. */
function looksAtStrangers(nodes: readonly SeenNode[], { authUrl }: Settings): readonly Look[] {
  return nodes.flatMap(({ name, authUrl: theirs = authUrl }) =>
    theirs === authUrl
      ? []
      : [
          deadLook(`bouncer ${name}`, 'auth-url-differs', {
            cause: `works on this store with \`auth_url: ${theirs}\`, not \`${authUrl}\``,
            hint: 'all nodes of a store are one site: give each site a database of its own',
          }),
        ],
  );
}

/** A line for each. @param rulesHash of the rules that were checked */
export function renderRunningNodes(nodes: readonly SeenNode[], rulesHash: string): string {
  if (nodes.length === 0) return 'no bouncer works on this store\n';
  return nodes
    .map(({ name, version, rulesHash: runs, rulesFailure }) => {
      const which = runs === rulesHash ? 'these rules' : 'other rules';
      const [reason] = (rulesFailure ?? '').split('\n').filter((line) => line !== '');
      const refused = reason === undefined ? '' : `; it refused newer ones: ${reason}`;
      return `${name} (${version}) runs ${which}, ${runs}${refused}\n`;
    })
    .join('');
}
