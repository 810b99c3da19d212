import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Random } from '../store/random.ts';

/** A request at one of the doors. `target` goes on the wire as it is. */
export type Knock = {
  door: string;
  method: string;
  origin: string;
  target: string;
  headers: [string, string][];
  body?: Buffer;
};

/** A request as somebody means it; from these all others are made. `:name` in a path and `$name` in a value stand for something known. */
export type Template = {
  door: string;
  method: string;
  path: string;
  query?: Record<string, string>;
  form?: Record<string, string>;
  json?: unknown;
  file?: boolean;
};

const texts = [
  '',
  ' ',
  '0',
  '-1',
  '1e309',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '%',
  '%00',
  '%zz',
  '%c0%af',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '$ne',
  '$where',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  'javascript:alert(1)',
  'https://[',
  'http://',
  '//evil.example',
  'http://127.0.0.1:1/',
  '\u0000',
  '\r\nSet-Cookie: a=b',
  '\ud800',
  '💥',
  '‮',
  'é',
  '2026-13-45',
  '9'.repeat(400),
  'x'.repeat(3000),
  'a.b.c',
  'a.b',
  '..',
  '.',
  'undefined',
  '[object Object]',
];
const shapes = ['[]', '[0]', '[a]', '[a][b][c]', '[__proto__]', '[$ne]', '.x', '%5B%5D', '[', ']', '\u0000'];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'];
const types = [
  'application/x-www-form-urlencoded',
  'application/json',
  'text/plain',
  'multipart/form-data',
  '',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-7',
  'application/x-www-form-urlencoded; charset=latin9',
  'application/json; charset=utf-16',
  'a/b/c',
  ';',
];
const oddHeaders: [string, string][] = [
  ['Content-Encoding', 'gzip'],
  ['Content-Encoding', 'br, br, br'],
  ['Content-Encoding', 'rot13'],
  ['Accept', '*/*;q=x'],
  ['Accept', 'application/json'],
  ['Accept-Language', '-,*;q=9,xx-lolspeak-123'],
  ['Accept-Encoding', 'gzip, nonsense'],
  ['Cookie', ';;;=;a=;=b;'],
  ['Cookie', `x=${'y'.repeat(6000)}`],
  ['Authorization', 'Bearer'],
  ['Authorization', 'Bearer  x'],
  ['Authorization', `Basic ${'='.repeat(200)}`],
  ['X-Forwarded-For', 'not, an, address'],
  ['X-Forwarded-Proto', 'gopher'],
  ['Range', 'bytes=5-1'],
  ['Range', 'bytes=-0,0-,9999999999999999999-'],
  ['If-None-Match', 'W/"'],
  ['If-Modified-Since', 'yesterday'],
  ['Sec-Fetch-Dest', 'iframe'],
  ['Origin', 'null'],
  ['Expect', '200-ok'],
];

/** Makes requests of templates, a little or very wrong. Each takes one of `sets` for what stands behind `$name` and `:name`. */
export function knocksOf(
  random: Random,
  templates: Template[],
  sets: Record<string, string>[],
  origins: { app: string; content: string },
  keys: { cookie: string; apiKey: string; launch: string },
): () => Knock {
  let values = sets[0]!;
  const fill = (text: string) => text.replace(/[$:](\w+)/g, (all, name: string) => values[name] ?? all);
  const text = (): string => {
    if (random.chance(3)) return fill(random.pick(Object.values(values)));
    const one = random.pick(texts);
    return random.chance(4) ? one + random.pick(texts) : one;
  };
  /** What is right but for one letter. */
  const nearly = (value: string): string => {
    const at = random.below(value.length + 1);
    return value.slice(0, at) + random.pick(['', 'A', 'é', '.', '=', '%']) + value.slice(at + 1);
  };
  const pairsOf = (fields: Record<string, string>): [string, string][] => {
    const pairs = Object.entries(fields).map(([name, value]): [string, string] => [fill(name), fill(value)]);
    for (let n = random.below(4); n > 0; n--) {
      const at = random.below(pairs.length + 1);
      const [name, value] = pairs[at] ?? [random.pick(Object.keys(fields).concat(texts)), text()];
      const change = random.below(6);
      if (change === 0) pairs.splice(at, 1);
      else if (change === 1) pairs.splice(at, 0, [name, text()]);
      else if (change === 2) pairs.splice(at, 1, [name + random.pick(shapes), value]);
      else if (change === 3) pairs.splice(at, 1, [name, nearly(value)]);
      else pairs.splice(at, 1, [name, text()]);
    }
    return pairs;
  };
  const encode = (pairs: [string, string][]): string =>
    pairs
      .map(([name, value]) =>
        random.chance(12) ? `${latin(name)}=${latin(value)}` : `${escaped(name)}=${escaped(value)}`,
      )
      .join(random.chance(30) ? '&&;' : '&');
  const wrong = (value: unknown, depth = 0): unknown => {
    if (random.chance(6) || depth > 6)
      return random.pick<unknown>([null, true, -1, 1e308, text(), [], {}, [[[]]]]);
    if (Array.isArray(value)) return value.map((one) => wrong(one, depth + 1));
    if (value && typeof value === 'object') {
      const entries = Object.entries(value).filter(() => !random.chance(8));
      return Object.fromEntries([
        ...entries.map(([key, one]) => [key, wrong(one, depth + 1)]),
        ...(random.chance(6) ? [[text(), wrong(null, depth + 1)]] : []),
      ]);
    }
    return random.chance(3) ? text() : typeof value === 'string' ? fill(value) : value;
  };
  const jsonOf = (given: unknown): string => {
    const json = JSON.stringify(random.chance(4) ? given : wrong(given)) ?? 'undefined';
    if (random.chance(20)) return '['.repeat(random.below(20_000));
    if (random.chance(20)) return json.slice(0, random.below(json.length + 1));
    return random.chance(20) ? json.replace('{', '{"__proto__":{"x":1},') : fill(json);
  };
  const multipart = (pairs: [string, string][]): Buffer => {
    const parts = pairs.map(
      ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const name = random.pick(['file', 'file[]', '', text().slice(0, 50)]);
    const file = `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${random.pick(['a.zip', '../a', ''])}"\r\n\r\nPK${text()}\r\n`;
    const end = random.chance(4) ? '' : '--x--\r\n';
    return Buffer.from([...parts, file].join('') + end);
  };

  const doors = [...Map.groupBy(templates, ({ door }) => door).values()];

  return () => {
    const template = random.pick(random.pick(doors));
    values = random.pick(sets);
    const pairs = pairsOf(template.query ?? {});
    let path = template.path.replace(/:(\w+)/g, (_, name: string) =>
      random.chance(4) ? escaped(text()) : (values[name] ?? name),
    );
    if (random.chance(25))
      path += random.pick(['/', '//', '/..', '%00', '%', '/%2e%2e/', '?', ';x', latin(text())]);
    const query = pairs.length > 0 ? `?${encode(pairs)}` : '';
    const headers: [string, string][] = [];
    let body: Buffer | undefined;
    if (template.file || (template.form && random.chance(15))) {
      headers.push(['Content-Type', 'multipart/form-data; boundary=x']);
      body = multipart(pairsOf(template.form ?? {}));
    } else if (template.json !== undefined) {
      headers.push(['Content-Type', 'application/json']);
      body = Buffer.from(jsonOf(template.json));
    } else if (template.form) {
      headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
      body = Buffer.from(encode(pairsOf(template.form)));
    }
    if (random.chance(12)) headers[0] = ['Content-Type', random.pick(types)];
    if (random.chance(12))
      body = Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
    if (template.door === 'admin' && !random.chance(10)) headers.push(['Cookie', keys.cookie]);
    if (template.door === 'launch' && !random.chance(10)) headers.push(['Cookie', values.browser!]);
    if (template.door === 'api')
      headers.push(['Authorization', `Bearer ${random.chance(12) ? text() : keys.apiKey}`]);
    if (template.door === 'player')
      headers.push(['Authorization', `Bearer ${random.chance(12) ? text() : keys.launch}`]);
    // Each from somewhere else, so that what is limited by address does not keep most of them out.
    if (!random.chance(20))
      headers.push(['X-Forwarded-For', [10, 0, 0, 0].map((one) => one || random.below(256)).join('.')]);
    for (let n = random.below(3); n > 0; n--) headers.push(random.pick(oddHeaders));
    const home = template.door === 'player' ? origins.content : origins.app;
    return {
      door: template.door,
      method: random.chance(10) ? random.pick(methods) : template.method,
      origin: random.chance(40) ? random.pick(Object.values(origins)) : home,
      target: path + query,
      headers: headers.map(([name, value]) => [name, latin(value).replaceAll(/[\r\n]/g, ' ')]),
      body,
    };
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** The status of its answer, 0 where the connection was closed without one. Some go on a bare socket, where no client tidies them. */
export function knock(one: Knock, bare: boolean): Promise<number> {
  const { method, origin, target, headers, body } = one;
  const { host, port } = new URL(origin);
  if (bare || /[^\u0021-\u00ff]/.test(target) || !target.startsWith('/'))
    return bareKnock(host, Number(port), one);
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, method, path: target }, (answer) => {
      answer.on('error', () => resolve(0)).on('end', () => resolve(answer.statusCode!));
      answer.resume();
    });
    sent.on('error', () => resolve(0));
    sent.setTimeout(15_000, () => reject(silent(one)));
    sent.setHeader('Host', host);
    for (const [name, lines] of Map.groupBy(headers, ([given]) => given)) {
      const values = lines.map(([, value]) => tidy(value));
      sent.setHeader(name, values.length > 1 ? values : values[0]!);
    }
    sent.end(body);
  });
}

function silent({ method, target }: Knock): Error {
  return new Error(`No answer to ${method} ${target.slice(0, 300)}`);
}

function bareKnock(host: string, port: number, one: Knock): Promise<number> {
  const { method, target, headers, body } = one;
  return new Promise((resolve, reject) => {
    let answer = '';
    const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close'];
    if (body) lines.push(`Content-Length: ${body.length}`);
    const head = [...lines, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(0));
    socket.on('close', () => resolve(Number(/^HTTP\/1\.\d (\d+)/.exec(answer)?.[1] ?? 0)));
    socket.on('data', (chunk: Buffer) => (answer += answer.length < 100 ? chunk.toString('latin1') : ''));
    socket.setTimeout(15_000, () => reject(silent(one)));
    socket.write(head, 'latin1');
    if (body) socket.write(body);
  });
}

/** What Node's client would not send. */
function tidy(value: string): string {
  return value.replaceAll(/\p{Cc}/gu, ' ');
}

/** One byte for each letter, as a header and a request line have it. */
function latin(text: string): string {
  return text.replaceAll('\u0000', '?').replaceAll(/[^\p{ASCII}\u0080-\u00ff]/gu, '?');
}

/** encodeURIComponent, for half letters, too. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
