import assert from 'node:assert/strict';
import type { CourseDefinition } from '../../../src/scorm/course.ts';
import { obstacleToChoice } from '../../../src/scorm/sequencing/choice.ts';
import { obstacleToDelivery } from '../../../src/scorm/sequencing/deliver.ts';
import type { ObjectiveDefinition, Shared } from '../../../src/scorm/sequencing/definition.ts';
import { measureOf, satisfactionOf } from '../../../src/scorm/sequencing/objectives.ts';
import { mayJump, obstacleToChoose } from '../../../src/scorm/sequencing/possible.ts';
import { sequencingRequest, type SequencingRequest } from '../../../src/scorm/sequencing/requests.ts';
import { overallRollup } from '../../../src/scorm/sequencing/rollup.ts';
import { terminationRequest, type TerminationRequest } from '../../../src/scorm/sequencing/terminate.ts';
import {
  childrenOf,
  seen,
  setCurrent,
  setSuspended,
  type World,
} from '../../../src/scorm/sequencing/world.ts';
import { course2004 } from '../courses.ts';
import { at, chapter, flowing, goes, knows, post, pre, rollupRule, sco, when, world } from './trees.ts';

// What the pseudo-code says of requests that cannot be (SN appendix C), each asked of its own process: the Navigation Request
// Process refuses most of them before.

/** root: one (a b), two (c d) */
const chapters = (one: Parameters<typeof chapter>[2] = {}, two: Parameters<typeof chapter>[2] = {}) =>
  flowing([chapter('one', [sco('a'), sco('b')], one), chapter('two', [sco('c'), sco('d')], two)]);

const after = (definition: CourseDefinition, ...requests: string[]): World => {
  const in_ = world(definition);
  goes(in_, ...requests);
  return in_;
};

/** The Current Activity is that one, and nothing else is known. */
const standingAt = (definition: CourseDefinition, id: string): World => {
  const in_ = world(definition);
  setCurrent(in_, at(in_, id));
  return in_;
};

describe('navigation requests that are not valid (NB.2.1)', () => {
  const refused: [string, CourseDefinition, string[], string, string][] = [
    ['Start in a session that has begun (1)', chapters(), ['start'], 'start', 'NB.2.1-1'],
    ['Resume All in a session that has begun (2)', chapters(), ['start'], 'resumeAll', 'NB.2.1-1'],
    ['Resume All with nothing suspended (2)', chapters(), [], 'resumeAll', 'NB.2.1-3'],
    ['Continue before a session (3)', chapters(), [], 'continue', 'NB.2.1-2'],
    [
      'Continue without flow (3)',
      chapters({ controls: { flow: false } }),
      ['choice a'],
      'continue',
      'NB.2.1-4',
    ],
    ['Previous before a session (4)', chapters(), [], 'previous', 'NB.2.1-2'],
    [
      'Previous without flow (4)',
      chapters({ controls: { flow: false } }),
      ['choice b'],
      'previous',
      'NB.2.1-5',
    ],
    [
      'Previous forward only (4)',
      chapters({ controls: { forwardOnly: true } }),
      ['choice b'],
      'previous',
      'NB.2.1-5',
    ],
    ['a choice without choice (7)', chapters({ controls: { choice: false } }), [], 'choice b', 'NB.2.1-10'],
    [
      'a choice out of what holds (7)',
      chapters({ controls: { choiceExit: false } }),
      ['start'],
      'choice c',
      'NB.2.1-8',
    ],
    ['a choice of nothing (7)', chapters(), [], 'choice x', 'NB.2.1-11'],
    ['a jump to nothing (13)', chapters(), ['start'], 'jump x', 'NB.2.1-11'],
    ['Exit of what has ended (8)', chapters(), ['start', 'exit'], 'exit', 'NB.2.1-12'],
    ['Exit before a session (8)', chapters(), [], 'exit', 'NB.2.1-2'],
    ['Exit All before a session (9)', chapters(), [], 'exitAll', 'NB.2.1-2'],
    ['Abandon of what has ended (10)', chapters(), ['start', 'exit'], 'abandon', 'NB.2.1-12'],
    ['Abandon before a session (10)', chapters(), [], 'abandon', 'NB.2.1-2'],
    ['Abandon All before a session (11)', chapters(), [], 'abandonAll', 'NB.2.1-2'],
    ['Suspend All before a session (12)', chapters(), [], 'suspendAll', 'NB.2.1-2'],
  ];
  for (const [name, definition, before, request, exception] of refused) {
    it(name, () => {
      const in_ = after(definition, ...before);
      const untouched = JSON.stringify(in_.state);
      assert.deepEqual(goes(in_, request), [exception]);
      assert.equal(JSON.stringify(in_.state), untouched, 'nothing has changed');
    });
  }

  it('Previous at the root (4)', () => {
    assert.deepEqual(goes(standingAt(flowing([sco('a')]), 'org'), 'previous'), ['NB.2.1-6']);
  });

  it('a jump that leads nowhere ends nothing: to a chapter, or to what is disabled or in what is (13, DB.1.1)', () => {
    const in_ = after(chapters({}, pre('disabled')), 'start');
    assert.deepEqual(goes(in_, 'jump one', 'jump two', 'jump c'), ['DB.1.1-1', 'DB.1.1-1', 'DB.1.1-3']);
    assert.deepEqual([seen(in_, at(in_, 'a')).on, in_.current?.id], [1, 'a']);
    assert.deepEqual(
      ['one', 'b', 'two', 'c'].map((id) => mayJump(in_, at(in_, id))),
      [false, true, false, false],
    );
  });
});

describe('sequencing requests that are not valid', () => {
  const requests: [string, () => World, SequencingRequest['go'], string][] = [
    ['SB.2.5 1: Start with a current activity', () => after(chapters(), 'start'), 'start', 'SB.2.5-1'],
    ['SB.2.5 3: Start where nothing flows', () => world(course2004(sco('a'), sco('b'))), 'start', 'SB.2.5-2'],
    [
      'SB.2.6 1: Resume All with a current activity',
      () => after(chapters(), 'start'),
      'resumeAll',
      'SB.2.6-1',
    ],
    ['SB.2.6 2: Resume All of nothing', () => world(chapters()), 'resumeAll', 'SB.2.6-2'],
    ['SB.2.7 1: Continue from nowhere', () => world(chapters()), 'continue', 'SB.2.7-1'],
    [
      'SB.2.7 2: Continue without flow',
      () => standingAt(chapters({ controls: { flow: false } }), 'a'),
      'continue',
      'SB.2.7-2',
    ],
    [
      'SB.2.7 4: Continue into what is disabled',
      () => standingAt(chapters({}, pre('disabled')), 'b'),
      'continue',
      'SB.2.7-3',
    ],
    ['SB.2.8 1: Previous from nowhere', () => world(chapters()), 'previous', 'SB.2.8-1'],
    [
      'SB.2.8 2: Previous without flow',
      () => standingAt(chapters({ controls: { flow: false } }), 'b'),
      'previous',
      'SB.2.8-2',
    ],
    ['SB.2.8 4: Previous before the first', () => standingAt(chapters(), 'a'), 'previous', 'SB.2.8-3'],
    ['SB.2.10 1: Retry of nothing', () => world(chapters()), 'retry', 'SB.2.10-1'],
    ['SB.2.10 2: Retry of what goes on', () => after(chapters(), 'start'), 'retry', 'SB.2.10-2'],
    [
      'SB.2.10 3: Retry of a cluster that does not flow',
      () => standingAt(chapters({ controls: { flow: false } }), 'one'),
      'retry',
      'SB.2.10-3',
    ],
    ['SB.2.11 1: Exit from nowhere', () => world(chapters()), 'exit', 'SB.2.11-1'],
    ['SB.2.11 2: Exit of what goes on', () => after(chapters(), 'start'), 'exit', 'SB.2.11-2'],
  ];
  for (const [name, make, go, exception] of requests) {
    it(name, () => assert.deepEqual(sequencingRequest(make(), { go } as SequencingRequest), { exception }));
  }

  it('SB.2.10 2: Retry of what is suspended', () => {
    const in_ = standingAt(chapters(), 'a');
    setSuspended(in_, at(in_, 'a'), true);
    assert.deepEqual(sequencingRequest(in_, { go: 'retry' }), { exception: 'SB.2.10-2' });
  });

  it('SB.2.13: a jump from nowhere, or to what was not selected', () => {
    const in_ = world(chapters());
    assert.equal(sequencingRequest(in_, { go: 'jump', target: at(in_, 'a') }).exception, 'SB.2.13-1');
    const lots = world(
      flowing([sco('a'), sco('b'), sco('c')], { randomization: { select: { timing: 'once', count: 1 } } }),
    );
    goes(lots, 'start');
    const [left] = lots.tree.list.filter(({ all, index }) => all.length === 0 && lots.places[index]! < 0);
    assert.equal(sequencingRequest(lots, { go: 'jump', target: left! }).exception, 'SB.2.13-2');
    assert.equal(sequencingRequest(lots, { go: 'choice', target: left! }).exception, 'SB.2.9-2');
  });

  it('SB.2.5 2: a course that is one activity starts with it', () => {
    const one: CourseDefinition = { ...course2004(), root: sco('only') };
    assert.deepEqual(goes(world(one), 'start', 'exit'), ['only', 'end']);
  });

  it('SB.2.9 14: a choice of a cluster that leads nowhere moves there all the same', () => {
    const closed = chapters({}, { controls: { flow: false } });
    const in_ = after(closed, 'start');
    assert.equal(
      sequencingRequest(in_, { go: 'choice', target: at(in_, 'two') }).exception,
      'SB.2.9-9',
      'and says why nothing is shown',
    );
    assert.equal(in_.current?.id, 'two');
    assert.deepEqual(
      ['one', 'org'].map((id) => seen(in_, at(in_, id)).on),
      [undefined, undefined],
    );
    assert.equal(
      obstacleToChoose(world(closed), at(world(closed), 'two')),
      'SB.2.9-9',
      'a learner is not let there',
    );
  });

  const choices: [string, CourseDefinition, string[], string, string | undefined][] = [
    ['5: hidden from choice', chapters({}, pre('hiddenFromChoice')), [], 'c', 'SB.2.9-3'],
    ['6: no choice in the parent', chapters({}, { controls: { choice: false } }), [], 'c', 'SB.2.9-4'],
    [
      '8: not back where it is forward only',
      chapters({ controls: { forwardOnly: true } }),
      ['b'],
      'a',
      'SB.2.4-2',
    ],
    ['8: on where it is forward only', chapters({ controls: { forwardOnly: true } }), ['a'], 'b', undefined],
    ['9: not into what stops, from nowhere', chapters({}, pre('stopForwardTraversal')), [], 'c', 'SB.2.4-1'],
    [
      '9: not into what prevents activation, from nowhere',
      chapters({}, { constrained: { preventActivation: true } }),
      [],
      'c',
      'SB.2.9-6',
    ],
    [
      '10: not up through what holds',
      chapters({ controls: { choiceExit: false } }),
      ['a'],
      'org',
      'SB.2.9-7',
    ],
    ['11: not out of what holds', chapters({ controls: { choiceExit: false } }), ['a'], 'd', 'SB.2.9-7'],
    ['11: not forward into what stops', chapters({}, pre('stopForwardTraversal')), ['a'], 'd', 'SB.2.4-1'],
    ['11: back into what stops', chapters(pre('stopForwardTraversal')), ['c'], 'b', undefined],
    [
      '11: not back into what prevents activation',
      chapters({ constrained: { preventActivation: true } }),
      ['c'],
      'b',
      'SB.2.9-6',
    ],
  ];
  for (const [name, definition, [from], target, exception] of choices) {
    it(`SB.2.9 ${name}`, () => {
      const in_ = from === undefined ? world(definition) : standingAt(definition, from);
      assert.equal(obstacleToChoice(in_, at(in_, target)), exception);
    });
  }

  it('SB.2.9 11.5: constrained, only what is in the next cluster or the one before, at any depth', () => {
    const wide = flowing([
      chapter('one', [sco('a'), chapter('deep', [sco('b')])]),
      chapter('two', [sco('c')], { constrained: { constrainChoice: true } }),
      chapter('three', [chapter('deeper', [sco('d')])]),
      sco('e'),
    ]);
    const in_ = standingAt(wide, 'c');
    assert.deepEqual(
      ['a', 'b', 'two', 'd', 'e'].map((id) => obstacleToChoice(in_, at(in_, id))),
      [undefined, undefined, undefined, undefined, 'SB.2.9-8'],
    );
  });

  it('DB.1.1: a cluster is not delivered, nor what is disabled or is in it', () => {
    const in_ = world(chapters({}, pre('disabled')));
    assert.deepEqual(
      ['one', 'a', 'c'].map((id) => obstacleToDelivery(in_, at(in_, id))),
      ['DB.1.1-1', undefined, 'DB.1.1-3'],
    );
  });

  const terminations: [string, () => World, TerminationRequest, string][] = [
    ['TB.2.3 1: nothing to end', () => world(chapters()), 'exit', 'TB.2.3-1'],
    ['TB.2.3 2: Exit of what has ended', () => after(chapters(), 'start', 'exit'), 'exit', 'TB.2.3-2'],
    ['TB.2.3 2: Abandon of what has ended', () => after(chapters(), 'start', 'exit'), 'abandon', 'TB.2.3-2'],
    [
      'TB.2.3 6: Suspend All of a root that has ended',
      () => standingAt(chapters(), 'org'),
      'suspendAll',
      'TB.2.3-3',
    ],
    [
      'TB.2.3 3: Exit Parent of the root',
      () => after({ ...course2004(), root: sco('only', post('exitParent')) }, 'start'),
      'exit',
      'TB.2.3-4',
    ],
  ];
  for (const [name, make, request, exception] of terminations) {
    it(name, () => assert.deepEqual(terminationRequest(make(), request), { exception }));
  }
});

describe('what a session leaves', () => {
  it('suspends the chapter where its last activity has ended already (TB.2.3 6.2)', () => {
    const in_ = after(chapters(), 'start', 'exit');
    assert.deepEqual(goes(in_, 'suspendAll'), ['end']);
    assert.equal(in_.state.suspended, 'one');
    assert.deepEqual(
      ['org', 'one', 'a'].map((id) => seen(in_, at(in_, id)).susp),
      [1, 1, undefined],
    );
  });

  it('is suspended before it rolls up: what is required ifNotSuspended counts no more (TB.2.3 6, RB.1.4.2)', () => {
    const rules = [rollupRule('satisfied', 'any', 'attempted')];
    for (const [requiredFor, satisfied] of [
      [undefined, true],
      [{ satisfied: 'ifNotSuspended' as const }, undefined],
    ] as const) {
      const in_ = after(
        flowing([sco('a', { rollup: { requiredFor } }), sco('b')], { rollup: { rules } }),
        'start',
      );
      // Only a is tried: with it out of the count, nobody is.
      goes(in_, 'suspendAll');
      assert.equal(satisfactionOf(in_, in_.tree.root, in_.tree.root.objectives[0]!), satisfied);
    }
  });

  it('keeps what is suspended elsewhere below a chapter when another activity is taken up (DB.2.1)', () => {
    const in_ = after(chapters(), 'start');
    setSuspended(in_, at(in_, 'b'), true);
    goes(in_, 'suspendAll', 'choice c');
    assert.deepEqual(
      ['one', 'a', 'b'].map((id) => seen(in_, at(in_, id)).susp),
      [1, undefined, 1],
    );
  });

  it('takes a walk off the end of the tree for its end, also over what is skipped there (SB.2.1, SB.2.2)', () => {
    const in_ = after(flowing([sco('a'), chapter('x', [sco('b', pre('skip'))])]), 'start');
    assert.deepEqual(goes(in_, 'continue'), ['end']);
  });

  it('goes on when what comes next is closed: nothing is shown, the rest can be chosen (SB.2.7 4.1)', () => {
    const in_ = after(flowing([sco('a'), sco('b', pre('disabled')), sco('c')]), 'start');
    assert.deepEqual(goes(in_, 'continue', 'choice c'), ['SB.2.7-3', 'c']);
  });

  it('selects all children where the count says none', () => {
    const in_ = world(
      flowing([sco('a'), sco('b')], { randomization: { select: { timing: 'once', count: 0 } } }),
    );
    assert.deepEqual(goes(in_, 'start', 'continue'), ['a', 'b']);
    assert.equal(childrenOf(in_, in_.tree.root).length, 2);
  });
});

describe('roll-up where global objectives are read (SN 4.6.1)', () => {
  const map = (to: string, read: Shared[], write: Shared[]) => ({ maps: [{ to, read, write }] });

  it('follows what primary objectives read only: no other one rolls up', () => {
    // `two` writes its mean into g; it must not do so again because some objective of d reads what was written to h.
    const of = (other: ObjectiveDefinition): CourseDefinition =>
      flowing([
        sco('a', { objectives: [{ primary: true, ...map('g', [], ['measure']) }] }),
        sco('b', { objectives: [{ primary: true, ...map('h', [], ['measure']) }] }),
        chapter('two', [sco('c'), sco('d', { objectives: [{ primary: true }, other] })], {
          objectives: [{ primary: true, ...map('g', [], ['measure']) }],
        }),
      ]);
    const in_ = world(of({ id: 'o', ...map('h', ['measure'], []) }));
    knows(in_, 'c', { m: 0.5 });
    in_.state.globals['g'] = { m: 1 };
    overallRollup(in_, at(in_, 'b'));
    assert.equal(in_.state.globals['g'].m, 1);
    assert.equal(measureOf(in_, at(in_, 'two'), at(in_, 'two').objectives[0]!), undefined);
  });

  it('reaches every ancestor of an activity that reads', () => {
    const in_ = world(
      flowing([
        sco('a', { objectives: [{ primary: true, ...map('g', [], ['satisfied']) }] }),
        chapter('x', [
          chapter('y', [sco('b', { objectives: [{ primary: true, ...map('g', ['satisfied'], []) }] })]),
        ]),
        sco('c'),
      ]),
    );
    goes(in_, 'start', 'exit');
    assert.deepEqual(
      ['x', 'y', 'b'].map((id) => satisfactionOf(in_, at(in_, id), at(in_, id).objectives[0]!)),
      [true, true, true],
    );
  });

  it('combines the conditions of a rule by the truth tables: false decides all, true decides any (RB.1.4.1)', () => {
    const rules = [
      {
        ...rollupRule('satisfied', 'none', 'satisfied'),
        all: true,
        when: [when('satisfied'), when('never')],
      },
    ];
    const in_ = world(flowing([sco('a'), sco('b')], { rollup: { rules } }));
    overallRollup(in_, in_.tree.root);
    assert.equal(satisfactionOf(in_, in_.tree.root, in_.tree.root.objectives[0]!), true);
  });
});
