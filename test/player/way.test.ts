import assert from 'node:assert/strict';
import { following, whereToBegin } from '../../src/player/client/way.ts';
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
