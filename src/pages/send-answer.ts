// An endpoint's answer as HTTP. The only place of the pages that writes a response.
import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';
import { languageHeaders, pageHeaders } from './page-headers.ts';

/** Send it. Nothing may have been sent on `res` before. */
export function sendAnswer(res: ServerResponse, answer: Answer, context: PageContext): void {
  const { request, visit } = context;
  for (const [name, value] of Object.entries(pageHeaders(context.settings))) res.setHeader(name, value);
  res.setHeader('X-Request-Id', visit.requestId);
  if ('headers' in answer && answer.headers !== undefined) {
    for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value);
  }
  if ('setCookies' in answer)
    for (const cookie of answer.setCookies ?? []) res.appendHeader('Set-Cookie', cookie);
  res.statusCode = answer.status;
  let body: string | Buffer = '';
  switch (answer.kind) {
    case 'page':
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      for (const [name, value] of Object.entries(languageHeaders(context.texts))) res.setHeader(name, value);
      body = answer.body;
      break;
    case 'json':
      res.setHeader('Content-Type', 'application/json');
      body = `${JSON.stringify(answer.value)}\n`;
      break;
    case 'script':
      res.setHeader('Content-Type', 'text/javascript; charset=utf-8');
      body = answer.body;
      break;
    case 'picture':
      res.setHeader('Content-Type', answer.type);
      body = answer.bytes;
      break;
    case 'redirect':
      res.setHeader('Location', answer.location);
      break;
    case 'empty':
      break;
    default:
      answer satisfies never;
  }
  res.setHeader('Content-Length', Buffer.byteLength(body));
  // A body that nobody read must not be taken for the next request on the connection.
  if (request.hasBody && !res.req.readableEnded && res.req.httpVersionMajor < 2)
    res.setHeader('Connection', 'close');
  res.end(request.method === 'HEAD' ? undefined : body);
}
