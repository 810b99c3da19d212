import type { Score } from '../../src/lti/ags.ts';
import { scopes } from '../../src/lti/scopes.ts';

/** What an LMS was asked. */
export type Asked = { method: string; url: URL; headers: Headers; body: string };
/** One cell of its gradebook. */
export type Cell = { points?: number; at: number; by: 'tool' | 'teacher' };
/** A score as it came, whether or not it was taken. */
export type Sent = { column: string; at: number; status: number; score: Score };

/**
 * An LMS in this process, as hard to please as those it is named after: `fetch` is how a world reaches it. Its columns come
 * into being when they are asked for.
 */
export type Lms = {
  url: string;
  family: 'moodle' | 'canvas' | 'blackboard' | 'other';
  /** Points of every column. */
  maximum: number;
  cells: Map<string, Cell>;
  /** The columns that a tool made. */
  made: Record<string, unknown>[];
  sent: Sent[];
  asked: Asked[];
  tokens: number;
  /** Its clock is so many milliseconds ahead. */
  ahead: number;
  /** Its answer in place of the usual one; `half`, `lost`: it does as it was asked, and its answer breaks off, or never comes. */
  trouble: (asked: Asked) => Response | 'half' | 'lost' | undefined;
  /** Cells that two scores were under way for at the same time. */
  collisions: string[];
  column: (name: string) => string;
  /** A teacher writes into a cell. */
  grade: (column: string, user: string, points: number | undefined) => void;
  cell: (column: string, user: string) => Cell | undefined;
  fetch: typeof globalThis.fetch;
};

export const everyScope = Object.values(scopes);

export function makeLms(url: string, family: Lms['family'], now: () => Date): Lms {
  const underWay = new Set<string>();
  const time = () => now().getTime() + lms.ahead;
  const keyOf = (column: string, user: string) => `${column} ${user}`;

  async function answer(asked: Asked): Promise<Response> {
    lms.asked.push(asked);
    const trouble = lms.trouble(asked);
    if (trouble instanceof Response) return trouble;
    const usual = await serve(asked);
    if (trouble === 'lost') throw new TypeError('terminated');
    if (trouble !== 'half') return usual;
    const cut = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"half":'));
        controller.error(new Error('terminated'));
      },
    });
    return new Response(cut, { status: usual.status, headers: usual.headers });
  }

  async function serve({ method, url: at, headers, body }: Asked): Promise<Response> {
    if (at.pathname === '/token')
      return Response.json({ access_token: `t${++lms.tokens}`, expires_in: 3600 });
    if (!headers.get('authorization')?.startsWith('Bearer t')) return new Response('', { status: 401 });
    if (at.pathname === '/items') return method === 'POST' ? makeColumn(body) : Response.json(lms.made);
    const [, column = '', service] = /^\/items\/([^/]+)(?:\/(scores|results))?$/.exec(at.pathname) ?? [];
    if (service === 'scores') return takeScore(column, JSON.parse(body) as Sent['score']);
    if (service === 'results') return showResults(column, at.searchParams.get('user_id'));
    if (method === 'GET' && column)
      return Response.json({ id: lms.column(column), label: column, scoreMaximum: lms.maximum });
    if (method === 'PUT' && column) {
      const changed = JSON.parse(body) as { scoreMaximum: number };
      lms.maximum = changed.scoreMaximum;
      return Response.json(changed);
    }
    return new Response('', { status: 404 });
  }

  function makeColumn(body: string): Response {
    const made = { ...JSON.parse(body), id: lms.column(`made${lms.made.length + 1}`) };
    lms.made.push(made);
    return Response.json(made, { status: 201 });
  }

  async function takeScore(column: string, score: Sent['score']): Promise<Response> {
    const key = keyOf(column, score.userId);
    if (underWay.has(key)) lms.collisions.push(key);
    underWay.add(key);
    // Whoever else is at it has a chance to be.
    await new Promise((resolve) => void setImmediate(resolve));
    underWay.delete(key);
    const response = judge(key, score);
    lms.sent.push({ column, at: time(), status: response.status, score });
    return response;
  }

  function judge(key: string, score: Sent['score']): Response {
    const before = lms.cells.get(key);
    const reached = Date.parse(score.timestamp);
    if (lms.family === 'canvas') {
      if (before && before.at > reached)
        return Response.json(
          { errors: `Provided timestamp of ${score.timestamp} before last updated timestamp of later` },
          { status: 400 },
        );
      const extension = score['https://canvas.instructure.com/lti/submission'];
      const { prioritize_non_tool_grade: keeps } = extension as { prioritize_non_tool_grade?: boolean };
      if (before?.by === 'teacher' && keeps) return Response.json({});
    } else if (before && Math.floor(before.at / 1000) >= Math.floor(reached / 1000))
      return new Response('[]', { status: 409, statusText: 'Conflict' });
    const points =
      score.gradingProgress === 'FullyGraded' && score.scoreGiven !== undefined
        ? (score.scoreGiven / score.scoreMaximum!) * lms.maximum
        : undefined;
    // Moodle notes its own time, Canvas the score's.
    lms.cells.set(key, { points, at: lms.family === 'canvas' ? reached : time(), by: 'tool' });
    return new Response('', { status: 200 });
  }

  function showResults(column: string, user: string | null): Response {
    const shown =
      user === null
        ? [...lms.cells.keys()].filter((key) => key.startsWith(`${column} `))
        : [keyOf(column, user)].filter((key) => lms.cells.has(key));
    return Response.json(
      shown.map((key) => ({
        id: key,
        userId: key.split(' ')[1],
        resultScore: lms.cells.get(key)!.points,
        resultMaximum: lms.maximum,
      })),
    );
  }

  const lms: Lms = {
    url,
    family,
    maximum: 100,
    cells: new Map(),
    made: [],
    sent: [],
    asked: [],
    tokens: 0,
    ahead: 0,
    trouble: () => undefined,
    collisions: [],
    column: (name) => `${url}/items/${name}?type_id=1`,
    grade: (column, user, points) =>
      void lms.cells.set(keyOf(column, user), { points, at: time(), by: 'teacher' }),
    cell: (column, user) => lms.cells.get(keyOf(column, user)),
    fetch: async (input, init = {}) =>
      answer({
        method: init.method ?? 'GET',
        url: new URL(String(input)),
        headers: new Headers(init.headers),
        body: String(init.body ?? ''),
      }),
  };
  return lms;
}

/** The network of a world in which there are these. */
export function networkOf(all: Lms[]): typeof globalThis.fetch {
  return async (input, init) => {
    const lms = all.find(({ url }) => String(input).startsWith(`${url}/`));
    if (!lms) throw new TypeError(`nobody is at ${String(input)}`);
    return lms.fetch(input, init);
  };
}
