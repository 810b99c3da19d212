import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/app.ts';
import { scorm12Package } from '../../test/support/make-package.ts';

/** An LTI tool in a process of its own. */
export type Tool = {
  name: string;
  login: string;
  launch: string;
  course?: string;
  /** What stands in the page that a launch ends at, and in no other. */
  page: string;
  /** Milliseconds of processor time it has used, all its threads; Linux only. */
  cpu: () => number;
  stop: () => Promise<void>;
};

/** How lti-config.json has it. */
export type Connection = {
  name: string;
  issuer: string;
  client_id: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
};

/** As `npm start` runs it, with the platform from lti-config.json and one course. */
export async function startCoursedock(dir: string, store: string, connection: Connection): Promise<Tool> {
  const home = mkdtempSync(join(dir, 'coursedock-'));
  const platforms = [{ ...connection, deployment_ids: ['1'] }];
  writeFileSync(join(home, 'lti-config.json'), JSON.stringify({ platforms }));
  const port = await freePort();
  const cli = join(import.meta.dirname, '../../src/cli.ts');
  const options = {
    cwd: home,
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: join(home, 'data'),
      MONGODB_URL: named(store, 'coursedock'),
      TRUST_PROXY: 'true',
      LOG_LEVEL: 'warn',
    },
    silent: true,
  };
  const zip = join(home, 'course.zip');
  writeFileSync(zip, scorm12Package({ title: 'Bench' }));
  const child = fork(cli, ['start'], options);
  await printed(child, 'Coursedock is ready');
  const course = (await printed(fork(cli, ['course', 'import', zip], options), '\n')).trim();
  const url = `http://localhost:${port}`;
  return {
    name: 'coursedock',
    login: `${url}/lti/login`,
    launch: `${url}/lti/launch`,
    course,
    page: '<script type="module" src="/player/player.js"',
    ...processOf(child),
  };
}

/** ltijs 5.9.9 as its documentation sets it up; without a store, on a database in its memory. */
export async function startLtijs(store: string | undefined, connection: Connection): Promise<Tool> {
  const port = await freePort();
  const child = fork(join(import.meta.dirname, 'ltijs-tool.cjs'), {
    env: {
      ...process.env,
      PORT: String(port),
      MONGODB_URL: store === undefined ? '' : named(store, 'ltijs'),
      PLATFORM: JSON.stringify(connection),
    },
    silent: true,
  });
  await printed(child, 'ready');
  const url = `http://localhost:${port}`;
  const name = store === undefined ? 'ltijs, in memory' : 'ltijs';
  const page = '<title>Course</title><p>Learner user-';
  return { name, login: `${url}/login`, launch: `${url}/`, page, ...processOf(child) };
}

function processOf(child: ChildProcess): Pick<Tool, 'cpu' | 'stop'> {
  return {
    cpu: () => cpuOf(child.pid!),
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

/** Milliseconds of processor time of a process, all its threads; 0 where the system does not tell. */
export function cpuOf(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map(
      (id) => readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0],
    );
    return spent.reduce((sum, ns) => sum + Number(ns), 0) / 1e6;
  } catch {
    return 0;
  }
}

function named(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** What a process prints, once it has printed this. */
export async function printed(child: ChildProcess, text: string): Promise<string> {
  let [out, errors] = ['', ''];
  const done = Promise.withResolvers<string>();
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk));
  child.stdout!.on('data', (chunk: Buffer) => {
    out += chunk;
    if (out.includes(text)) done.resolve(out);
  });
  child.once('exit', (code) => done.reject(new Error(`It stopped (${code}): ${out}${errors}`)));
  return done.promise;
}
