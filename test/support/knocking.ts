import { Writable } from 'node:stream';
import { pino } from 'pino';
import { makeRandom } from '../store/random.ts';
import { startApp } from './app.ts';
import { openDoors } from './doors.ts';
import { knock, type Knock } from './knocks.ts';

type Knocked = {
  /** By door: how often it answered with which status; 0: it closed the connection. */
  statuses: Map<string, Map<number, number>>;
  /** Errors of ours, with the request and what the log says. */
  faults: string[];
  /** Bytes of the heap after each tenth, where the garbage collector can be called. */
  heap: number[];
};

/** Knocks at a server of its own, several at once, and tells what came of it. */
export async function knockOften(seed: number, times: number): Promise<Knocked> {
  const random = makeRandom(seed);
  /** What the log says of errors that are ours. */
  const errors: string[] = [];
  const write = (line: Buffer, _encoding: unknown, done: () => void) => {
    errors.push(line.toString().slice(0, 3000));
    done();
  };
  const log = pino({ level: 'error' }, new Writable({ write }));
  /** The LMS, as soon as somebody else can ask for a call. */
  let allowed: string | undefined;
  // Nobody else is called from here, whatever address a request names.
  const fetch = (input: string | URL | Request, init?: RequestInit) => {
    if (!allowed || (URL.canParse(String(input)) && new URL(String(input)).origin === allowed))
      return globalThis.fetch(input, init);
    return Promise.reject(new TypeError('fetch failed'));
  };
  const app = await startApp({ env: { TRUST_PROXY: 'true' }, overrides: { log, fetch } });
  const { next, platform } = await openDoors(app, random);
  allowed = platform.url;
  const [statuses, faults, heap]: [Knocked['statuses'], string[], number[]] = [new Map(), [], []];
  const unhandled = (reason: unknown) =>
    void faults.push(`unhandled: ${String((reason as Error)?.stack ?? reason)}`);
  process.on('unhandledRejection', unhandled);
  try {
    for (let done = 0; done < times;) {
      const many = Array.from({ length: Math.min(24, times - done) }, () => ({
        one: next(),
        bare: random.chance(8),
      }));
      await Promise.all(
        many.map(async ({ one, bare }) => {
          const status = await knock(one, bare);
          const counts = statuses.get(one.door) ?? new Map<number, number>();
          counts.set(status, (counts.get(status) ?? 0) + 1);
          statuses.set(one.door, counts);
          if (status >= 500 && status !== 503) faults.push(`${status} to ${describe(one)}`);
        }),
      );
      if (Math.floor((done * 10) / times) < Math.floor(((done + many.length) * 10) / times))
        heap.push(heapNow());
      done += many.length;
    }
  } finally {
    process.off('unhandledRejection', unhandled);
    await platform.stop();
    await app.stop();
  }
  return {
    statuses,
    faults: faults.length > 0 ? [...faults.slice(0, 20), ...errors.slice(0, 20)] : errors,
    heap,
  };
}

function heapNow(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function describe({ method, origin, target, headers, body }: Knock): string {
  return `${method} ${origin}${target.slice(0, 500)} ${JSON.stringify(headers).slice(0, 500)} ${JSON.stringify(body?.toString('latin1').slice(0, 800))}`;
}
