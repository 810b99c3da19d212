import assert from 'node:assert/strict';
import { following, hereOf, isPart, whereToBegin } from '../../src/player/client/way.ts';
import type { ActivityDefinition } from '../../src/scorm/course.ts';
import type { Entry } from '../../src/scorm/engine.ts';

/** `a:completed b:incomplete c:locked d:chapter` */
function entries(text: string): Entry[] {
  return text.split(' ').map((one): Entry => {
    const [id = '', word = 'not attempted'] = one.split(':');
    const isChapter = word === 'chapter';
    const isLocked = word === 'locked';
    return {
      id,
      title: id,
      kind: isChapter ? 'cluster' : 'sco',
      depth: 0,
      status: isChapter || isLocked ? 'not attempted' : (word as Entry['status']),
      current: false,
      open: !isChapter && !isLocked,
    };
  });
}

describe('where a learner begins', () => {
  const cases: [text: string, current: string | undefined, begins: string | undefined][] = [
    ['a b c', undefined, 'a'],
    ['a:chapter b c', undefined, 'b'],
    ['a:locked b c', undefined, 'b'],
    ['a:incomplete b:incomplete c', 'b', 'b'],
    ['a:completed b c', 'a', 'b'],
    ['a:passed b:locked c', 'a', 'c'],
    ['a b:completed', 'b', 'a'],
    ['a:failed b', 'a', 'a'],
    ['a:completed b:passed', 'b', 'b'],
    ['a:completed b:failed', 'a', 'a'],
    ['a b', 'gone', 'a'],
    ['a:locked b:chapter', undefined, undefined],
  ];
  for (const [text, current, begins] of cases) {
    it(`is ${begins} in ${text}, last at ${current}`, () =>
      assert.equal(whereToBegin(entries(text), current), begins));
  }
});

describe('what follows a part', () => {
  const cases: [text: string, after: string, next: string | undefined][] = [
    ['a:completed b c', 'a', 'b'],
    ['a:completed b:completed c', 'a', 'c'],
    ['a:completed b:locked c', 'a', 'c'],
    ['a:completed b:chapter c', 'a', 'c'],
    ['a b:completed', 'b', 'a'],
    ['a:completed b:completed', 'b', undefined],
    ['a:incomplete', 'a', undefined],
  ];
  for (const [text, after, next] of cases) {
    it(`is ${next} after ${after} in ${text}`, () => assert.equal(following(entries(text), after)?.id, next));
  }
});

describe('the parts of a table of contents', () => {
  const at = (depth: number, one: string): Entry => ({ ...entries(one)[0]!, depth });
  const tree = (id: string, ...children: ActivityDefinition[]) => ({ id, children }) as ActivityDefinition;
  /** Two of its tests are not shown, and neither is the chapter they are read in. */
  const root = tree(
    'course',
    tree('read', tree('a'), tree('b')),
    tree('test', tree('one'), tree('two')),
    tree('hidden'),
  );
  const shown = [at(0, 'read:chapter'), at(1, 'a'), at(1, 'b'), at(0, 'test:chapter')];

  it('are those that have no parts below them, also chapters', () =>
    assert.deepEqual(
      shown.filter((_, i) => isPart(shown, i)).map(({ id }) => id),
      ['a', 'b', 'test'],
    ));

  const cases: [playing: string | undefined, here: string | undefined][] = [
    ['b', 'b'],
    ['two', 'test'],
    ['hidden', undefined],
    ['gone', undefined],
    [undefined, undefined],
  ];
  for (const [playing, here] of cases)
    it(`have the learner at ${here} while ${playing} plays`, () =>
      assert.equal(hereOf(shown, root, playing), here));
});
