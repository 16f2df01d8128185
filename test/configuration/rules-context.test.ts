// What rules are told of the settings about who says groups and addresses.
import { describe, expect, test } from 'vitest';
import { rulesContext } from '../../src/configuration/load-rules.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

function contextOf(...providers: readonly string[]) {
  const entries = providers.map(
    (provider, index) =>
      `  - { id: p${index}, ${provider.startsWith('type') ? provider : `type: oidc, issuer: https://p${index}.example.com, client_id: c${provider === '' ? '' : `, ${provider}`}`} }`,
  );
  const smtp = 'smtp: { url: "smtps://mail.example.com", from: a@example.com }';
  const yaml = parseYaml(
    'bouncer.yaml',
    `auth_url: https://auth.example.com\n${smtp}\nidentity_providers:\n${entries.join('\n')}\n`,
  );
  if (!yaml.ok) throw new Error('not YAML');
  const settings = parseSettings(yaml.value, { env: {}, baseDir: '/', readFile: () => '' });
  if (!settings.ok) throw new Error(JSON.stringify(settings.problems));
  return rulesContext(settings.value);
}

describe('groups that count', () => {
  test.each([
    [['groups: { only: [a, b/*] }'], ['a', 'b/*']],
    [
      ['groups: { only: [a] }', 'groups: { only: [c] }', 'groups_claim: none'],
      ['a', 'c'],
    ],
    [['groups: { only: [a] }', ''], undefined],
    [['groups_claim: none', 'type: email_pin'], []],
  ])('of %j', (providers, expected) => {
    expect(contextOf(...providers).countedGroups).toEqual(expected);
  });
});

test('addresses: who names domains, and who is believed about the rest; a code in a mail proves itself', () => {
  expect(contextOf('email_domains: [Example.com]', '', '', 'type: email_pin').addressSpeakers).toEqual({
    named: ['example.com'],
    ofTheRest: ['p1', 'p2'],
  });
});
