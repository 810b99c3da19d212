import { readSnapshot, type Snapshot } from './snapshot.ts';

export type Port = {
  ack: (revision: number, ok: boolean) => void;
  close: () => void;
};

type Options = {
  frame: HTMLIFrameElement;
  /** The launcher's exact origin. */
  origin: string;
  ready: () => void;
  state: (snapshot: Snapshot) => void;
  exit: () => void;
};

/**
 * The wire to the launcher in `frame`. It says `ready` to whoever frames it; we hand it one end of a channel of its own, by a
 * message to its exact origin, and after that neither listens to anybody else. A launcher that loads anew gets a new one.
 */
export function openPort({ frame, origin, ready, state, exit }: Options): Port {
  let port: MessagePort | undefined;
  function hear(event: MessageEvent): void {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    if (!event.data || (event.data as { coursedock?: unknown }).coursedock !== 'ready') return;
    if (port) port.close();
    const channel = new MessageChannel();
    port = channel.port1;
    port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const { type } = (data || {}) as { type?: unknown };
      const snapshot = type === 'state' ? readSnapshot(data) : undefined;
      if (snapshot) state(snapshot);
      if (type === 'exit') exit();
    });
    port.start();
    frame.contentWindow!.postMessage({ coursedock: 'dispatch', v: 1 }, origin, [channel.port2]);
    ready();
  }
  window.addEventListener('message', hear);
  return {
    ack: (revision, ok) => port && port.postMessage({ type: 'ack', revision, ok }),
    close: () => {
      window.removeEventListener('message', hear);
      if (port) port.close();
    },
  };
}
