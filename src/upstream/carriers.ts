// The port to services behind tunnels: who carries connections there at the moment. What a tunnel is, is not known here.
import type { SocketWishes, UpstreamSocket } from './opener.ts';

/** One live connection of a connector that offers a service. */
export interface Carrier {
  /** Which connector it is, for the operator. */
  readonly name: string;
  /** A request goes by it, over a connection that is open or one that it is asked for. */
  noteRequest(): void;
  /**
   * Open a connection to the service. It says `connect` once the connector has reached it; what goes wrong before or after is an `error`,
   * and only what the service ended comes to an `end`.
   */
  open(service: string, wishes: SocketWishes): UpstreamSocket;
}

export interface Carriers {
  /**
   * @param onChange told at once, and whenever a carrier came or takes nothing new any more
   * @returns ends it
   */
  follow(tunnel: string, service: string, onChange: (carriers: readonly Carrier[]) => void): () => void;
  /** Whether it is worth waiting a moment where nobody carries: this process has just begun, or who carried broke off just now. */
  mayComeBack(tunnel: string): boolean;
}

/** Where there are no tunnels. */
export const noCarriers: Carriers = {
  follow: (_tunnel, _service, onChange) => {
    onChange([]);
    return () => {};
  },
  mayComeBack: () => false,
};
