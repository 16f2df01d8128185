// What `bouncer init` writes: settings and rules as a person would write them, with comments that teach, and tests that pass. Pure
// but for the secret of a local try.
import { randomBytes } from 'node:crypto';
import { parseTunnelAddress, tunnelScheme } from '../http/tunnel-address.ts';
import { type FirstProviderKind, habitComments, labelOf } from './first-provider.ts';

/** What was answered. */
export interface FirstSite {
  /** Where people open the site: an origin. */
  readonly url: URL;
  readonly upstream: string;
  /** Addresses and domains, lower case. */
  readonly allow: readonly string[];
  /** A try on this machine alone. */
  readonly isLocal: boolean;
  readonly kind: FirstProviderKind;
  /** `null`: the preset knows it. */
  readonly issuer: string | null;
  readonly clientId: string | null;
}

export interface FirstFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

interface Names {
  readonly authUrl: string;
  readonly application: string;
  readonly providerId: string;
  readonly label: string;
}

export function firstFiles(site: FirstSite): readonly FirstFile[] {
  const names = namesOf(site);
  return [
    {
      name: 'bouncer.yaml',
      text: site.isLocal ? localSettings(site, names) : settings(site, names),
      mode: 0o644,
    },
    { name: `policies/${names.application}.yaml`, text: rules(site, names), mode: 0o644 },
    { name: '.env', text: secrets(site, names), mode: 0o600 },
    { name: '.gitignore', text: '# Secrets, and what bouncer keeps.\n.env\ndata/\n', mode: 0o644 },
  ];
}

/** What follows from the answers. */
export function namesOf({ url, isLocal, kind }: FirstSite): Names {
  const labels = url.hostname.split('.');
  const rest = labels.length > 2 || isLocal ? labels.slice(1) : labels;
  const login = labels[0] === 'auth' ? 'login' : 'auth';
  const port = url.port === '' ? '' : `:${url.port}`;
  return {
    authUrl: `${url.protocol}//${login}.${rest.join('.')}${port}`,
    application: labels[0] ?? 'site',
    providerId: isLocal ? 'local' : kind === 'email_pin' ? 'email' : kind,
    label: isLocal ? 'this machine' : labelOf(kind),
  };
}

const variable = (providerId: string, what: string): string =>
  `${providerId.toUpperCase().replaceAll('-', '_')}_CLIENT_${what}`;

/** A plain word where YAML, of any age, has no other idea of it. */
function yamlText(text: string): string {
  const isPlain = /^[A-Za-z][\w.+@:/-]*$/.test(text) && !text.endsWith(':');
  return isPlain && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : JSON.stringify(text);
}

/** The same before words of ours. */
function yamlTitle(text: string, words: string): string {
  return yamlText(text) === text ? `${text} ${words}` : JSON.stringify(`${text} ${words}`);
}

function settings(site: FirstSite, names: Names): string {
  return `# The settings of bouncer: where it listens, and who says who people are. \`bouncer check\` reads them and changes nothing.

# Where people log in. This name and that of every application must lead to bouncer.
auth_url: ${names.authUrl}

# Where requests come in. TLS ends in the reverse proxy in front (or a tunnel such as cloudflared), which has to pass \`Host\` on.
# With nothing in front: listen: "[::]:443" and tls: { cert_file: cert.pem, key_file: key.pem }
listen: 127.0.0.1:8080
${tunnelSettings(site, '"[::]:7844"', `${new URL(names.authUrl).hostname}:7844`)}
# Whose word counts about where people come from: that server, here on this machine.
trusted_proxies: [127.0.0.1/32]

# Who may open what: every *.yaml in this folder.
rules: policies

# Signing keys and logins. Nobody else may read it; it does not belong into Git.
data_dir: data

${providerSettings(site, names)}
# Your name, logo (PNG or SVG) and colour on the pages that people see; they are in the language of whoever reads them.
# branding: { name: Acme, logo_file: logo.svg, color: "#0a4fd6" }

# For people at a terminal; leave it out for JSON, which programs read.
# log: { format: pretty }
`;
}

/** Where connectors come in, if the site is behind a tunnel. @param address how they reach it */
function tunnelSettings({ upstream }: FirstSite, listen: string, address: string): string {
  if (tunnelOf(upstream) === null) return '';
  return `
# Where the connector beside the site comes in: this port is open to it. \`addresses\` is where it is told to come.
tunnel:
  listen: ${listen}
  addresses: ["${address}"]
`;
}

/** The name of the tunnel, where the site is behind one. */
export function tunnelOf(upstream: string): string | null {
  return upstream.startsWith(tunnelScheme) ? (parseTunnelAddress(upstream)?.tunnel ?? null) : null;
}

function providerSettings({ kind, issuer, clientId, allow }: FirstSite, names: Names): string {
  const { providerId } = names;
  if (kind === 'email_pin') return codesByMail(names);
  return `identity_providers:
  - id: ${providerId}
    # What this provider needs besides is filled in by its type; anything of it can be written here.
    type: ${kind}
${issuer === null ? '' : `    issuer: ${yamlText(issuer)}\n`}    client_id: ${clientId === null ? `{ env: ${variable(providerId, 'ID')} }` : yamlText(clientId)}
    # Never a secret in this file: it comes from the environment, or from .env beside this file.
    client_secret: { env: ${variable(providerId, 'SECRET')} }
${habitComments(kind, domainsOf(allow))}`;
}

function codesByMail({ authUrl, application, providerId }: Names): string {
  return `# Whoever the rules name gets a code of six digits by mail, and types it: no account anywhere, no password.
identity_providers:
  - id: ${providerId}
    type: email_pin

# The mail server that takes them. Its address has a password in it, so it comes from the environment, or from .env beside this file.
smtp:
  url: { env: SMTP_URL }
  from: ${yamlText(`${application}@${new URL(authUrl).hostname.split('.').slice(1).join('.')}`)}

# Typing a code every day is a nuisance for a family. Delete the line for the standard: 24h.
session: { duration: 90d, idle_timeout: 30d }
`;
}

/** Of whom only the domain is named. */
function domainsOf(allow: readonly string[]): readonly string[] {
  return allow.filter((who) => !who.includes('@'));
}

function localSettings(site: FirstSite, { authUrl, providerId }: Names): string {
  const { url } = site;
  const port = url.port === '' ? 80 : Number(url.port);
  const providerPort = port === 65_535 ? port - 1 : port + 1;
  return `# A try on this machine alone: \`bouncer serve --dev\` also starts an identity provider without passwords at \`issuer\` below, whose
# people are whom the rules name, and shows mail on a page. For the real thing change auth_url and the providers, and leave --dev out.

auth_url: ${authUrl}
listen: 127.0.0.1:${port}
${tunnelSettings(site, '127.0.0.1:7844', '127.0.0.1:7844')}rules: policies
data_dir: data

identity_providers:
  - id: ${providerId}
    type: oidc
    label: This machine
    issuer: http://idp.localhost:${providerPort}
    client_id: bouncer
    client_secret: { env: ${variable(providerId, 'SECRET')} }
    scopes: [openid, email, profile, groups]

  # A code by mail, for whom the rules name and who has no account anywhere. Without --dev it needs a mail server: smtp: { url: …, from: … }
  - id: email
    type: email_pin

log: { format: pretty }
`;
}

function secrets({ isLocal, clientId, kind }: FirstSite, { providerId, label }: Names): string {
  if (!isLocal && kind === 'email_pin')
    return `# The account that may send mail as \`from\` of the settings; an @ in it is written %40. Port 587 speaks STARTTLS, smtps: with 465 TLS from the start.
SMTP_URL=smtp://USER:PASSWORD@mail.example.com:587
`;
  if (isLocal)
    return `# Between bouncer and the identity provider of this try.\n${variable(providerId, 'SECRET')}=${randomBytes(24).toString('base64url')}\n`;
  const id = clientId === null ? `${variable(providerId, 'ID')}=put-the-client-id-here\n` : '';
  return `# From ${label}, where you register bouncer. The environment goes first where it has a name too.\n${id}${variable(providerId, 'SECRET')}=put-the-client-secret-here\n`;
}

function rules({ url, upstream, allow }: FirstSite, { application }: Names): string {
  const emails = allow.filter((who) => who.includes('@'));
  const domains = domainsOf(allow);
  const include = [
    ...(emails.length === 0 ? [] : [`          - email: [${emails.map(yamlText).join(', ')}]`]),
    ...(domains.length === 0 ? [] : [`          - email_domain: [${domains.map(yamlText).join(', ')}]`]),
  ];
  const somebody = emails[0] ?? `somebody@${domains[0]}`;
  return `# Who may open what. Saved, it counts from the next request on. Policies are read from top to bottom, the first that
# matches decides, and where none matches nobody gets in. \`bouncer explain --url … --email …\` says why.

applications:
  - name: ${yamlText(application)}
    host: ${yamlText(url.hostname)}
    # ${tunnelOf(upstream) === null ? 'The site itself' : 'A service of the connector that runs beside the site'}. Nobody should reach it around bouncer.
    upstream: ${yamlText(upstream)}
    policies:
      - name: who may see it
        action: allow
        include: # one of these is enough
${include.join('\n')}

# What must stay true, whatever is changed above: rules that fail one of these never go live.
tests:
  - name: ${yamlTitle(somebody, 'gets in')}
    url: ${url.origin}/
    as: { email: ${yamlText(somebody)} }
    expect: allow
  - name: a stranger does not
    url: ${url.origin}/
    as: { email: stranger@elsewhere.example }
    expect: deny
`;
}
