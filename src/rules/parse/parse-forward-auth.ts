// An application that another proxy forwards to (`upstream: forward_auth`): what bouncer does not do for it must not be asked of it.
import type { RulesContext } from '../model/rules-set.ts';
import type { Spot } from './problem-reporter.ts';
import type { ApplicationEntry } from './rules-schema.ts';

/** In place of an address. */
export const forwardAuthWord = 'forward_auth';

/** Complains about what would be read and ignored. */
export function checkForwardAuth(entry: ApplicationEntry, spot: Spot, context: RulesContext): void {
  if (context.hasForwardAuth === false)
    spot.at('upstream').complain({
      code: 'no-forward-auth',
      reason: 'no other proxy may ask: the settings have no `forward_auth`',
      hint: 'add `forward_auth: { listen: 127.0.0.1:4180, from: [127.0.0.1/32], proxy: nginx }` there',
    });
  for (const key of ['upstream_options', 'response_headers', 'rewrite_location'] as const)
    if (entry[key] !== undefined) refuseUnused(spot.at(key), `\`${key}\``);
  for (const [index, { upstream }] of (entry.paths ?? []).entries())
    if (upstream !== undefined) refuseUnused(spot.at('paths', index, 'upstream'), '`upstream` of a path');
  if (entry.request_headers?.remove !== undefined)
    refuseUnused(spot.at('request_headers', 'remove'), '`remove` of `request_headers`');
}

function refuseUnused(spot: Spot, what: string): void {
  spot.complain({
    ...{ code: 'unused-option', part: 'key' },
    reason: `${what} with \`upstream: forward_auth\`: another proxy forwards, and bouncer does not see it`,
    hint: 'say so to that proxy, and delete it here',
  });
}
