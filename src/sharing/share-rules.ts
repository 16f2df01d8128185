// Shares as applications: each is made from the template that the settings and rules give, with a host, an audience and a policy of its
// own. Pure.
import { shareAudience, shareHost, shareService } from '../http/share-name.ts';
import { createRulesCompiler, type ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { Sharing } from '../rules/model/compiled-rules.ts';
import type { ApplicationRules, Place } from '../rules/model/rules-set.ts';
import type { StoredShare } from '../store/tunnel-store.ts';

export interface NamedShare extends StoredShare {
  readonly name: string;
  readonly createdAtMs: number;
}

/** What stands in the log as the policy that let somebody in. */
export const sharePolicy = 'the people named';

/** A share stands in no file. */
const nowhere: Place = { locate: () => ({ file: 'share', line: 1, column: 1, endColumn: 2 }) };

export function compileShares(shares: readonly NamedShare[], sharing: Sharing | null): ExplainableRules {
  const compiler = createRulesCompiler([], null);
  if (sharing !== null) for (const share of shares) compiler.add(applicationOf(share, sharing));
  return compiler.finish(null);
}

function applicationOf(share: NamedShare, { template }: Sharing): ApplicationRules {
  const { name, domain, emails, port } = share;
  const host = shareHost(name, domain);
  return {
    ...template,
    name: shareAudience(name),
    audience: shareAudience(name),
    hosts: [host],
    presentation: { ...template.presentation, label: host },
    upstreams: [
      { kind: 'tunnel', tunnel: name, service: shareService, text: `tunnel:${name}/${shareService}` },
    ],
    // Sites that are made on a laptop answer to that name, and to no other.
    upstreamOptions: { ...template.upstreamOptions, hostHeader: `localhost:${port}` },
    mode: 'enforce',
    requests: null,
    policies: [
      {
        name: sharePolicy,
        label: null,
        action: 'allow',
        mode: 'enforce',
        include: [{ kind: 'email', values: emails, place: nowhere }],
        require: [],
        exclude: [],
        place: nowhere,
      },
    ],
    paths: [],
    place: nowhere,
  };
}
