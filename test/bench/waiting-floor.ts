// What connections of TLS and HTTP/2 weigh in Node by themselves, beside those of connectors that wait. `node waiting-floor.ts serve PORT`
// is a server of Node's and nothing more; `node waiting-floor.ts fill PORT COUNT` opens so many connections to it, each with one stream
// that stays open, and then says `connected`.
import { once } from 'node:events';
import { connect, createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createEdgeKeyText, edgeKeyOf } from '../../src/tunnel/wire/edge-certificate.ts';

const [role, port = '0', count = '0'] = process.argv.slice(2);

function serve(): void {
  const { privateKey, certificate } = edgeKeyOf(createEdgeKeyText());
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const server = createSecureServer({ key, cert: certificate, minVersion: 'TLSv1.3' });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    stream.write('hello\n');
  });
  server.listen(Number(port), '127.0.0.1');
}

async function fill(): Promise<void> {
  for (let at = 0; at < Number(count); at++) {
    const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    session.on('error', () => {});
    const stream = session.request({ ':method': 'GET', ':path': '/' });
    stream.on('error', () => {}).resume();
    await once(stream, 'response');
  }
  process.stdout.write('connected\n');
}

if (role === 'serve') serve();
else await fill();
