import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from './app.ts';

const root = join(import.meta.dirname, '../..');

/** Coursedock as `npm start` runs it: a process of its own, with its sandbox LMS. */
export class Server {
  readonly url: string;
  readonly sandboxUrl: string;
  /** What it has printed since it was started last. */
  output = '';
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;

  private constructor(env: Record<string, string>) {
    this.#env = env;
    this.url = `http://localhost:${env.PORT}`;
    this.sandboxUrl = `http://127.0.0.1:${env.SANDBOX_PORT}`;
  }

  static async start(dataDir: string): Promise<Server> {
    const [port, sandboxPort] = [await freePort(), await freePort()];
    const server = new Server({
      PORT: String(port),
      SANDBOX_PORT: String(sandboxPort),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
    });
    await server.start();
    return server;
  }

  /** Starts it (again), and returns when it says that it is ready. */
  async start(): Promise<void> {
    this.output = '';
    const child = spawn(process.execPath, ['src/cli.ts', 'start'], {
      cwd: root,
      env: { ...process.env, ...this.#env },
    });
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk;
        if (this.output.includes('Coursedock is ready')) ready.resolve();
      });
    }
    child.once('exit', (code, signal) =>
      ready.reject(new Error(`It stopped (${signal ?? code}): ${this.output}`)),
    );
    await ready.promise;
  }

  /** `kill -9`: no warning, nothing flushed. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** One of the commands, on the same data; what it prints to stdout. */
  async command(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, ['src/cli.ts', ...args], {
      cwd: root,
      env: { ...process.env, ...this.#env },
    });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`coursedock ${args.join(' ')}: ${errors}`);
    return out;
  }
}
