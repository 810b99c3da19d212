import assert from 'node:assert/strict';
import type { CourseDefinition } from '../../../src/scorm/course.ts';
import { mayContinue, mayGoBack, mayJump, obstacleToChoose } from '../../../src/scorm/sequencing/possible.ts';
import { completionOf, satisfactionOf } from '../../../src/scorm/sequencing/objectives.ts';
import { seen, type World } from '../../../src/scorm/sequencing/world.ts';
import { at, chapter, flowing, goes, knows, post, pre, sco, when, world } from './trees.ts';

const abc = () => world(flowing([sco('a'), sco('b'), sco('c')]));
/** root: one (a b), two (c d) */
const chapters = (
  one: Parameters<typeof chapter>[2] = {},
  two: Parameters<typeof chapter>[2] = {},
  root: Parameters<typeof flowing>[1] = {},
): CourseDefinition =>
  flowing([chapter('one', [sco('a'), sco('b')], one), chapter('two', [sco('c'), sco('d')], two)], root);

describe('flow (SB.2.1 to SB.2.3, SB.2.5, SB.2.7, SB.2.8)', () => {
  it('starts at the first leaf, goes on through the leaves, and off the end', () => {
    const in_ = world(chapters());
    assert.deepEqual(goes(in_, 'start', 'continue', 'continue', 'continue', 'continue'), [
      'a',
      'b',
      'c',
      'd',
      'end',
    ]);
    assert.equal(in_.current, undefined);
  });

  it('goes back, into the last leaf of a chapter, and not before the first', () => {
    const in_ = world(chapters());
    assert.deepEqual(goes(in_, 'choice c', 'previous', 'previous', 'previous'), ['c', 'b', 'a', 'SB.2.8-3']);
    assert.equal(mayGoBack(in_), false);
  });

  const refused: [string, CourseDefinition, string[], string[]][] = [
    [
      'no start where the course does not flow',
      { ...chapters({}, {}, { controls: {} }) },
      ['start'],
      ['SB.2.5-2'],
    ],
    ['a start is the first thing', chapters(), ['start', 'start'], ['a', 'NB.2.1-1']],
    [
      'nothing to go on from',
      chapters(),
      ['continue', 'previous', 'exit'],
      ['NB.2.1-2', 'NB.2.1-2', 'NB.2.1-2'],
    ],
    [
      'no flow in the chapter',
      chapters({ controls: { flow: false } }),
      ['choice a', 'continue'],
      ['a', 'NB.2.1-4'],
    ],
    [
      'no flow in the next chapter',
      chapters({}, { controls: { flow: false } }),
      ['choice b', 'continue'],
      ['b', 'SB.2.7-3'],
    ],
    [
      'forward only',
      chapters({ controls: { forwardOnly: true } }),
      ['choice b', 'previous'],
      ['b', 'NB.2.1-5'],
    ],
    ['nothing to resume', chapters(), ['resumeAll'], ['NB.2.1-3']],
    ['no such activity', chapters(), ['choice x', 'jump x'], ['NB.2.1-11', 'NB.2.1-11']],
  ];
  for (const [name, definition, requests, expected] of refused) {
    it(name, () => assert.deepEqual(goes(world(definition), ...requests), expected));
  }

  it('enters a chapter that is forward only at its first leaf, though it comes from behind', () => {
    const in_ = world(chapters({ controls: { forwardOnly: true } }));
    assert.deepEqual(goes(in_, 'choice c', 'previous'), ['c', 'a']);
  });

  it('skips what is to be skipped, in both directions, whole chapters too', () => {
    const in_ = world(
      flowing([sco('a'), sco('b', pre('skip')), chapter('x', [sco('c')], pre('skip')), sco('d')]),
    );
    assert.deepEqual(goes(in_, 'start', 'continue', 'previous', 'continue', 'continue'), [
      'a',
      'd',
      'a',
      'd',
      'end',
    ]);
  });

  it('comes back before a forward only chapter all of which is skipped', () => {
    const inner = chapter('x', [sco('b', pre('skip')), sco('c', pre('skip'))], {
      controls: { forwardOnly: true },
    });
    const in_ = world(flowing([sco('a'), inner, sco('d')]));
    assert.deepEqual(goes(in_, 'choice d', 'previous'), ['d', 'a']);
  });

  it('stops before what is disabled, and says that one may not go there', () => {
    const in_ = world(flowing([sco('a'), sco('b', pre('disabled')), sco('c')]));
    assert.deepEqual(goes(in_, 'start', 'continue'), ['a', 'SB.2.7-3']);
    assert.equal(obstacleToChoose(in_, at(in_, 'b')), 'DB.1.1-3');
    assert.equal(mayJump(in_, at(in_, 'b')), false);
    assert.deepEqual(goes(in_, 'jump b', 'choice c'), ['DB.1.1-3', 'c']);
  });

  it('jumps where no choice leads, but to a leaf only', () => {
    const in_ = world(chapters({ controls: { choice: false } }));
    assert.deepEqual(goes(in_, 'choice c', 'choice b', 'jump b'), ['c', 'NB.2.1-10', 'b']);
    assert.equal(mayJump(in_, at(in_, 'one')), false);
    assert.equal(mayJump(in_, at(in_, 'a')), true);
  });
});

describe('choice (SB.2.4, SB.2.9)', () => {
  /** What may be chosen from where one stands after these requests. */
  const open = (in_: World) => in_.tree.list.filter((one) => !obstacleToChoose(in_, one)).map(({ id }) => id);
  const after = (definition: CourseDefinition, ...requests: string[]) => {
    const in_ = world(definition);
    goes(in_, ...requests);
    return in_;
  };

  const cases: [string, CourseDefinition, string[], string[]][] = [
    ['everything, before anything is open', chapters(), [], ['org', 'one', 'a', 'b', 'two', 'c', 'd']],
    ['everything, from the middle', chapters(), ['choice c'], ['org', 'one', 'a', 'b', 'two', 'c', 'd']],
    [
      'no chapter that does not flow',
      chapters({ controls: { flow: false } }),
      [],
      ['a', 'b', 'two', 'c', 'd'],
    ],
    [
      'nothing in a chapter without choice',
      chapters({ controls: { choice: false } }),
      ['choice c'],
      ['org', 'one', 'two', 'c', 'd'],
    ],
    [
      'not what is hidden, nor what is below it',
      chapters(pre('hiddenFromChoice')),
      ['choice c'],
      ['org', 'two', 'c', 'd'],
    ],
    [
      'not what is disabled, nor what is below it',
      chapters(pre('disabled')),
      ['choice c'],
      ['two', 'c', 'd'],
    ],
    [
      'not out of a chapter that holds its learners',
      chapters({ controls: { choiceExit: false } }),
      ['start'],
      ['a', 'b'],
    ],
    [
      'not past what stops forward traversal',
      flowing([sco('a'), sco('b', pre('stopForwardTraversal')), sco('c')]),
      ['start'],
      ['org', 'a', 'b'],
    ],
    [
      'back past what stops forward traversal',
      flowing([sco('a'), sco('b', pre('stopForwardTraversal')), sco('c')]),
      ['start', 'jump c'],
      ['org', 'a', 'b', 'c'],
    ],
    [
      'not into a chapter that stops forward traversal',
      chapters({}, pre('stopForwardTraversal')),
      ['start'],
      ['org', 'one', 'a', 'b', 'two'],
    ],
    [
      'not back in a chapter that is forward only',
      chapters({ controls: { forwardOnly: true } }),
      ['choice b'],
      ['org', 'one', 'b', 'two', 'c', 'd'],
    ],
    [
      'a chapter that prevents activation, not what is in it',
      chapters({}, { constrained: { preventActivation: true } }),
      ['start'],
      ['org', 'one', 'a', 'b', 'two'],
    ],
    [
      'what is in it, once one is in it',
      chapters({}, { constrained: { preventActivation: true } }),
      ['choice two'],
      ['org', 'one', 'a', 'b', 'two', 'c', 'd'],
    ],
  ];
  for (const [name, definition, requests, expected] of cases) {
    it(`allows ${name}`, () => assert.deepEqual(open(after(definition, ...requests)), expected));
  }

  it('constrained, allows the neighbours of a chapter and what is in them', () => {
    const three = flowing([
      sco('a'),
      chapter('x', [sco('b'), sco('c')], {}),
      chapter('y', [sco('d'), sco('e')], { constrained: { constrainChoice: true } }),
      chapter('z', [sco('f')], {}),
      sco('g'),
    ]);
    assert.deepEqual(open(after(three, 'choice d')), ['x', 'b', 'c', 'y', 'd', 'e', 'z', 'f']);
  });

  it('flows into a chosen chapter, over what is to be skipped', () => {
    const in_ = world(flowing([sco('a'), chapter('x', [sco('b', pre('skip')), sco('c')])]));
    assert.deepEqual(goes(in_, 'start', 'choice x'), ['a', 'c']);
  });

  it('chooses what is open again: its attempt ends, and another begins', () => {
    const in_ = world(flowing([sco('a', { attemptLimit: 2 })]));
    assert.deepEqual(goes(in_, 'start', 'choice a', 'choice a'), ['a', 'a', 'DB.1.1-3']);
    assert.equal(seen(in_, at(in_, 'a')).n, 2);
  });

  it('does not let a leaf go that holds its learner', () => {
    const in_ = world(flowing([sco('a', { controls: { choiceExit: false } }), sco('b')]));
    assert.deepEqual(goes(in_, 'start', 'choice b'), ['a', 'NB.2.1-8']);
    assert.deepEqual(goes(in_, 'exit', 'choice b'), ['nothing', 'b']);
  });
});

describe('termination (TB, UP.3, UP.4)', () => {
  const primary = (in_: World, id: string) => {
    const activity = at(in_, id);
    return [
      satisfactionOf(in_, activity, activity.objectives[0]!),
      completionOf(in_, activity, activity.objectives[0]!),
    ];
  };

  it('concludes what an activity did not say, unless the content says it, and not of a suspended one', () => {
    const in_ = world(
      flowing([
        sco('a'),
        sco('b', { completionSetByContent: true, objectiveSetByContent: true }),
        sco('c', { tracked: false }),
      ]),
    );
    goes(in_, 'start', 'continue', 'continue', 'exitAll');
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => primary(in_, id)),
      [
        [true, true],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  it('leaves the activity without an end of the session, and goes on from there', () => {
    const in_ = abc();
    assert.deepEqual(goes(in_, 'start', 'exit', 'exit', 'continue'), ['a', 'nothing', 'NB.2.1-12', 'b']);
  });

  it('ends the session with Exit All, and begins new attempts with the next', () => {
    const in_ = abc();
    assert.deepEqual(goes(in_, 'start', 'continue', 'exitAll', 'start'), ['a', 'b', 'end', 'a']);
    assert.deepEqual(
      ['org', 'a', 'b'].map((id) => seen(in_, at(in_, id)).n),
      [2, 2, 1],
    );
  });

  it('suspends everything on the way, and resumes it', () => {
    const in_ = world(chapters());
    assert.deepEqual(goes(in_, 'start', 'continue', 'suspendAll'), ['a', 'b', 'end']);
    assert.deepEqual(
      ['org', 'one', 'b'].map((id) => seen(in_, at(in_, id)).susp),
      [1, 1, 1],
    );
    assert.deepEqual(goes(in_, 'resumeAll'), ['b']);
    assert.deepEqual(
      ['org', 'one', 'b'].map((id) => seen(in_, at(in_, id)).n),
      [1, 1, 1],
    );
    assert.equal(in_.state.suspended, undefined);
  });

  it('chooses something else instead of resuming: what was suspended is no more (DB.2.1)', () => {
    const in_ = world(chapters());
    assert.deepEqual(goes(in_, 'start', 'suspendAll', 'choice c'), ['a', 'end', 'c']);
    assert.deepEqual(
      ['org', 'one', 'a'].map((id) => seen(in_, at(in_, id)).susp),
      [undefined, undefined, undefined],
    );
  });

  it('forgets what an abandoned attempt said', () => {
    for (const go of ['abandon', 'abandonAll']) {
      const in_ = abc();
      goes(in_, 'start');
      knows(in_, 'a', { s: true, m: 1, c: 'completed' });
      assert.deepEqual(goes(in_, go), [go === 'abandon' ? 'nothing' : 'end']);
      assert.deepEqual(primary(in_, 'a'), [undefined, undefined]);
    }
  });

  const rules: [string, CourseDefinition, string[], string[]][] = [
    ['retry', flowing([sco('a', post('retry')), sco('b')]), ['start', 'continue'], ['a', 'a']],
    [
      'continue',
      flowing([sco('a', post('continue')), sco('b'), sco('c')]),
      ['start', 'choice c'],
      ['a', 'b'],
    ],
    [
      'previous',
      flowing([sco('a'), sco('b', post('previous')), sco('c')]),
      ['start', 'continue', 'continue'],
      ['a', 'b', 'a'],
    ],
    ['exitAll', flowing([sco('a', post('exitAll')), sco('b')]), ['start', 'continue'], ['a', 'end']],
    [
      'retryAll',
      flowing([sco('a'), sco('b', post('retryAll', when('satisfied')))]),
      ['start', 'continue', 'continue', 'continue'],
      ['a', 'b', 'a', 'b'],
    ],
    [
      'exitParent',
      flowing([chapter('x', [sco('a', post('exitParent')), sco('b')]), sco('c')]),
      ['start', 'continue'],
      ['a', 'c'],
    ],
    [
      'exitParent, and what the parent says then',
      flowing([chapter('x', [sco('a', post('exitParent')), sco('b')], post('retry')), sco('c')]),
      ['start', 'continue'],
      ['a', 'a'],
    ],
    [
      'a rule of the root that is no retry ends the session',
      flowing([sco('a', post('exitParent'))], post('continue')),
      ['start', 'continue'],
      ['a', 'end'],
    ],
    [
      'retry of the root begins again',
      flowing([sco('a', post('exitParent')), sco('b')], post('retry')),
      ['start', 'continue'],
      ['a', 'a'],
    ],
    [
      'an exit rule ends the chapter',
      flowing([
        chapter('x', [sco('a'), sco('b')], { rules: { exit: [{ do: 'exit', when: [when('attempted')] }] } }),
        sco('c'),
      ]),
      ['start', 'continue'],
      ['a', 'c'],
    ],
    [
      'the exit rule nearest to the root counts',
      flowing([
        chapter(
          'x',
          [
            chapter('y', [sco('a'), sco('b')], { rules: { exit: [{ do: 'exit', when: [when('always')] }] } }),
            sco('c'),
          ],
          { rules: { exit: [{ do: 'exit', when: [when('always')] }] } },
        ),
        sco('d'),
      ]),
      ['start', 'continue'],
      ['a', 'd'],
    ],
  ];
  for (const [name, definition, requests, expected] of rules) {
    it(`after an activity: ${name}`, () => assert.deepEqual(goes(world(definition), ...requests), expected));
  }

  it('asks no post condition of what is suspended', () => {
    const in_ = world(flowing([sco('a', post('retry')), sco('b')]));
    goes(in_, 'start');
    knows(in_, 'a', {});
    in_.tracks[at(in_, 'a').index]!.susp = 1;
    assert.deepEqual(goes(in_, 'continue'), ['b']);
  });

  it('shows Continue wherever the chapter flows: after the last it ends the course', () => {
    const in_ = abc();
    assert.equal(mayContinue(in_), false);
    goes(in_, 'choice c');
    assert.equal(mayContinue(in_), true);
    assert.deepEqual(goes(in_, 'continue'), ['end']);
  });
});

describe('global objectives (SN 3.10)', () => {
  const shared = (own: boolean): CourseDefinition => ({
    ...flowing([
      sco('a', {
        objectives: [{ primary: true, maps: [{ to: 'g', read: [], write: ['satisfied', 'measure'] }] }],
      }),
      sco('b', {
        objectives: [
          { primary: true },
          { id: 'o', maps: [{ to: 'g', read: ['satisfied', 'measure'], write: [] }] },
        ],
        rules: { pre: [{ do: 'skip', when: [when('satisfied', { objective: 'o' })] }] },
      }),
      sco('c'),
    ]),
    ...(own ? { objectivesGlobalToSystem: false } : {}),
  });

  it('carry what one activity writes to another that reads', () => {
    assert.deepEqual(goes(world(shared(false)), 'start', 'continue'), ['a', 'c']);
  });

  it('outlive the session, unless they are the course’s own and nothing is suspended', () => {
    for (const [own, end, left] of [
      [false, 'exitAll', true],
      [true, 'exitAll', undefined],
      [true, 'suspendAll', true],
    ] as const) {
      const in_ = world(shared(own));
      goes(in_, 'start', 'continue', end);
      assert.equal(in_.state.globals['g']?.s, left);
    }
  });

  it('count more than what the activity knows by itself, even when they know nothing', () => {
    const reads = { maps: [{ to: 'g', read: ['satisfied' as const], write: [] }] };
    const in_ = world(
      flowing([
        sco('a', { objectives: [{ primary: true, ...reads }], ...pre('disabled', when('satisfied')) }),
      ]),
    );
    assert.deepEqual(goes(in_, 'start', 'exitAll', 'start'), ['a', 'end', 'a']);
  });
});

describe('selection and randomization (SR)', () => {
  const many = (randomization: object) =>
    flowing(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => sco(id)),
      { randomization },
    );
  const walk = (in_: World) => {
    const seen: string[] = [];
    for (let [id] = goes(in_, 'start'); id && id !== 'end'; [id] = goes(in_, 'continue')) seen.push(id);
    return seen.join('');
  };

  it('selects as many as it is told, in their order, once', () => {
    const drawn = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const in_ = world(many({ select: { timing: 'once', count: 2 } }), seed);
      const first = walk(in_);
      assert.equal(first.length, 2);
      assert.equal([...first].toSorted().join(''), first);
      assert.equal(walk(in_), first);
      drawn.add(first);
    }
    assert.ok(drawn.size > 8, `${drawn.size} of 15 pairs`);
  });

  it('reorders for each new attempt, and all of them', () => {
    const in_ = world(many({ reorder: 'onEachNewAttempt' }));
    const orders = new Set(Array.from({ length: 10 }, () => walk(in_)));
    assert.ok(orders.size > 5);
    for (const order of orders) assert.equal([...order].toSorted().join(''), 'abcdef');
  });

  it('draws the same from the same seed', () => {
    const from = (seed: number) => walk(world(many({ reorder: 'once' }), seed));
    assert.equal(from(5), from(5));
    assert.notEqual(from(5), from(6));
  });

  it('does not let one choose or jump to what was not selected', () => {
    const in_ = world(many({ select: { timing: 'once', count: 1 } }));
    const [only] = goes(in_, 'start');
    for (const id of 'abcdef')
      assert.equal(obstacleToChoose(in_, at(in_, id)) === undefined, id === only, id);
    const other = only === 'a' ? 'b' : 'a';
    assert.deepEqual(goes(in_, `jump ${other}`), ['NB.2.1-11']);
  });
});
