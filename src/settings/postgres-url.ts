// Reads the address of a PostgreSQL server as its own tools write it, several hosts included. Opens nothing, and no text of its
// problems quotes the address: a password may be in it.
import type { Fault } from './field-checks.ts';
import type { PostgresAddress } from './settings.ts';

const form =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^/?#]*)(?:\/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$/;
const hostForm = /^(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?<port>[0-9]{1,5}))?$/;
const example = 'such as `postgres://bouncer:PASSWORD@db.example.com:5432/bouncer`';
const defaultPort = 5432;

function decode(text: string | undefined): string | null | undefined {
  if (text === undefined || text === '') return null;
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function fault(code: string, reason: string, hint: string): Fault {
  return { code, reason, hint };
}

/**
 * @param authority `own`: the settings name one, so that the server must prove its name on this machine, too
 * @returns the address, or what is wrong with the text
 */
export function parsePostgresUrl(
  text: string,
  authority: 'own' | 'usual' = 'usual',
): { readonly address: PostgresAddress } | { readonly fault: Fault } {
  const parts = form.exec(text)?.groups;
  if (parts === undefined)
    return {
      fault: fault(
        'bad-postgres-url',
        'this is not the address of a PostgreSQL database',
        `${example}; write \`%40\` for an @ and \`%2F\` for a / in the password`,
      ),
    };
  const [user, password, database] = [
    decode(parts['user']),
    decode(parts['password']),
    decode(parts['database']),
  ];
  if (user === undefined || password === undefined || database === undefined)
    return {
      fault: fault(
        'bad-postgres-url',
        'a percent sign in the address is not followed by two hexadecimal digits',
        'write `%25` for a percent sign',
      ),
    };
  const query = parseQuery(parts['query'] ?? '');
  if ('fault' in query) return query;
  const hosts = parts['hosts'] === '' ? query.hosts : parseHosts(parts['hosts'] ?? '');
  if (hosts === null || hosts.length === 0)
    return {
      fault: fault('bad-postgres-url', 'the address names no host, or one that is not a host name', example),
    };
  const isOpen = hosts.every(({ host }) => (authority === 'own' ? isSocket(host) : isLoopback(host)));
  return { address: { hosts, user, password, database, isTls: query.isTls ?? !isOpen } };
}

function parseHosts(text: string): PostgresAddress['hosts'] | null {
  const hosts = text.split(',').map((each) => {
    const { host, port } = hostForm.exec(each)?.groups ?? {};
    const number = port === undefined ? defaultPort : Number(port);
    return host === undefined || number < 1 || number > 65_535
      ? null
      : { host: host.replace(/^\[|\]$/g, ''), port: number };
  });
  return hosts.every((each) => each !== null) ? hosts : null;
}

/** The parameters that are understood; one that is not could weaken the connection without anybody's noticing. */
function parseQuery(
  text: string,
): { readonly isTls: boolean | null; readonly hosts: PostgresAddress['hosts'] } | { readonly fault: Fault } {
  let isTls: boolean | null = null;
  let hosts: PostgresAddress['hosts'] = [];
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === 'sslmode' && ['require', 'verify-ca', 'verify-full'].includes(value)) isTls = true;
    else if (name === 'sslmode' && value === 'disable') isTls = false;
    else if (name === 'sslmode')
      return {
        fault: fault(
          'bad-postgres-url',
          'this `sslmode` may go on without encryption',
          'write `verify-full`, or `disable` where the network is your own',
        ),
      };
    else if (name === 'host' && value.startsWith('/')) hosts = [{ host: value, port: defaultPort }];
    else if (name === 'target_session_attrs' && ['read-write', 'primary'].includes(value)) continue;
    else
      return {
        fault: fault(
          'bad-postgres-url',
          'the address has a parameter that bouncer does not know',
          '`sslmode`, `host=/folder/of/the/socket` and `target_session_attrs=read-write` are known',
        ),
      };
  }
  return { isTls, hosts };
}

function isSocket(host: string): boolean {
  return host.startsWith('/');
}

function isLoopback(host: string): boolean {
  return isSocket(host) || host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** For the schema: what is wrong with an address, or `null`. */
export function checkPostgresUrl(text: string): Fault | null {
  const parsed = parsePostgresUrl(text);
  return 'fault' in parsed ? parsed.fault : null;
}
