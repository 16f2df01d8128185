// What a connector says of itself: one JSON object a line, like bouncer's own log; to a person at a terminal, in words.
import { logText } from '../../http/log-text.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface ConnectorLog {
  info(event: string, fields: LogFields): void;
  warn(event: string, fields: LogFields): void;
}

export interface ConnectorLogOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export function createConnectorLog(output: ConnectorLogOutput): ConnectorLog {
  if (output.isTTY === true) return createSpokenLog(output);
  const write = (level: string, event: string, fields: LogFields): void => {
    output.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  };
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
  };
}

/** The longest text of one field on a terminal, characters. */
const longestText = 600;

/** The same events for a person; what is said again and again, as each try fails for the same reason, is said once. */
function createSpokenLog(output: ConnectorLogOutput): ConnectorLog {
  let last = '';
  const say = (event: string, { hint, retry_ms: retryMs, ...fields }: LogFields): void => {
    const said = Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${logText(String(value), longestText)}`);
    const text = [
      event.replaceAll('_', ' '),
      ...said,
      ...(retryMs === undefined ? [] : ['it goes on trying']),
    ];
    const line = text.join(', ');
    if (line === last) return;
    last = line;
    output.write(`${new Date().toTimeString().slice(0, 8)}  ${line}\n`);
    if (typeof hint === 'string') output.write(`          hint: ${hint}\n`);
  };
  return { info: say, warn: say };
}
