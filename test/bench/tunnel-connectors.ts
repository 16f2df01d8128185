// Many connectors in one process, for the benchmark of what a tunnel costs the edge: `node tunnel-connectors.ts TOKEN COUNT URL`. Says
// `connected` when all of them are.
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { startConnector } from '../../src/tunnel/connector/create-connector.ts';
import { createServiceList, parseServiceOption } from '../../src/tunnel/connector/service-list.ts';
import { parseJoinToken } from '../../src/tunnel/wire/join-token.ts';

const [text = '', count = '0', url = ''] = process.argv.slice(2);
const token = parseJoinToken(text);
if (token === null) throw new Error('that is no join token');
const list = createServiceList([parseServiceOption(`wiki=${url}`, '/')]);
const connectors = Array.from({ length: Number(count) }, () =>
  startConnector({
    ...{ state: freshState(), save: () => {}, token, services: list, version: 'bench', env: {} },
    log: { info: () => {}, warn: () => {} },
  }),
);
const look = setInterval(() => {
  const areAll = connectors.every((one) => one.report().connections.every(({ isUsable }) => isUsable));
  if (!areAll) return;
  clearInterval(look);
  process.stdout.write('connected\n');
}, 500);
