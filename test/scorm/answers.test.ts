import assert from 'node:assert/strict';
import { answerOf, creditOf } from '../../src/scorm/answers.ts';

describe('what was answered', () => {
  // type, response as SCORM 2004 or 1.2 has it → the parts people read
  const table: [type: string, response: string, parts: string[]][] = [
    ['choice', 'a[,]c', ['a', 'c']],
    ['choice', 'a,c', ['a', 'c']],
    ['choice', '{a,c}', ['a', 'c']],
    ['choice', 'Lift with the legs, not the back', ['Lift with the legs, not the back']],
    ['choice', '', []],
    ['choice', '{}', []],
    ['true-false', 'true', ['true']],
    ['true-false', 't', ['true']],
    ['true-false', '1', ['true']],
    ['true-false', 'F', ['false']],
    ['true-false', '0', ['false']],
    ['true-false', 'maybe', ['maybe']],
    ['numeric', '4.50', ['4.5']],
    ['numeric', ' 42 ', ['42']],
    ['numeric', 'about five', ['about five']],
    ['likert', 'strongly_agree', ['strongly_agree']],
    ['sequencing', 'c[,]a[,]b', ['c', 'a', 'b']],
    ['sequencing', 'c,a,b', ['c', 'a', 'b']],
    ['matching', '1[.]b[,]2[.]a', ['1 – b', '2 – a']],
    ['matching', '1.b,2.a', ['1 – b', '2 – a']],
    ['matching', '{1.b,2.a}', ['1 – b', '2 – a']],
    ['fill-in', 'Paris', ['Paris']],
    ['fill-in', '{lang=fr}Paris[,]{lang=fr}Lyon', ['Paris', 'Lyon']],
    ['fill-in', 'Yes, of course', ['Yes, of course']],
    ['long-fill-in', 'Once, upon[,] a time', ['Once, upon[,] a time']],
    ['performance', 'step1[.]done[,]step2[.]', ['step1 – done', 'step2 –']],
    ['other', '  anything ', ['anything']],
  ];
  for (const [type, response, parts] of table)
    it(`${type}: ${response || 'nothing'}`, () => assert.deepEqual(answerOf(type, response).parts, parts));

  it('is the same in whatever notation and order, where the order says nothing', () => {
    const same: [string, string, string][] = [
      ['choice', 'a[,]b', 'b,a'],
      ['matching', '1[.]b[,]2[.]a', '2.a,1.b'],
      ['true-false', 't', 'true'],
      ['numeric', '4.0', '4'],
      ['fill-in', '{case_matters=false}PARIS', 'paris'],
      ['fill-in', 'New  York', 'new york'],
    ];
    for (const [type, a, b] of same) assert.equal(answerOf(type, a).key, answerOf(type, b).key, `${a} ${b}`);
    assert.notEqual(answerOf('sequencing', 'a,b').key, answerOf('sequencing', 'b,a').key);
    assert.notEqual(answerOf('choice', 'a,b').key, answerOf('choice', 'a').key);
    assert.notEqual(answerOf('likert', 'A').key, answerOf('likert', 'a').key);
  });

  it('is shortened, and always text', () => {
    const { parts } = answerOf('fill-in', 'x'.repeat(10_000));
    assert.deepEqual([parts.length, parts[0]!.length, parts[0]!.at(-1)], [1, 300, '…']);
    assert.ok(answerOf('choice', 'a[,]'.repeat(5_000)).parts.length <= 50);
    for (const broken of ['\ud83d', `${'😀'.repeat(149)}x😀😀`, `a\udc00[,]\ud800`])
      assert.ok(answerOf('fill-in', broken).parts.every((part) => part.isWellFormed()));
  });
});

describe('how right an answer was', () => {
  type Row = [
    type: string,
    response: string | undefined,
    result: string | undefined,
    correct: string[],
    credit?: number,
  ];
  const table: Row[] = [
    ['choice', 'a', 'correct', ['b'], 1],
    ['choice', 'b', 'wrong', ['b'], 0],
    ['choice', 'b', 'incorrect', [], 0],
    ['choice', 'b', '0.5', [], 0.5],
    ['choice', 'b', '7', [], 1],
    ['choice', 'b', '-7', [], 0],
    ['choice', 'b', 'neutral', ['b'], undefined],
    ['choice', 'b', 'unanticipated', [], undefined],
    ['choice', 'b', undefined, [], undefined],
    ['choice', undefined, undefined, ['b'], undefined],
    ['choice', 'b[,]a', undefined, ['c', 'a[,]b'], 1],
    ['choice', 'b', 'unanticipated', ['a[,]b'], 0],
    ['true-false', 't', undefined, ['true'], 1],
    ['numeric', '4', undefined, ['3[:]5'], 1],
    ['numeric', '6', undefined, ['3[:]5'], 0],
    ['numeric', '6', undefined, ['3[:]'], 1],
    ['numeric', 'six', undefined, ['3[:]'], 0],
    ['numeric', '4.0', undefined, ['4'], 1],
    ['fill-in', 'paris', undefined, ['Paris'], 1],
    ['fill-in', 'paris', undefined, ['{case_matters=true}Paris'], 0],
    ['sequencing', 'b[,]a', undefined, ['a[,]b'], 0],
    ['matching', '2.a,1.b', undefined, ['1.b,2.a'], 1],
  ];
  for (const [type, response, result, correct, credit] of table)
    it(`${type} ${response}, ${result ?? 'no word'}, ${correct.join(' or ') || 'no pattern'}: ${credit ?? 'unknown'}`, () =>
      assert.equal(creditOf(type, { response, result, correct }), credit));
});
