// `stalled-downloads.ts PORT HOST COUNT`: so many downloads that nobody reads. Says `ready` when each has its head, and stays.
import { request } from 'node:http';

const [port = '0', host = '', count = '0'] = process.argv.slice(2);
let begun = 0;
for (let at = 0; at < Number(count); at++) {
  const req = request({ host: '127.0.0.1', port, path: '/1g', headers: { host }, agent: false }, (res) => {
    res.pause();
    begun++;
    if (begun === Number(count)) process.stdout.write('ready\n');
  });
  req.on('error', (error) => process.stderr.write(`${error.message}\n`));
  req.end();
}
setInterval(() => {}, 60_000);
