import assert from 'node:assert/strict';
import { nearest, type Copied } from '../../src/attempts/copied.ts';

describe('the link that one was copied from', () => {
  type Known = [name: string, resourceLink: string, context?: string];
  type Row = [
    what: string,
    link: [id: string, context?: string],
    history: Partial<Copied['history']>,
    known: Known[],
    original: string | undefined,
  ];
  const rows: Row[] = [
    ['nothing is known', ['2', 'B'], { links: ['1'] }, [], undefined],
    ['the one that its history names', ['2', 'B'], { links: ['1'] }, [['a', '1', 'A']], 'a'],
    ['none that its history does not name', ['2', 'B'], { links: ['1'] }, [['a', '0', 'A']], undefined],
    [
      'a copy of a copy: the nearer one',
      ['3', 'C'],
      { links: ['2', '1'] },
      [
        ['a', '1', 'A'],
        ['b', '2', 'B'],
      ],
      'b',
    ],
    ['a copy of a copy that nobody opened', ['3', 'C'], { links: ['2', '1'] }, [['a', '1', 'A']], 'a'],
    [
      'copied inside one course',
      ['2', 'A'],
      { links: ['1'], contexts: ['Z'] },
      [
        ['z', '1', 'Z'],
        ['a', '1', 'A'],
      ],
      'a',
    ],
    [
      'an id of several courses: that of the nearest copied one',
      ['2', 'C'],
      { links: ['1'], contexts: ['B', 'A'] },
      [
        ['x', '1', 'X'],
        ['a', '1', 'A'],
        ['b', '1', 'B'],
      ],
      'b',
    ],
    [
      'an id of several courses, none of them its own: nobody can say',
      ['2', 'C'],
      { links: ['1'] },
      [
        ['a', '1', 'A'],
        ['b', '1', 'B'],
      ],
      undefined,
    ],
    [
      'itself, before all it was copied from',
      ['2', 'B'],
      { links: ['1'] },
      [
        ['a', '1', 'A'],
        ['own', '2', 'B'],
      ],
      'own',
    ],
    ['one that kept its id in a copied course', ['1', 'B'], { contexts: ['A'] }, [['a', '1', 'A']], 'a'],
    [
      'one that kept its id: the nearest course',
      ['1', 'C'],
      { contexts: ['B', 'A'] },
      [
        ['a', '1', 'A'],
        ['b', '1', 'B'],
      ],
      'b',
    ],
    ['not the same id in a course it was not copied from', ['1', 'B'], {}, [['x', '1', 'X']], undefined],
    [
      'not the same id elsewhere, though its history has it',
      ['1', 'B'],
      { links: ['1'] },
      [['x', '1', 'X']],
      undefined,
    ],
    ['a link without a course of the LMS', ['2'], { links: ['1'] }, [['a', '1']], 'a'],
  ];
  for (const [what, [resourceLink, context], history, known, original] of rows) {
    it(what, () => {
      const copied = {
        deployment: 'dep_1',
        resourceLink,
        context,
        history: { links: [], contexts: [], ...history },
      };
      const places = known.map(([name, id, context]) => ({
        name,
        resourceLink: id,
        context: context === undefined ? undefined : { id: context, title: '' },
        createdAt: new Date(0),
      }));
      assert.equal(nearest(places, copied)?.name, original);
    });
  }
});
