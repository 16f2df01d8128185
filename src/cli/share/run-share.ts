// A share while it lasts: the connector to the site on this machine, what the person sees of it, and its end.
import { connect } from 'node:net';
import { shareService } from '../../http/share-name.ts';
import { startConnector } from '../../tunnel/connector/create-connector.ts';
import { createServiceList, parseServiceOption } from '../../tunnel/connector/service-list.ts';
import { readVersion } from '../../version.ts';
import { askEdge } from '../edge/ask-edge.ts';
import type { Terminal } from '../terminal.ts';
import type { OwnShare, ShareWish } from './begin-share.ts';
import { type ShareOver, ShareScreen } from './share-screen.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long the bouncer may take to be told of the end, milliseconds. */
const tellMs = 3_000;
/** How long is waited for something that listens, milliseconds. */
const lookMs = 2_000;

/** @returns how it ended */
export async function runShare(terminal: Terminal, share: OwnShare, wish: ShareWish): Promise<ShareOver> {
  const screen = new ShareScreen(terminal, share, wish);
  let end: (over: ShareOver) => void = () => {};
  const over = new Promise<ShareOver>((resolve) => {
    end = resolve;
  });
  let isOver = false;
  const onSignal = (): void => end('asked');
  for (const signal of signals) process.once(signal, onSignal);
  const { key, addresses, pins } = share;
  const connector = startConnector({
    state: { key, joinedWith: null, addresses, pins },
    save: () => {},
    token: null,
    // By name: what is made on a laptop listens on either of its loopback addresses.
    services: createServiceList([
      parseServiceOption(`${shareService}=http://localhost:${wish.port}`, terminal.cwd),
    ]),
    version: readVersion(),
    env: terminal.env,
    log: {
      info: (event) => event === 'connected' && screen.onConnected(),
      warn: (event, fields) => {
        // The edge knows the key no longer: what it was made for is over.
        if (event === 'not_connected' && fields['refused'] === 'unknown') end('ended');
        else if (event === 'service_unreachable') screen.onSiteMissing();
        else if (event === 'disconnected' && !isOver && !connector.report().isReady) screen.onAway();
      },
    },
    onVisit: (visit) => screen.onVisit(visit),
  });
  const timer = setTimeout(() => end('expired'), Math.max(0, share.expiresAtMs - Date.now()));
  if (!(await doesListen(wish.port))) screen.onSiteMissing();
  const how = await over;
  clearTimeout(timer);
  for (const signal of signals) process.off(signal, onSignal);
  isOver = true;
  // Nobody reaches the site any more, whatever the bouncer says next.
  connector.close();
  screen.onOver(how);
  if (how !== 'ended' && !(await tellEnd(terminal, share))) screen.onUntold();
  return how;
}

/** @returns false when the bouncer could not be told */
async function tellEnd(terminal: Terminal, { login, name }: OwnShare): Promise<boolean> {
  const url = `${login.authUrl}/.bouncer/share/end`;
  try {
    const { status } = await askEdge(terminal, {
      url,
      form: { name },
      token: login.token,
      timeoutMs: tellMs,
    });
    // 401 and 404: it ended by itself.
    return status === 200 || status === 401 || status === 404;
  } catch {
    return false;
  }
}

function doesListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    const finish = (doesIt: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(doesIt);
    };
    const timer = setTimeout(() => finish(false), lookMs);
    socket.once('connect', () => finish(true)).once('error', () => finish(false));
  });
}
