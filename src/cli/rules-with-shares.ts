// The rules as a running bouncer has them for an address: with what people share at the moment, where the address is below the domain of
// shares. Only then is the store asked.
import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import { joinRules } from '../rules/decide/join-rules.ts';
import type { Settings } from '../settings/settings.ts';
import { compileShares } from '../sharing/share-rules.ts';
import { openStore } from '../store/open-store.ts';

/** @throws BouncerError `store_unavailable` */
export async function rulesWithShares(
  rules: ExplainableRules,
  settings: Settings,
  host: string,
): Promise<ExplainableRules> {
  const { share } = settings;
  if (share === null || !host.endsWith(`.${share.domain}`)) return rules;
  const store = await openStore(settings);
  try {
    const { tunnels } = await store.tunnels.read();
    const nowMs = store.now();
    const shares = tunnels.flatMap(({ name, createdAtMs, share: one }) =>
      one === null || one.expiresAtMs <= nowMs ? [] : [{ ...one, name, createdAtMs }],
    );
    return joinRules(rules, compileShares(shares, rules.sharing));
  } finally {
    await store.close();
  }
}
