import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = { status: number; body?: string; headers?: Record<string, string> };
export type Posted = {
  path: string;
  authorization?: string;
  contentType?: string;
  score: Record<string, unknown>;
};

/** A platform's token endpoint and one column of its gradebook, which answers what it is told to and keeps what it was sent. */
export type Gradebook = {
  url: string;
  /** Ends in a query, as Moodle's do. */
  lineItem: string;
  posted: Posted[];
  tokens: number;
  /** The next answers to scores, one each; then 200. */
  answer: (...answers: Answer[]) => void;
  /** The next answers of the token endpoint; then a token. */
  answerToken: (...answers: Answer[]) => void;
  close: () => Promise<void>;
};

export async function openGradebook(): Promise<Gradebook> {
  const queued: Answer[] = [];
  const queuedTokens: Answer[] = [];
  const server = createServer(async (req, res) => {
    const body = await read(req);
    const url = new URL(req.url!, 'http://gradebook');
    let answer: Answer;
    if (url.pathname === '/token') {
      book.tokens++;
      answer = queuedTokens.shift() ?? {
        status: 200,
        body: JSON.stringify({
          access_token: `t${book.tokens}`,
          token_type: 'Bearer',
          expires_in: 3600,
          scope: '',
        }),
        headers: { 'Content-Type': 'application/json' },
      };
    } else {
      book.posted.push({
        path: req.url!,
        authorization: req.headers.authorization,
        contentType: req.headers['content-type'],
        score: JSON.parse(body) as Record<string, unknown>,
      });
      answer = queued.shift() ?? { status: 200 };
    }
    res.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const book: Gradebook = {
    url,
    lineItem: `${url}/courses/2/lineitems/5/lineitem?type_id=1`,
    posted: [],
    tokens: 0,
    answer: (...answers) => void queued.push(...answers),
    answerToken: (...answers) => void queuedTokens.push(...answers),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return book;
}

async function read(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
