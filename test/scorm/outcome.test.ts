import assert from 'node:assert/strict';
import type { ActivityDefinition } from '../../src/scorm/course.ts';
import type { EngineState } from '../../src/scorm/engine.ts';
import { entriesOf, newState, progressOf } from '../../src/scorm/player.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { cluster, course12, course2004, running, sco } from './courses.ts';

type Sets = Record<string, string>;

/** Plays one activity: sets, and an end or none. */
function visit(
  definition: ReturnType<typeof course12>,
  id: string,
  sets: Sets,
  end: boolean,
  state?: EngineState,
): EngineState {
  const { session, json } = running(definition, id, state);
  const lms = definition.standard === 'scorm12' ? 'LMS' : '';
  for (const [element, value] of Object.entries(sets))
    assert.equal(session.call(`${lms}SetValue`, element, value), 'true', element);
  if (end) session.call(lms ? 'LMSFinish' : 'Terminate', '');
  return json();
}

type Row = [
  name: string,
  activity: Partial<ActivityDefinition>,
  sets: Sets,
  end: boolean,
  wanted: Omit<Progress, 'seconds'>,
];
const incomplete = { completion: 'incomplete', success: 'unknown' } as const;
const completed = { completion: 'completed', success: 'unknown' } as const;
const passed = { completion: 'completed', success: 'passed' } as const;
const failed = { completion: 'completed', success: 'failed' } as const;
const status = 'cmi.core.lesson_status';
const raw = 'cmi.core.score.raw';

describe('progress', () => {
  it('is not attempted before anything happened', () => {
    const definition = course12(sco('one'));
    assert.deepEqual(progressOf(definition, newState(definition)), {
      completion: 'not attempted',
      success: 'unknown',
      seconds: 0,
    });
  });

  const rows12: Row[] = [
    ['opened, nothing said', {}, {}, false, incomplete],
    ['incomplete', {}, { [status]: 'incomplete' }, false, incomplete],
    ['browsed', {}, { [status]: 'browsed' }, true, incomplete],
    ['completed', {}, { [status]: 'completed' }, false, completed],
    ['passed is completed', {}, { [status]: 'passed' }, false, passed],
    ['failed is completed', {}, { [status]: 'failed', [raw]: '40' }, false, { ...failed, score: 0.4 }],
    ['finished without a word is completed', {}, {}, true, completed],
    ['suspended without a word is not', {}, { 'cmi.core.exit': 'suspend' }, true, incomplete],
    ['mastery reached', { masteryScore: 80 }, { [raw]: '80' }, true, { ...passed, score: 0.8 }],
    ['mastery missed', { masteryScore: 80 }, { [raw]: '79.9' }, true, { ...failed, score: 0.799 }],
    [
      'mastery not judged before the end',
      { masteryScore: 80 },
      { [raw]: '90' },
      false,
      { ...incomplete, score: 0.9 },
    ],
    ['mastery without a score', { masteryScore: 80 }, {}, true, completed],
    [
      'the course’s own word stands against mastery',
      { masteryScore: 80 },
      { [raw]: '10', [status]: 'passed' },
      true,
      { ...passed, score: 0.1 },
    ],
    [
      'score between min and max',
      {},
      { [raw]: '15', 'cmi.core.score.min': '10', 'cmi.core.score.max': '20' },
      false,
      { ...incomplete, score: 0.5 },
    ],
    [
      'score above its max',
      {},
      { [raw]: '30', 'cmi.core.score.max': '20' },
      false,
      { ...incomplete, score: 1 },
    ],
    [
      'score with a max that is none',
      {},
      { [raw]: '30', 'cmi.core.score.min': '0', 'cmi.core.score.max': '0' },
      false,
      { ...incomplete, score: 0.3 },
    ],
    ['a blank score is none', {}, { [raw]: '' }, false, incomplete],
  ];
  for (const [name, activity, sets, end, wanted] of rows12) {
    it(`SCORM 1.2: ${name}`, () => {
      const definition = course12(sco('one', activity));
      assert.deepEqual(progressOf(definition, visit(definition, 'one', sets, end)), {
        ...wanted,
        seconds: 0,
      });
    });
  }

  const done = { 'cmi.completion_status': 'completed' };
  const rows2004: Row[] = [
    ['opened, nothing said', {}, {}, false, incomplete],
    ['completed, success unknown', {}, done, false, completed],
    [
      'passed but incomplete',
      {},
      { 'cmi.success_status': 'passed', 'cmi.completion_status': 'incomplete' },
      true,
      { completion: 'incomplete', success: 'passed' },
    ],
    ['ended without a word is completed', {}, {}, true, completed],
    [
      'ended without a word, but the content sets completion',
      { completionSetByContent: true },
      {},
      true,
      incomplete,
    ],
    ['suspended without a word', {}, { 'cmi.exit': 'suspend' }, true, incomplete],
    [
      'completion threshold reached',
      { completionThreshold: 0.8 },
      { 'cmi.progress_measure': '0.8' },
      false,
      { ...completed, measure: 0.8 },
    ],
    [
      'completion threshold missed, whatever the course says',
      { completionThreshold: 0.8 },
      { ...done, 'cmi.progress_measure': '0.5' },
      true,
      { ...incomplete, measure: 0.5 },
    ],
    [
      'scaled passing score reached',
      { scaledPassingScore: 0.6 },
      { ...done, 'cmi.score.scaled': '0.6' },
      false,
      { ...passed, score: 0.6 },
    ],
    [
      'scaled passing score missed',
      { scaledPassingScore: 0.6 },
      { ...done, 'cmi.score.scaled': '0.5' },
      false,
      { ...failed, score: 0.5 },
    ],
    [
      'a scaled score below 0',
      {},
      { ...done, 'cmi.score.scaled': '-0.5' },
      false,
      { ...completed, score: 0 },
    ],
    [
      'raw between min and max',
      {},
      { ...done, 'cmi.score.raw': '150', 'cmi.score.min': '100', 'cmi.score.max': '200' },
      false,
      { ...completed, score: 0.5 },
    ],
    ['raw alone', {}, { ...done, 'cmi.score.raw': '75' }, false, { ...completed, score: 0.75 }],
    [
      'scaled before raw',
      {},
      { ...done, 'cmi.score.scaled': '0.9', 'cmi.score.raw': '1' },
      false,
      { ...completed, score: 0.9 },
    ],
  ];
  for (const [name, activity, sets, end, wanted] of rows2004) {
    it(`SCORM 2004: ${name}`, () => {
      const definition = course2004(sco('one', activity));
      assert.deepEqual(progressOf(definition, visit(definition, 'one', sets, end)), {
        ...wanted,
        seconds: 0,
      });
    });
  }

  it('is not taken back by a relaunch: courses begin with "incomplete", and 2004 begins anew', () => {
    const twelve = course12(sco('one'));
    const first = visit(twelve, 'one', { [status]: 'passed', [raw]: '90' }, true);
    assert.deepEqual(
      progressOf(twelve, visit(twelve, 'one', { [status]: 'incomplete', [raw]: '0' }, false, first)),
      { ...passed, score: 0.9, seconds: 0 },
    );

    const four = course2004(sco('one'));
    const before = visit(
      four,
      'one',
      { ...done, 'cmi.success_status': 'passed', 'cmi.score.scaled': '0.9' },
      true,
    );
    const again = visit(
      four,
      'one',
      { 'cmi.success_status': 'failed', 'cmi.score.scaled': '0.1' },
      true,
      before,
    );
    assert.deepEqual(progressOf(four, again), { ...passed, score: 0.9, seconds: 0 });
  });

  it('gets better by a relaunch', () => {
    const four = course2004(sco('one'));
    const before = visit(
      four,
      'one',
      { ...done, 'cmi.success_status': 'failed', 'cmi.score.scaled': '0.1' },
      true,
    );
    const again = visit(
      four,
      'one',
      { ...done, 'cmi.success_status': 'passed', 'cmi.score.scaled': '0.8' },
      true,
      before,
    );
    assert.deepEqual(progressOf(four, again), { ...passed, score: 0.8, seconds: 0 });
  });

  describe('of several activities', () => {
    const definition = course12(
      cluster('week', [sco('a'), sco('b')]),
      sco('c'),
      sco('hidden', { visible: false }),
      { ...sco('page'), kind: 'asset' },
    );
    const steps: [id: string, sets: Sets, wanted: Omit<Progress, 'seconds'>][] = [
      [
        'a',
        { [status]: 'passed', [raw]: '100' },
        { completion: 'incomplete', success: 'passed', score: 1, measure: 0.25 },
      ],
      [
        'b',
        { [status]: 'failed', [raw]: '50' },
        { completion: 'incomplete', success: 'failed', score: 0.75, measure: 0.5 },
      ],
      [
        'c',
        { [status]: 'completed' },
        { completion: 'incomplete', success: 'failed', score: 0.75, measure: 0.75 },
      ],
      ['page', {}, { completion: 'completed', success: 'failed', score: 0.75, measure: 1 }],
      ['b', { [status]: 'passed' }, { completion: 'completed', success: 'passed', score: 0.75, measure: 1 }],
    ];
    it('is completed when all visible ones are, with the mean of the scores', () => {
      let state: EngineState | undefined;
      for (const [id, sets, wanted] of steps) {
        state = id === 'page' ? openPage(definition, state!) : visit(definition, id, sets, true, state);
        assert.deepEqual(progressOf(definition, state), { ...wanted, seconds: 0 }, id);
      }
    });
  });
});

function openPage(definition: ReturnType<typeof course12>, state: EngineState): EngineState {
  return running(definition, 'page', state).json();
}

describe('the table of contents', () => {
  const definition = course12(
    cluster('week', [sco('a'), sco('b', { prerequisites: 'a' })]),
    sco('hidden', { visible: false }),
    cluster('shell', [sco('inside')], { visible: false }),
  );

  it('lists every visible item with its depth, its status and whether it may be opened', () => {
    const state = visit(definition, 'a', { [status]: 'incomplete' }, false);
    assert.deepEqual(entriesOf(definition, state), [
      {
        id: 'week',
        title: 'Title of week',
        kind: 'cluster',
        depth: 0,
        status: 'incomplete',
        current: false,
        open: false,
        reason: 'cluster',
      },
      {
        id: 'a',
        title: 'Title of a',
        kind: 'sco',
        depth: 1,
        status: 'incomplete',
        current: true,
        open: true,
      },
      {
        id: 'b',
        title: 'Title of b',
        kind: 'sco',
        depth: 1,
        status: 'not attempted',
        current: false,
        open: false,
        reason: 'prerequisites',
      },
      {
        id: 'inside',
        title: 'Title of inside',
        kind: 'sco',
        depth: 0,
        status: 'not attempted',
        current: false,
        open: true,
      },
    ]);
  });

  it('opens what waited', () => {
    const state = visit(definition, 'a', { [status]: 'passed' }, true);
    const entries = entriesOf(definition, state);
    assert.equal(entries.find(({ id }) => id === 'b')!.open, true);
    assert.equal(entries.find(({ id }) => id === 'a')!.status, 'passed');
  });

  it('has one entry where the organization itself plays', () => {
    const single = { ...course12(), root: sco('only') };
    assert.deepEqual(
      entriesOf(single, newState(single)).map(({ id }) => id),
      ['only'],
    );
  });
});
