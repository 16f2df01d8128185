// One request with each cookie of a file, in their order, over keep-alive connections; no request beyond that. Prints how many answers were
// not 200. Usage: node load-each-cookie.ts PORT PATH CONNECTIONS COOKIES_FILE HOST
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';

const [port, path, connections, cookiesFile, host] = process.argv.slice(2);
const cookies = readFileSync(String(cookiesFile), 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
let next = 0;
let errors = 0;

async function askOnAndOn(): Promise<void> {
  for (let cookie = cookies[next++]; cookie !== undefined; cookie = cookies[next++]) {
    const status = await ask(cookie);
    if (status !== 200) errors += 1;
  }
}

function ask(cookie: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, path, agent, host: '127.0.0.1', headers: { host, cookie } };
    get(options, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    }).once('error', reject);
  });
}

await Promise.all(Array.from({ length: Number(connections) }, askOnAndOn));
agent.destroy();
process.stdout.write(`${errors}\n`);
