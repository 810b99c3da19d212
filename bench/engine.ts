/**
 * `npm run bench engine`: our run-time beside scorm-again, in one process, in turns: calls of a course a second, steps through
 * a course a second, and how much each weighs. Seconds are those of the processor: other work on the machine counts less.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Standard } from '../src/scorm/course.ts';
import { courseOf, ourCalls, ourWay, theirCalls, theirWay, type Call, type Way } from './support/engines.ts';

const rounds = 5;
const root = join(import.meta.dirname, '..');

console.log('| what | ours | scorm-again | ours : theirs |\n|---|---|---|---|');
for (const [name, standard] of [
  ['SCORM 1.2', 'scorm12'],
  ['SCORM 2004', 'scorm2004'],
] as const) {
  for (const commits of [false, true]) {
    const calls = mix(standard, 400, commits);
    const play = (open: typeof ourCalls) => () => {
      const call = open(standard);
      for (const one of calls) if (call(one) === 'false') throw new Error(`Refused: ${one.join(' ')}`);
      return calls.length;
    };
    const what = commits ? '… with a Commit a page' : `${name}, GetValue and SetValue a second`;
    row(what, race(play(ourCalls), play(theirCalls)));
  }
}

const large = courseOf('scorm2004', 20, 9);
const steps = route(20, 9);
row(`steps a second through ${20 * 10 + 1} activities`, race(travel(ourWay), travel(theirWay)));
weigh();
await measureBundles();

/** What a course says while one takes a page and a question: it reads back much of what it writes. */
function mix(standard: Standard, pages: number, commits: boolean): Call[] {
  const is12 = standard === 'scorm12';
  const lms = is12 ? 'LMS' : '';
  const suspendData = JSON.stringify({ visited: Array.from({ length: 800 }, (_, i) => i) }).padEnd(
    4_096,
    ' ',
  );
  const calls: Call[] = [];
  const set = (element: string, value: string) => calls.push([`${lms}SetValue`, element, value]);
  const both = (element: string, value: string) => {
    set(element, value);
    calls.push([`${lms}GetValue`, element]);
  };
  for (let page = 0; page < pages; page++) {
    const question = `cmi.interactions.${page % 50}`;
    const objective = `cmi.objectives.${page % 10}`;
    both(is12 ? 'cmi.core.lesson_location' : 'cmi.location', `page-${page}`);
    both(is12 ? 'cmi.core.score.raw' : 'cmi.score.raw', String(page % 101));
    if (!is12) both('cmi.score.scaled', String((page % 101) / 100));
    set(`${question}.id`, `question-${page % 50}`);
    set(`${question}.type`, 'choice');
    set(`${question}.${is12 ? 'student_response' : 'learner_response'}`, `choice-${page % 4}`);
    set(`${question}.result`, page % 3 ? 'correct' : 'neutral');
    set(`${objective}.id`, `objective-${page % 10}`);
    both(`${objective}.${is12 ? 'status' : 'success_status'}`, page % 2 ? 'passed' : 'failed');
    both(is12 ? 'cmi.core.lesson_status' : 'cmi.completion_status', 'incomplete');
    both('cmi.suspend_data', `${page}${suspendData}`);
    calls.push([`${lms}GetValue`, 'cmi.interactions._count']);
    if (commits) calls.push([`${lms}Commit`, '']);
  }
  return calls;
}

/** Through the course, forwards, with jumps to and fro by the table of contents. */
function route(chapters: number, pages: number): [request: string, target?: string][] {
  const steps: [string, string?][] = [['start']];
  for (let chapter = 0; chapter < chapters; chapter++) {
    for (let page = 1; page < pages; page++) steps.push(['continue']);
    steps.push(['choice', `c${(chapter * 7 + 3) % chapters}p${chapter % pages}`], ['previous']);
    steps.push(['choice', `c${chapter}p${pages - 1}`], ['continue']);
  }
  return steps.slice(0, -1);
}

function travel(open: (definition: typeof large) => Way) {
  return () => {
    const go = open(large);
    for (const [request, target] of steps) {
      if (go(request, target) === undefined) throw new Error(`${request} ${target} led nowhere`);
    }
    return steps.length;
  };
}

/** Two runs in turns, each round one of both; what they did a second of the processor, medians. */
function race(ours: () => number, theirs: () => number): [ours: number, theirs: number] {
  const rates: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    for (const [i, run] of [ours, theirs].entries()) {
      const before = process.cpuUsage();
      let done = 0;
      let seconds = 0;
      while (seconds < 0.2) {
        done += run();
        const { user, system } = process.cpuUsage(before);
        seconds = (user + system) / 1e6;
      }
      // The first is for the compiler.
      if (round >= 0) rates[i]!.push(done / seconds);
    }
  }
  return [median(rates[0]), median(rates[1])];
}

/** A course of 20 SCOs, each of which was taken: what there is to store. */
function weigh(): void {
  const definition = courseOf('scorm2004', 4, 5);
  const [ours, theirs] = [ourWay(definition), theirWay(definition)];
  for (const [way, leave] of [
    [ours, () => {}],
    [theirs, theirs.leave],
  ] as const) {
    for (let page = 0; page < 20; page++) {
      way(page === 0 ? 'start' : 'continue');
      for (const call of [
        ['Initialize', ''],
        ['SetValue', 'cmi.location', `page-${page}`],
        ['SetValue', 'cmi.suspend_data', 'x'.repeat(100)],
        ['SetValue', 'cmi.score.scaled', '0.8'],
        ['SetValue', 'cmi.completion_status', 'completed'],
        ['SetValue', 'cmi.success_status', 'passed'],
        ['SetValue', 'cmi.session_time', 'PT5M'],
        ['SetValue', 'cmi.exit', 'suspend'],
        ['Terminate', ''],
      ] as Call[])
        way.call(call);
      leave();
    }
  }
  const [a, b] = [ours.keep(), theirs.keep()];
  row('20 SCOs taken, bytes of sequencing state', [a.sequencing.length, b.sequencing.length]);
  row('… and of all that is kept', [a.whole.length, b.whole.length]);
}

async function measureBundles(): Promise<void> {
  const bundle = async (entry: string) => {
    const options = { bundle: true, minify: true, format: 'esm', target: 'es2020', write: false } as const;
    const { outputFiles } = await build({
      ...options,
      absWorkingDir: root,
      entryPoints: [entry],
      legalComments: 'none',
    });
    return outputFiles[0]!.contents;
  };
  const theirs = (file: string) =>
    readFileSync(join(root, `node_modules/scorm-again/dist/esm/${file}.min.js`));
  const engine = await bundle('src/scorm/player.ts');
  const launcher = await bundle('src/player/client/main.ts');
  const [only2004, both] = [theirs('scorm2004'), theirs('scorm-again')];
  const zipped = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length;
  row('engine (1.2 and 2004) beside their 2004, bytes min', [engine.length, only2004.length]);
  row('… min + gzip', [zipped(engine), zipped(only2004)]);
  row('whole launcher beside their 1.2 and 2004, bytes min', [launcher.length, both.length]);
  row('… min + gzip', [zipped(launcher), zipped(both)]);
}

function row(what: string, [ours, theirs]: [number, number]): void {
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  console.log(`| ${what} | ${whole(ours)} | ${whole(theirs)} | ${(ours / theirs).toFixed(2)} |`);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
