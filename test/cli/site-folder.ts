// A folder with bouncer.yaml and policies/, as somebody has it who runs bouncer.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const settings = `auth_url: https://auth.example.com
listen: 127.0.0.1:8080
rules: policies
data_dir: data
trusted_proxies: [127.0.0.1/32]
identity_providers:
  - id: google
    type: oidc
    issuer: https://accounts.google.com
    client_id: abc
    client_secret: { env: GOOGLE_CLIENT_SECRET }
`;

export const env = { GOOGLE_CLIENT_SECRET: 'canary-secret' };

export const rules = `rule_groups:
  staff:
    include: [{ email_domain: example.com }]
    exclude: [{ group: contractors }]

applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:8090
    policies:
      - name: no one from there
        action: deny
        include: [{ ip: 203.0.113.0/24 }]
      - name: staff
        action: allow
        include: [{ rule_group: staff }]
    paths:
      - path: /admin
        policies:
          - name: administrators with a key
            action: allow
            include: [{ group: admins }]
            require: [{ rule_group: staff }, hardware_key]
            exclude: [{ ip: 203.0.113.0/24 }]

tests:
  - name: staff reads the wiki
    url: https://wiki.example.com/page
    as: { email: ada@example.com }
    ip: 198.51.100.7
    expect: allow
  - name: a contractor does not
    url: https://wiki.example.com/page
    as: { email: c@example.com, groups: [contractors] }
    ip: 198.51.100.7
    expect: deny
`;

export interface SiteFolder {
  readonly path: string;
  write(file: string, content: string | Uint8Array): void;
  remove(): void;
}

export function makeSiteFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): SiteFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'bouncer-cli-')));
  const write = (file: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  };
  for (const [file, content] of Object.entries({
    'bouncer.yaml': settings,
    'policies/wiki.yaml': rules,
    ...files,
  }))
    write(file, content);
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) };
}
