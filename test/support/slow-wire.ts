import { connect, createServer, type Socket } from 'node:net';

/** A loopback port that passes everything on, each way after `delayMs`. */
export type SlowWire = { port: number; delayMs: number; stop: () => Promise<void> };

export async function startSlowWire(to: number): Promise<SlowWire> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (bytes) => setTimeout(() => into.write(bytes), wire.delayMs));
      from.on('close', () => into.destroy()).on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const wire: SlowWire = {
    port: (server.address() as { port: number }).port,
    delayMs: 0,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  return wire;
}
