import assert from 'node:assert/strict';
import type { EngineState } from '../../src/scorm/engine.ts';
import { entriesOf, newState } from '../../src/scorm/player.ts';
import { cluster, course12, running, sco } from './courses.ts';

/** A is passed, B completed, C failed, D incomplete, E not attempted; week holds A and B. */
function isOpen(prerequisites: string): boolean {
  const definition = course12(
    cluster('week', [sco('A'), sco('B')]),
    sco('C'),
    sco('D'),
    sco('E'),
    sco('x', { prerequisites }),
  );
  let state: EngineState = newState(definition);
  for (const [id, status] of [
    ['A', 'passed'],
    ['B', 'completed'],
    ['C', 'failed'],
    ['D', 'incomplete'],
  ] as const) {
    const { session, json } = running(definition, id, state);
    assert.equal(session.call('LMSSetValue', 'cmi.core.lesson_status', status), 'true');
    session.call('LMSFinish', '');
    state = json();
  }
  const open = entriesOf(definition, state).find(({ id }) => id === 'x')!.open;
  const { session } = running(definition, 'A', state);
  if (open) session.open('x');
  else assert.throws(() => session.open('x'), /locked/);
  return open;
}

describe('prerequisites (aicc_script)', () => {
  const rows: [script: string, open: boolean][] = [
    ['', true],
    ['  ', true],
    ['A', true],
    ['B', true],
    ['C', false],
    ['D', false],
    ['E', false],
    ['week', true],
    ['A&B', true],
    ['A & E', false],
    ['A|E', true],
    ['E|D', false],
    ['~E', true],
    ['~A', false],
    ['A&~(D|E)', true],
    ['E&D|A', true],
    ['E&(D|A)', false],
    ['C="failed"', true],
    ['C = failed', true],
    ['C=F', true],
    ['A=passed', true],
    ['A=completed', false],
    ['A<>failed', true],
    ['E="not attempted"', true],
    ['2*{A,B,C}', true],
    ['3*{A,B,C}', false],
    ['1*{E,A&B}', true],
    ['0*{E}', true],
    // What cannot be read, or names nothing of this course, locks nobody out.
    ['E&nowhere', true],
    ['A&', true],
    ['(E', true],
    ['E)', true],
    ['&|~', true],
    ['2*{E', true],
    ['A=', true],
    ['"', true],
  ];
  for (const [script, open] of rows) {
    it(`${JSON.stringify(script)} ${open ? 'opens' : 'locks'}`, () => assert.equal(isOpen(script), open));
  }
});
