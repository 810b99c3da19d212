import assert from 'node:assert/strict';
import { kindOf, readable } from '../../src/display/response.ts';

describe('an answer to a question', () => {
  const rows: [what: string, response: string, reads: string][] = [
    ['a choice', 'b', 'b'],
    ['several choices', 'a[,]b[,]c', 'a, b, c'],
    ['pairs', 'dog[.]bone[,]cat[.]milk', 'dog – bone, cat – milk'],
    ['a range of numbers', '2[:]4.5', '2 to 4.5'],
    ['a range without an end', '2[:]', '2 to …'],
    ['how it is compared', '{case_matters=false}{order_matters=true}Paris[,]Rome', 'Paris, Rome'],
    ['in a language', '{lang=fr-CA}Québec', 'Québec'],
    ['SCORM 1.2: commas as they are', 'a.1,b.2', 'a.1,b.2'],
    ['braces of its own', '{x} + y', '{x} + y'],
    ['nothing', '', ''],
  ];
  for (const [what, response, reads] of rows) it(what, () => assert.equal(readable(response), reads));

  it('is read in no time, however odd', () => {
    const began = performance.now();
    for (const text of ['{lang=x}'.repeat(10_000), '[:]'.repeat(30_000), '{lang='.repeat(10_000)])
      readable(text);
    assert.ok(performance.now() - began < 500);
  });
});

describe('a kind of question', () => {
  const rows: [type: string | undefined, reads: string | undefined][] = [
    ['choice', 'Multiple choice'],
    ['long-fill-in', 'Long answer'],
    ['drag-the-words', 'drag-the-words'],
    ['__proto__', '__proto__'],
    ['', ''],
    [undefined, undefined],
  ];
  for (const [type, reads] of rows) it(`${type} reads ${reads}`, () => assert.equal(kindOf(type), reads));
});
