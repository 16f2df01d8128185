// What a connector says of itself: one JSON object a line, like bouncer's own log.

export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface ConnectorLog {
  info(event: string, fields: LogFields): void;
  warn(event: string, fields: LogFields): void;
}

export function createConnectorLog(output: { write(text: string): unknown }): ConnectorLog {
  const write = (level: string, event: string, fields: LogFields): void => {
    output.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  };
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
  };
}
