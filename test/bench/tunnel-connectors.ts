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
for (let number = 0; number < Number(count); number++)
  startConnector({
    ...{ state: freshState(), save: () => {}, token, services: list, version: 'bench', env: {} },
    log: { info: () => {}, warn: () => {} },
  });
