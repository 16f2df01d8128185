// The settings and rules of the demonstration, written as a person would write them: they are examples to read and to edit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoService, demoTunnel } from './demo-tunnel.ts';

/** The identity provider's id in the settings. */
export const demoProviderId = 'example';

/** Where everything listens. */
export interface DemoAddresses {
  readonly port: number;
  /** Where connectors come in. */
  readonly edgePort: number;
  readonly issuer: string;
  readonly wiki: string;
  readonly git: string;
}

export interface DemoFolder {
  readonly settingsFile: string;
  readonly rulesFile: string;
  /** Remove the folder with everything in it. */
  remove(): void;
}

/** Write both files into a new temporary folder. */
export function writeDemoFolder(addresses: DemoAddresses, clientSecret: string): DemoFolder {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-demo-'));
  const settingsFile = join(folder, 'bouncer.yaml');
  const rulesFile = join(folder, 'rules.yaml');
  writeFileSync(join(folder, 'client-secret'), clientSecret, { mode: 0o600 });
  writeFileSync(settingsFile, settingsText(addresses));
  writeFileSync(rulesFile, rulesText(addresses));
  return {
    settingsFile,
    rulesFile,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function settingsText({ port, edgePort, issuer }: DemoAddresses): string {
  return `# The settings of this demonstration: where bouncer listens, and who says who people are.

auth_url: http://auth.localhost:${port}
listen: 127.0.0.1:${port}
rules: rules.yaml
data_dir: data

identity_providers:
  - id: ${demoProviderId}
    type: oidc
    label: Example ID
    issuer: ${issuer}
    client_id: bouncer
    client_secret: { file: client-secret }
    scopes: [openid, email, profile, groups]
    groups_claim: groups

  # For whom Example ID does not know. Mail needs a server (smtp: …); here it is shown on a page instead:
  # http://auth.localhost:${port}/.bouncer/mail
  - id: email
    type: email_pin

# Where connectors come in: the photos are behind a tunnel.
tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }

log: { level: info, format: pretty }
`;
}

function rulesText({ port, wiki, git }: DemoAddresses): string {
  return `# Who may open what. Edit this file and save it: it counts from the next request on,
# and what is open in a browser and not allowed any more is cut.
#
# Policies are read from top to bottom; the first one that matches decides; none matches: denied.

rule_groups:
  engineers:
    include: [{ group: engineering }]

applications:
  - name: wiki
    host: wiki.localhost
    upstream: ${wiki}
    login_methods: [${demoProviderId}]
    policies:
      - name: engineers
        action: allow
        include: [{ rule_group: engineers }]
    paths:
      - path: /admin
        policies:
          - name: administrators with a security key
            action: allow
            include: [{ group: admins }]
            require: [hardware_key]
      - path: /public
        policies:
          - name: open to everybody
            action: bypass
            include: [everyone]

  # Family comes by Example ID or by a code in a mail, as they like.
  - name: photos
    host: photos.localhost
    # Behind a tunnel: a connector beside the photos dials out to bouncer. Nobody here knows their address.
    upstream: tunnel:${demoTunnel}/${demoService}
    policies:
      - name: family and friends
        action: allow
        include:
          - email: [mom@family.example, ada@example.com]

  - name: git
    host: git.localhost
    upstream: ${git}
    login_methods: [${demoProviderId}]
    policies:
      - name: engineers
        action: allow
        include: [{ rule_group: engineers }]

# What must stay true whatever you change above. A file that fails one of these is not taken.
tests:
  - name: a stranger sees no photos
    url: http://photos.localhost:${port}/
    as: { email: sam@elsewhere.example }
    expect: deny
  - name: an administrator is asked for the key
    url: http://wiki.localhost:${port}/admin
    as: { email: ada@example.com, groups: [engineering, admins] }
    expect: step_up
  - name: whoever is not logged in is asked to
    url: http://git.localhost:${port}/
    expect: login
`;
}
