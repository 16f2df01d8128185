// What stands in the bundle for `node:http`. An `import` of that reads every one of its members, and three of them (`WebSocket` and its two
// events) load Node's own `fetch` with all that belongs to it: 25 to 40 ms of CPU in each start, for nothing that bouncer uses.
import http from 'node:http';

/** A module with the same members, but for those that load something when they are read. */
export function renderHttpModule(): string {
  const names = Object.entries(Object.getOwnPropertyDescriptors(http))
    .filter(([name, { get }]) => get === undefined && /^[A-Za-z]\w*$/.test(name))
    .map(([name]) => name);
  return `const http = process.getBuiltinModule('node:http');
export const { ${names.join(', ')} } = http;
`;
}
