// Judges what came of one connection by the case's `expected`: outcome, status, what the upstream saw. The words of `assert` are judged in
// exchange-asserts.ts.
import type { AttackCase } from './attack-case.ts';
import { assertProblems } from './exchange-asserts.ts';
import type { Played, Target } from './play-exchange.ts';

/** Everything that is wrong; empty when the attack was held. */
export async function judgeExchange(one: AttackCase, played: Played, target: Target): Promise<string[]> {
  return [
    ...statusProblems(one, played),
    ...upstreamProblems(one, played),
    ...outcomeProblems(one, played),
    ...(await assertProblems(one, played, target)),
  ];
}

function statusProblems({ expected }: AttackCase, { exchange }: Played): string[] {
  const first = exchange.responses[0];
  // A connection that is closed without a word is a refusal, too.
  if (first === undefined) {
    const isRefusal = exchange.isClosed && /^re(?:ject|fuse)/.test(expected.outcome);
    return isRefusal ? [] : [`no response${exchange.isClosed ? ', closed' : ''}`];
  }
  if (expected.status === undefined || expected.status.includes(first.status)) return [];
  return [`status ${first.status}, expected ${expected.status.join(' or ')}`];
}

function upstreamProblems({ expected }: AttackCase, { exchange, seen, upstreamBytes }: Played): string[] {
  const urls = seen.map(({ method, url }) => `${method} ${url}`).join(', ');
  const isAnswered = (exchange.responses[0]?.status ?? 400) < 400;
  switch (expected.upstream) {
    case undefined:
      return [];
    case 'none':
      return upstreamBytes === 0 ? [] : [`the upstream saw ${upstreamBytes} bytes: ${urls}`];
    case 'exactly-one':
    case 'none-by-default':
      return seen.length === (isAnswered ? 1 : 0)
        ? []
        : [`the upstream saw ${seen.length} requests: ${urls}`];
    case 'at-most-one':
    case 'at-most-the-first-request':
      return seen.length <= 1 ? [] : [`the upstream saw ${seen.length} requests: ${urls}`];
    case 'only /public of app reached':
      return urls === 'GET /public' ? [] : [`the upstream saw ${urls}`];
    default:
      return [`nobody judges upstream: ${expected.upstream}`];
  }
}

function outcomeProblems(one: AttackCase, { exchange, seen }: Played): string[] {
  const problems: string[] = [];
  if (seen.some(({ url }) => url.includes('/smuggled')))
    problems.push('the hidden request reached the upstream');
  switch (one.expected.outcome) {
    case 'reject':
    case 'reject-or-single':
    case 'reject-or-normalise':
    case 'single':
    case 'deny':
    case 'refuse-or-deny':
    case 'strip':
    case 'invariant':
      break;
    case 'allow':
    case 'refuse-or-allow-by-config': {
      const sent = one.request['rawPath'];
      const forwarded = seen[0]?.url;
      if (typeof sent === 'string' && forwarded !== undefined && forwarded !== sent)
        problems.push(`the upstream saw ${forwarded} for ${sent}`);
      break;
    }
    case 'per-request': {
      const second = exchange.responses[1]?.status;
      if (second === undefined || ![302, 401, 403, 421].includes(second))
        problems.push(`the second response is ${second}`);
      break;
    }
    default:
      problems.push(`nobody judges the outcome ${one.expected.outcome}`);
  }
  return problems;
}
