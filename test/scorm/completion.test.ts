import assert from 'node:assert/strict';
import type { CompletionRule } from '../../src/scorm/completion.ts';
import type { ActivityDefinition, CourseDefinition } from '../../src/scorm/course.ts';
import type { Condition } from '../../src/scorm/sequencing/definition.ts';
import type { Act, EngineState } from '../../src/scorm/engine.ts';
import { apply, newState, progressOf } from '../../src/scorm/player.ts';
import { spentIn } from '../../src/scorm/time.ts';
import { cluster, course12, course2004, play, sco, settings } from './courses.ts';

const asset = (id: string) => sco(id, { kind: 'asset' });
const minute = 60_000;

/** Plays as a browser does, under a rule, and lets the server do it again; both must come to the same. */
function played(
  definition: CourseDefinition,
  rule: CompletionRule,
  plays: (tab: ReturnType<typeof play> & { lms: (name: string, a?: string, b?: string) => string }) => void,
  before: EngineState = newState(definition),
) {
  const how = { ...settings, completion: rule };
  const tab = play(definition, before, how);
  const is12 = definition.standard === 'scorm12';
  const lms = (name: string, a = '', b?: string) =>
    tab.session.call(is12 ? (name === 'Terminate' ? 'LMSFinish' : `LMS${name}`) : name, a, b);
  plays({ ...tab, lms });
  const acts = tab.session.takeActs();
  const { state, refused } = apply(definition, before, how, acts);
  assert.deepEqual(refused, []);
  const progress = progressOf(definition, state, rule);
  assert.deepEqual(progress, progressOf(definition, tab.json(), rule));
  assert.deepEqual(JSON.parse(JSON.stringify(state)), tab.json());
  return { state, progress, acts };
}

/** A visit to each of these, a minute long, with a look at the clock half-way. */
const visits =
  (...ids: string[]) =>
  ({ session, clock }: ReturnType<typeof play>) => {
    for (const id of ids) {
      session.open(id);
      clock.ms += minute / 2;
      session.stay();
      clock.ms += minute / 2;
    }
    session.close();
  };
const leaving =
  (...ids: string[]) =>
  (tab: ReturnType<typeof play>) => {
    visits(...ids)(tab);
    tab.session.exit();
  };

type Row = [rule: CompletionRule, plays: ReturnType<typeof visits>, completion: string, measure?: number];
const assets: Row[] = [
  [{ by: 'course' }, visits(), 'not attempted'],
  [{ by: 'course' }, visits('a'), 'incomplete', 0.5],
  [{ by: 'course' }, visits('a', 'b'), 'completed', 1],
  [{ by: 'opened' }, visits(), 'not attempted'],
  [{ by: 'opened' }, visits('b'), 'completed', 0.5],
  [{ by: 'visited' }, visits('a', 'a'), 'incomplete', 0.5],
  [{ by: 'visited' }, visits('b', 'a'), 'completed', 1],
  [{ by: 'time', seconds: 121 }, visits('a', 'b'), 'incomplete', 1],
  [{ by: 'time', seconds: 120 }, visits('a', 'a'), 'completed', 0.5],
  [{ by: 'score', atLeast: 0 }, visits('a', 'b'), 'incomplete', 1],
  [{ by: 'exit' }, visits('a', 'b'), 'incomplete', 1],
  [{ by: 'exit' }, leaving('a'), 'completed', 0.5],
];

describe('a course of assets', () => {
  for (const [standard, course] of [
    ['SCORM 1.2', course12],
    ['SCORM 2004', course2004],
  ] as const) {
    for (const [i, [rule, plays, completion, measure]] of assets.entries()) {
      it(`${standard}: ${i + 1}. is ${completion} by ${JSON.stringify(rule)}`, () => {
        const definition = course(asset('a'), asset('b'));
        const { progress } = played(definition, rule, plays);
        assert.deepEqual(
          [progress.completion, progress.success, progress.measure],
          [completion, 'unknown', measure],
        );
      });
    }
  }

  it('of one part says how far its time has come', () => {
    const { progress } = played(course12(asset('a')), { by: 'time', seconds: 240 }, visits('a'));
    assert.deepEqual(progress, { completion: 'incomplete', success: 'unknown', measure: 0.25, seconds: 60 });
  });

  it('has the time of each visit counted once, also when the last was never closed', () => {
    const definition = course12(asset('a'), asset('b'));
    const died = played(definition, { by: 'course' }, ({ session, clock }) => {
      session.open('a');
      clock.ms += 3 * minute;
      session.stay();
    }).state;
    assert.equal(spentIn(died), 180);
    assert.equal(spentIn(played(definition, { by: 'course' }, visits('a', 'b'), died).state), 300);
  });

  it('is visited without its hidden parts, and as a whole where all are hidden', () => {
    const completion = (hidden: string[]) => {
      const parts = ['a', 'b'].map((id) => ({ ...asset(id), visible: !hidden.includes(id) }));
      return played(course12(...parts), { by: 'visited' }, visits('a')).progress.completion;
    };
    assert.deepEqual([completion(['b']), completion(['a', 'b'])], ['completed', 'incomplete']);
  });

  it('is visited without the parts that nobody ever gets to; those that are closed for now count', () => {
    const rule = (...all: Condition[]) => ({ rules: { pre: [{ do: 'disabled' as const, when: all }] } });
    const cases: [closed: Partial<ActivityDefinition>, completion: string][] = [
      [rule({ is: 'always' }), 'completed'],
      [rule({ is: 'never', not: true }), 'completed'],
      [{ attemptLimit: 0 }, 'completed'],
      [{ attemptLimit: 1 }, 'incomplete'],
      [rule({ is: 'always' }, { is: 'attempted', not: true }), 'incomplete'],
      [{ rules: { pre: [{ do: 'skip', when: [{ is: 'always' }] }] } }, 'incomplete'],
    ];
    for (const [closed, completion] of cases) {
      const definition = course2004(asset('a'), cluster('chapter', [asset('b')], closed));
      assert.equal(
        played(definition, { by: 'visited' }, visits('a')).progress.completion,
        completion,
        JSON.stringify(closed),
      );
    }
  });

  it('leaves its times out on the way that newer ones replace', () => {
    const { acts } = played(course12(asset('a')), { by: 'course' }, ({ session, clock }) => {
      session.open('a');
      for (let i = 1; i < 5; i++) {
        clock.ms = i * minute;
        session.stay();
      }
    });
    assert.deepEqual(acts, [
      { do: 'open', activity: 'a' },
      { do: 'stay', activity: 'a', ms: 4 * minute },
    ]);
  });

  it('with rules of its own for rolling up is complete by the rule alone', () => {
    const definition = course2004(asset('a'), asset('b'));
    definition.root.rollup = { rules: [] };
    const all = (tab: ReturnType<typeof play>) => {
      visits('a', 'b')(tab);
      tab.session.navigate({ go: 'exitAll' });
    };
    assert.equal(played(definition, { by: 'course' }, all).progress.completion, 'completed');
    assert.equal(played(definition, { by: 'time', seconds: 600 }, all).progress.completion, 'incomplete');
    assert.equal(played(definition, { by: 'time', seconds: 60 }, all).progress.completion, 'completed');
  });
});

describe('a sequenced course', () => {
  it('that never says anything, and rolls up, is complete when its rule says so, and not before; nor is it passed', () => {
    const definition = course2004(sco('a'), sco('b'));
    definition.root.rollup = { rules: [] };
    const silent =
      (...ids: string[]) =>
      (tab: ReturnType<typeof play>) => {
        for (const id of ids) {
          tab.session.open(id);
          tab.session.call('Initialize', '');
          tab.clock.ms += minute;
          tab.session.call('Terminate', '');
        }
        if (ids.length > 1) tab.session.navigate({ go: 'exitAll' });
      };
    const tenMinutes: CompletionRule = { by: 'time', seconds: 600 };
    const first = played(definition, tenMinutes, silent('a', 'b'));
    assert.deepEqual([first.progress.completion, first.progress.success], ['incomplete', 'unknown']);
    // Sequencing, and who set no rule, go by what is concluded (UP.4).
    const { completion, success } = progressOf(definition, first.state);
    assert.deepEqual([completion, success], ['completed', 'passed']);
    const again = played(definition, tenMinutes, silent('a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'), first.state);
    assert.deepEqual([again.progress.completion, again.progress.success], ['completed', 'unknown']);
  });

  it('that says it of one part only is complete by its word for that, and by the rule for the other', () => {
    const definition = course2004(sco('a'), sco('b'));
    definition.root.rollup = { rules: [] };
    const story = (words: Record<string, Record<string, string>>) => (tab: ReturnType<typeof play>) => {
      for (const [id, said] of Object.entries(words)) {
        tab.session.open(id);
        tab.session.call('Initialize', '');
        for (const [element, value] of Object.entries(said)) tab.session.call('SetValue', element, value);
        tab.session.call('Terminate', '');
      }
      tab.session.navigate({ go: 'exitAll' });
    };
    const done = { 'cmi.completion_status': 'completed', 'cmi.success_status': 'passed' };
    const come = (words: Parameters<typeof story>[0], before?: EngineState) =>
      played(definition, { by: 'time', seconds: 600 }, story(words), before);
    const half = come({ a: done, b: {} });
    assert.equal(half.progress.completion, 'incomplete');
    // What is said later, in another attempt on it, takes the place of the silence.
    const whole = come({ a: done, b: done }, half.state);
    assert.deepEqual([whole.progress.completion, whole.progress.success], ['completed', 'passed']);
    assert.equal(come({ a: done, b: done }).progress.completion, 'completed');
    // And stays: what was reached is not taken back by a silent attempt after it.
    assert.equal(come({ a: {}, b: {} }, whole.state).progress.completion, 'completed');
  });

  const done = (ids: string[], status: string) => (tab: ReturnType<typeof play>) => {
    for (const id of ids) {
      tab.session.open(id);
      tab.session.call('Initialize', '');
      tab.clock.ms += minute;
      tab.session.call('SetValue', 'cmi.completion_status', status);
      tab.session.call('Terminate', '');
    }
  };
  const rolledUp = () => {
    const definition = course2004(sco('a'), sco('b'));
    definition.root.rollup = { rules: [] };
    return definition;
  };

  it('is complete by its roll-up, and by the rule too', () => {
    const completion = (rule: CompletionRule, ...acts: Parameters<typeof done>) =>
      played(rolledUp(), rule, done(...acts)).progress.completion;
    assert.equal(completion({ by: 'time', seconds: 600 }, ['a', 'b'], 'completed'), 'completed');
    assert.equal(completion({ by: 'time', seconds: 600 }, ['a', 'b'], 'incomplete'), 'incomplete');
    assert.equal(completion({ by: 'time', seconds: 120 }, ['a', 'b'], 'incomplete'), 'completed');
    assert.equal(completion({ by: 'visited' }, ['b'], 'incomplete'), 'incomplete');
  });

  it('changes nothing in the sequencer where a rule is met', () => {
    const { state } = played(rolledUp(), { by: 'opened' }, done(['a'], 'incomplete'));
    const { state: without } = played(rolledUp(), { by: 'course' }, done(['a'], 'incomplete'));
    assert.deepEqual(state.seq, without.seq);
  });

  it('is visited when what was chosen for this learner was', () => {
    const definition = course2004(asset('a'), asset('b'), asset('c'));
    definition.root.randomization = { select: { timing: 'once', count: 1 } };
    definition.root.controls = { flow: true };
    const { progress } = played(definition, { by: 'visited' }, ({ session }) => {
      session.navigate({ go: 'begin' });
    });
    assert.equal(progress.completion, 'completed');
  });

  it('was left when it is over, and not when it is suspended', () => {
    const left = (go: 'exitAll' | 'suspendAll') =>
      played(rolledUp(), { by: 'exit' }, (tab) => {
        tab.session.open('a');
        tab.session.navigate({ go });
      }).progress.completion;
    assert.equal(left('exitAll'), 'completed');
    assert.equal(left('suspendAll'), 'incomplete');
  });
});

describe('a course that reports', () => {
  const silent = (
    definition: CourseDefinition,
    rule: CompletionRule,
    sets: Record<string, string> = {},
    end = true,
  ) =>
    played(definition, rule, ({ session, clock, lms }) => {
      session.open('a');
      lms('Initialize');
      clock.ms += minute;
      for (const [element, value] of Object.entries(sets))
        assert.equal(lms('SetValue', element, value), 'true', element);
      if (end) lms('Terminate');
      else session.close();
    });
  const [one12, one2004] = [course12(sco('a')), course2004(sco('a'))];
  const raw = (score: string) => ({ 'cmi.core.score.raw': score });
  const suspends = { 'cmi.core.exit': 'suspend' };

  const rows: [
    name: string,
    CourseDefinition,
    CompletionRule,
    sets: Record<string, string>,
    end: boolean,
    string,
  ][] = [
    [
      'says completed',
      one12,
      { by: 'time', seconds: 600 },
      { 'cmi.core.lesson_status': 'completed' },
      true,
      'completed',
    ],
    [
      'says passed',
      one12,
      { by: 'exit' },
      { 'cmi.core.lesson_status': 'passed', ...suspends },
      true,
      'completed',
    ],
    [
      'says incomplete',
      one12,
      { by: 'time', seconds: 60 },
      { 'cmi.core.lesson_status': 'incomplete' },
      false,
      'completed',
    ],
    [
      'says incomplete, too early',
      one12,
      { by: 'time', seconds: 61 },
      { 'cmi.core.lesson_status': 'incomplete' },
      true,
      'incomplete',
    ],
    ['ends without a word', one12, { by: 'course' }, {}, true, 'completed'],
    [
      'ends without a word, and a rule stands for it',
      one12,
      { by: 'time', seconds: 600 },
      {},
      true,
      'incomplete',
    ],
    ['2004: ends without a word', one2004, { by: 'course' }, {}, true, 'completed'],
    [
      '2004: ends without a word, and a rule stands for it',
      one2004,
      { by: 'time', seconds: 600 },
      {},
      true,
      'incomplete',
    ],
    [
      '2004: says completed',
      one2004,
      { by: 'score', atLeast: 1 },
      { 'cmi.completion_status': 'completed' },
      true,
      'completed',
    ],
    ['has a score that is high enough', one12, { by: 'score', atLeast: 0.7 }, raw('70'), false, 'completed'],
    ['has a score that is not', one12, { by: 'score', atLeast: 0.7 }, raw('69.99'), true, 'incomplete'],
    [
      '2004: has a scaled score',
      one2004,
      { by: 'score', atLeast: 0.8 },
      { 'cmi.score.scaled': '0.8' },
      false,
      'completed',
    ],
    [
      'has a mastery score, and is judged by it',
      course12(sco('a', { masteryScore: 50 })),
      { by: 'exit' },
      { ...raw('40'), ...suspends },
      true,
      'incomplete',
    ],
    [
      'is judged by its mastery score when it ends',
      course12(sco('a', { masteryScore: 50 })),
      { by: 'time', seconds: 600 },
      raw('40'),
      true,
      'completed',
    ],
    [
      'ends itself for good',
      one12,
      { by: 'exit' },
      { 'cmi.core.lesson_status': 'incomplete' },
      true,
      'completed',
    ],
    [
      'ends itself for now',
      one12,
      { by: 'exit' },
      { 'cmi.core.lesson_status': 'incomplete', ...suspends },
      true,
      'incomplete',
    ],
    [
      'is closed with its window',
      one12,
      { by: 'exit' },
      { 'cmi.core.lesson_status': 'incomplete' },
      false,
      'incomplete',
    ],
    ['was opened', one12, { by: 'opened' }, { 'cmi.core.lesson_status': 'incomplete' }, false, 'completed'],
  ];
  for (const [name, definition, rule, sets, end, wanted] of rows) {
    it(`that ${name} is ${wanted} by ${JSON.stringify(rule)}`, () =>
      assert.equal(silent(definition, rule, sets, end).progress.completion, wanted));
  }

  it('keeps its own success, whatever completes it', () => {
    const { progress } = silent(one12, { by: 'opened' }, { 'cmi.core.lesson_status': 'failed' });
    assert.deepEqual([progress.completion, progress.success], ['completed', 'failed']);
    const { progress: open } = silent(one2004, { by: 'score', atLeast: 0.5 }, { 'cmi.score.scaled': '0.9' });
    assert.deepEqual([open.completion, open.success, open.score], ['completed', 'unknown', 0.9]);
  });

  it('stays complete when its score falls again, and under another rule too', () => {
    const set = (value: string): Act => ({ do: 'set', activity: 'a', element: 'cmi.core.score.raw', value });
    const how = { ...settings, completion: { by: 'score', atLeast: 0.8 } as const };
    const begin: Act[] = [
      { do: 'open', activity: 'a' },
      { do: 'initialize', activity: 'a' },
    ];
    const high = apply(one12, newState(one12), how, [...begin, set('90')]).state;
    const low = apply(one12, high, how, [set('20')]).state;
    for (const rule of [how.completion, { by: 'time', seconds: 600 }, { by: 'course' }] as const)
      assert.deepEqual(progressOf(one12, low, rule), {
        completion: 'completed',
        success: 'unknown',
        score: 0.2,
        seconds: 0,
      });
    // A value that is overwritten before it was sent is left out on the way, but for the one that did it.
    const { acts, progress } = played(one12, how.completion, ({ session, lms }) => {
      session.open('a');
      lms('Initialize');
      for (const raw of ['10', '90', '30', '20']) lms('SetValue', 'cmi.core.score.raw', raw);
    });
    assert.equal(progress.completion, 'completed');
    assert.deepEqual(
      acts.flatMap((act) => (act.do === 'set' ? act.value : [])),
      ['90', '20'],
    );
  });

  it('with assets beside its SCOs is complete when the SCOs say so and the assets were opened', () => {
    const definition = course12(sco('a'), asset('b'));
    const rule: CompletionRule = { by: 'time', seconds: 6_000 };
    const says = (...more: string[]) =>
      played(definition, rule, ({ session, lms }) => {
        session.open('a');
        lms('Initialize');
        lms('SetValue', 'cmi.core.lesson_status', 'completed');
        lms('Terminate');
        for (const id of more) session.open(id);
      }).progress.completion;
    assert.equal(says(), 'incomplete');
    assert.equal(says('b'), 'completed');
  });

  it('has what was concluded from its silence left to the rule in later sessions too', () => {
    const rule: CompletionRule = { by: 'time', seconds: 600 };
    const first = silent(one2004, rule).state;
    const { progress } = played(
      one2004,
      rule,
      ({ session, lms }) => {
        session.open('a');
        lms('Initialize');
      },
      first,
    );
    assert.equal(progress.completion, 'incomplete');
    assert.equal(progressOf(one2004, first).completion, 'completed');
  });
});

describe('time spent', () => {
  const definition = course12(asset('a'), sco('b'));
  const rule: CompletionRule = { by: 'time', seconds: 100 };
  const spent = (acts: Act[], most?: number, state = newState(definition)) =>
    spentIn(apply(definition, state, { ...settings, completion: rule }, acts, most).state);
  const open: Act = { do: 'open', activity: 'a' };

  const rows: [name: string, Act[], most: number | undefined, seconds: number][] = [
    ['is what the browser says', [open, { do: 'stay', activity: 'a', ms: 5_000 }], undefined, 5],
    ['is no more than has passed', [open, { do: 'stay', activity: 'a', ms: 5_000 }], 3, 3],
    [
      'is no more than has passed, in several visits',
      [
        open,
        { do: 'close', activity: 'a', ms: 5_000 },
        open,
        { do: 'close', activity: 'a', ms: 5_000 },
        { do: 'open', activity: 'b' },
        { do: 'initialize', activity: 'b' },
        { do: 'terminate', activity: 'b', ms: 9_000 },
      ],
      12,
      12,
    ],
    [
      'never goes back',
      [open, { do: 'stay', activity: 'a', ms: 5_000 }, { do: 'stay', activity: 'a', ms: 1_000 }],
      undefined,
      5,
    ],
    ['is at most a day in one visit', [open, { do: 'stay', activity: 'a', ms: 9e12 }], undefined, 86_400],
    ['needs something to be open', [{ do: 'stay', activity: 'a', ms: 5_000 }], undefined, 0],
    [
      'ends with the visit',
      [open, { do: 'close', activity: 'a', ms: 1_000 }, { do: 'stay', activity: 'a', ms: 9_000 }],
      undefined,
      1,
    ],
    [
      'goes on in a page that calls late',
      [
        { do: 'open', activity: 'b' },
        { do: 'stay', activity: 'b', ms: 4_000 },
        { do: 'initialize', activity: 'b' },
        { do: 'close', activity: 'b', ms: 2_000 },
      ],
      undefined,
      6,
    ],
    ['is nought where no time has passed', [open, { do: 'stay', activity: 'a', ms: 5_000 }], -1, 0],
  ];
  for (const [name, acts, most, seconds] of rows) it(name, () => assert.equal(spent(acts, most), seconds));

  it('is counted while it goes on', () => {
    const { session, clock } = play(definition);
    assert.equal(session.spent, 0);
    session.open('a');
    clock.ms += 2_000;
    assert.equal(session.spent, 2);
    session.stay();
    clock.ms += 1_000;
    assert.equal(session.spent, 3);
    session.close();
    clock.ms += 9_000;
    assert.equal(session.spent, 3);
  });

  it('in a look back is not recorded', () => {
    const { session } = play(definition, undefined, { ...settings, mode: 'review' });
    session.open('a');
    session.stay();
    session.exit();
    assert.deepEqual(session.takeActs(), []);
  });
});
