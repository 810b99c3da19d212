import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, normalize } from 'node:path';

const within = (...rooms: string[]) => rooms.map((room) => `store/embedded/${room}`);

/** The map: what each room may import, besides itself and the type of context.ts. README shows the same. */
const mayImport: Record<string, string[]> = {
  store: ['store/embedded', ...within('faults', 'data', 'process')],
  'store/embedded': within('faults', 'process'),
  'store/embedded/faults': [],
  'store/embedded/values': within('faults'),
  'store/embedded/wire': within('faults', 'values'),
  'store/embedded/query': within('faults', 'values'),
  'store/embedded/pipeline': within('faults', 'values', 'query'),
  'store/embedded/update': within('faults', 'values', 'query', 'pipeline'),
  'store/embedded/data': within('faults', 'values', 'query'),
  'store/embedded/reading': within('faults', 'values', 'query', 'data'),
  'store/embedded/commands': within(
    'faults',
    'values',
    'wire',
    'query',
    'pipeline',
    'update',
    'data',
    'reading',
  ),
  'store/embedded/process': within('faults', 'wire', 'values', 'data', 'reading', 'commands'),
  web: [],
  scorm: [],
  access: ['store', 'web'],
  outbox: ['store'],
  lti: ['store', 'web'],
  grades: ['scorm', 'lti', 'outbox', 'store', 'web'],
  packages: ['scorm', 'store', 'web'],
  attempts: ['scorm', 'packages', 'grades', 'store', 'web'],
  display: ['scorm', 'packages', 'attempts', 'web'],
  teacher: ['scorm', 'packages', 'attempts', 'lti', 'grades', 'outbox', 'display', 'store', 'web'],
  launch: ['scorm', 'packages', 'attempts', 'lti', 'display', 'teacher', 'store', 'web'],
  player: ['scorm', 'packages', 'attempts', 'store', 'web'],
  'player/client': ['scorm'],
  dispatch: ['scorm', 'packages', 'attempts', 'store', 'web'],
  'dispatch/client': [],
  api: [
    'scorm',
    'packages',
    'attempts',
    'dispatch',
    'lti',
    'grades',
    'outbox',
    'access',
    'display',
    'store',
    'web',
  ],
  admin: [
    'scorm',
    'packages',
    'attempts',
    'dispatch',
    'lti',
    'grades',
    'outbox',
    'access',
    'display',
    'store',
    'web',
    'api',
  ],
  sandbox: ['web'],
};
const rooms = Object.keys(mayImport).sort((a, b) => b.length - a.length);
/** The top: the process, the table of doors, the world, the configuration, the commands, the first start. They may import anything. */
const top = ['main', 'app', 'context', 'config', 'cli', 'commands', 'first-start'];

const root = normalize(`${import.meta.dirname}/../src/`);
const files = globSync('**/*.ts', { cwd: root });
const roomOf = (file: string) => rooms.find((room) => file.startsWith(`${room}/`));
const importLine =
  /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm;

describe('the map of src', () => {
  it('has a room for every file', () => {
    const homeless = files.filter((file) => !roomOf(file) && !top.includes(file.replace(/\.ts$/, '')));
    assert.deepEqual(homeless, []);
  });

  it('lets imports go down only', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = roomOf(file);
      if (!from) continue;
      for (const [, type, a, b, c] of readFileSync(root + file, 'utf8').matchAll(importLine)) {
        const target = normalize(`${dirname(file)}/${a ?? b ?? c}`);
        if (target.endsWith('.json')) continue;
        if (['context.ts', 'config.ts'].includes(target) && type) continue;
        const to = roomOf(target);
        if (to === from || (to && mayImport[from]?.includes(to))) continue;
        wrong.push(`${file} imports ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('keeps ltijs inside lti, the environment inside config, and the embedded store behind store', () => {
    const holding = (pattern: RegExp, ...allowed: string[]) =>
      files.filter(
        (file) =>
          pattern.test(readFileSync(root + file, 'utf8')) && !allowed.some((home) => file.startsWith(home)),
      );
    assert.deepEqual(holding(/['"]ltijs/, 'lti/'), []);
    assert.deepEqual(holding(/process\.env/, 'config.ts'), []);
    assert.deepEqual(holding(/better-sqlite3|mingo/, 'store/embedded/'), []);
  });

  it('has no file that says nothing by its name', () => {
    assert.deepEqual(
      files.filter((file) => /(^|\/)(utils?|helpers?|misc|common|managers?|lib)(\/|\.|-)/i.test(file)),
      [],
    );
  });
});
