import assert from 'node:assert/strict';
import type { CourseDefinition } from '../../../src/scorm/course.ts';
import type { EngineState } from '../../../src/scorm/engine.ts';
import {
  apply,
  carriedFrom,
  controlsOf,
  entriesOf,
  newState,
  openSession,
  progressOf,
  type Session,
} from '../../../src/scorm/player.ts';
import { cluster, course2004, play, sco, settings } from '../courses.ts';
import { chapter, flowing, pre, rollupRule, when } from './trees.ts';

const say = (session: Session, values: Record<string, string>) => {
  assert.equal(session.call('Initialize', ''), 'true');
  for (const [element, value] of Object.entries(values))
    assert.equal(session.call('SetValue', element, value), 'true', element);
};
const stored = (state: EngineState) => JSON.parse(JSON.stringify(state)) as EngineState;

/** 20 SCOs in four chapters, each with an objective that is shared. */
const twenty: CourseDefinition = flowing(
  Array.from({ length: 4 }, (_, i) =>
    chapter(
      `chapter_${i + 1}`,
      Array.from({ length: 5 }, (__, j) =>
        sco(`item_${i * 5 + j + 1}`, {
          objectives: [
            {
              id: 'done',
              primary: true,
              maps: [{ to: `shared_${i * 5 + j + 1}`, read: [], write: ['satisfied'] }],
            },
          ],
        }),
      ),
      { rollup: { rules: [rollupRule('satisfied', 'any', 'satisfied')] } },
    ),
  ),
);

describe('the state of a sequenced course', () => {
  it('weighs at most 6 kB for 20 SCOs that are all through', () => {
    const { session, clock } = play(twenty);
    session.navigate({ go: 'begin' });
    for (let i = 1; i <= 20; i++) {
      assert.equal(session.showing, `item_${i}`);
      say(session, {
        'cmi.completion_status': 'completed',
        'cmi.success_status': 'passed',
        'cmi.score.scaled': '0.85',
        'cmi.session_time': 'PT4M33S',
      });
      clock.ms += 273_000;
      session.call('Terminate', '');
      session.navigate({ go: i < 20 ? 'continue' : 'suspendAll' });
    }
    const bytes = Buffer.byteLength(JSON.stringify(session.state));
    assert.ok(bytes <= 6_000, `${bytes} bytes`);
    assert.ok(bytes > 3_000, 'something is kept');
    assert.equal(progressOf(twenty, session.state).completion, 'completed');
  });

  it('is the same on the server, which does the same acts, lots and all', () => {
    const definition = flowing([sco('a'), sco('b'), sco('c'), sco('d'), sco('e')], {
      randomization: { reorder: 'onEachNewAttempt', select: { timing: 'once', count: 3 } },
    });
    for (let seed = 1; seed <= 20; seed++) {
      const session = openSession(definition, newState(definition, seed), settings, () => 0);
      session.navigate({ go: 'begin' });
      for (let i = 0; i < 7; i++) {
        say(session, { 'cmi.score.scaled': String(i / 10) });
        session.call('GetValue', 'adl.nav.request_valid.previous');
        if (i % 2) session.call('Terminate', '');
        if (session.navigate({ go: 'continue' }).ended) session.navigate({ go: 'begin' });
      }
      session.close();
      const { state, refused } = apply(definition, newState(definition, seed), settings, session.takeActs());
      assert.deepEqual(refused, []);
      assert.deepEqual(stored(state), stored(session.state));
    }
  });

  it('takes objectives of any name for what they are, and touches nothing else of that name', () => {
    const name = '__proto__';
    const definition = flowing(
      [
        sco('a', {
          objectives: [
            { primary: true, maps: [{ to: name, read: [], write: ['satisfied', 'raw'] }] },
            { id: name, maps: [{ to: 'constructor', read: [], write: ['satisfied', 'raw'] }] },
          ],
        }),
        sco('b'),
      ],
      { rollup: { rules: [rollupRule('satisfied', 'all', 'satisfied')] } },
    );
    let state = newState(definition);
    const acts = [
      ...(['navigate', 'initialize'] as const).map((act) =>
        act === 'navigate' ? { do: act, go: 'begin' as const } : { do: act, activity: 'a' },
      ),
      ...Object.entries({
        'cmi.success_status': 'failed',
        'cmi.objectives.0.success_status': 'passed',
        'cmi.objectives.0.score.raw': '7',
        'cmi.exit': 'suspend',
      }).map(([element, value]) => ({ do: 'set' as const, activity: 'a', element, value })),
      { do: 'terminate' as const, activity: 'a' },
    ];
    // What it comes to is asked in the middle, too: then nothing is known by those names yet.
    for (const some of [acts.slice(0, -1), acts.slice(-1), acts]) {
      const { state: next, refused } = apply(definition, state, settings, some);
      assert.deepEqual(refused, []);
      state = stored(next);
      progressOf(definition, state);
    }
    assert.deepEqual([Reflect.get({}, 's'), Reflect.get({}, 'raw')], [undefined, undefined]);
    const { globals, tracks } = state.seq!;
    assert.deepEqual(Object.entries(globals), [
      ['constructor', { s: true, raw: '7' }],
      [name, { s: false }],
    ]);
    assert.deepEqual(Object.entries(tracks['a']!.o!), [
      [name, { s: true, raw: '7' }],
      ['', { s: false }],
    ]);
  });

  it('is not changed by a question', () => {
    const { session } = play(twenty);
    session.navigate({ go: 'begin' });
    say(session, { 'cmi.success_status': 'failed', 'cmi.objectives.0.score.scaled': '0.1' });
    const before = JSON.stringify(session.state);
    for (const what of ['continue', 'previous', 'choice.{target=item_3}', 'jump.{target=item_3}'])
      session.call('GetValue', `adl.nav.request_valid.${what}`);
    assert.equal(JSON.stringify(session.state), before);
  });

  it('refuses on the server what cannot be', () => {
    const definition = flowing([sco('a'), sco('b', pre('disabled'))]);
    const { state, refused } = apply(definition, newState(definition), settings, [
      { do: 'navigate', go: 'continue' },
      { do: 'navigate', go: 'begin' },
      { do: 'navigate', go: 'choice', activity: 'nowhere' },
      { do: 'open', activity: 'b' },
      { do: 'navigate', go: 'begin' },
    ]);
    assert.deepEqual(
      refused.map(({ index, error }) => [index, error]),
      [
        [0, 'NB.2.1-2'],
        [2, 'NB.2.1-11'],
        [3, 'locked'],
      ],
    );
    assert.equal(state.current, 'a');
  });

  describe('of version 1, which knew no sequencing', () => {
    const old = (more: Partial<EngineState['activities'][string]>): EngineState => ({
      v: 1,
      current: 'b',
      activities: {
        a: {
          cmi: {
            'cmi.completion_status': 'completed',
            'cmi.success_status': 'passed',
            'cmi.score.scaled': '0.9',
          },
          launches: 2,
          sessions: 2,
          suspended: false,
          seconds: 60,
          totalTime: 30,
          measured: 61,
        },
        b: {
          cmi: { 'cmi.location': '7' },
          launches: 1,
          sessions: 1,
          suspended: true,
          seconds: 0,
          totalTime: 0,
          measured: 5,
          ...more,
        },
      },
    });
    const definition = flowing([
      sco('a'),
      sco('b'),
      sco('c', {
        objectives: [{ primary: true }],
        ...pre('disabled', when('attempted', { not: true })),
      }),
    ]);

    it('reads as it did', () => {
      const state = old({});
      assert.deepEqual(
        entriesOf(definition, state).map(({ id, status, open }) => [id, status, open]),
        [
          ['a', 'passed', true],
          ['b', 'incomplete', true],
          ['c', 'not attempted', false],
        ],
      );
      assert.equal(progressOf(definition, state).score, 0.9);
      assert.equal(state.v, 1);
    });

    it('goes on where it was left, with its data', () => {
      const session = openSession(definition, old({}), settings, () => 0);
      assert.equal(session.navigate({ go: 'begin' }).deliver, 'b');
      assert.equal(session.call('Initialize', ''), 'true');
      assert.equal(session.call('GetValue', 'cmi.entry'), 'resume');
      assert.equal(session.call('GetValue', 'cmi.location'), '7');
      assert.equal(session.state.v, 2);
      const again = apply(definition, old({}), settings, session.takeActs());
      assert.deepEqual(again.refused, []);
      assert.deepEqual(stored(again.state), stored(session.state));
    });

    it('opened by an older page, still takes its acts', () => {
      const { state, refused } = apply(
        definition,
        old({ running: 'initialized', suspended: false }),
        settings,
        [
          { do: 'set', activity: 'b', element: 'cmi.location', value: '8' },
          { do: 'close', activity: 'b', ms: 1000 },
          { do: 'open', activity: 'a' },
          { do: 'initialize', activity: 'a' },
        ],
      );
      assert.deepEqual(refused, []);
      assert.equal(state.activities['b']!.cmi['cmi.location'], '8');
      assert.equal(state.current, 'a');
    });
  });
});

describe('a launch of a sequenced course', () => {
  const definition = flowing([sco('a'), sco('b'), sco('c')]);
  const launched = (state: EngineState) => {
    const session = openSession(definition, stored(state), settings, () => 0);
    return [
      session.navigate({ go: 'begin' }).deliver,
      session.call('Initialize', '') && session.call('GetValue', 'cmi.entry'),
    ];
  };

  const stories: [string, (session: Session) => void, [string, string]][] = [
    ['begins at the beginning', () => {}, ['a', 'ab-initio']],
    [
      'a page that never called is shown again, as new',
      (s) => s.navigate({ go: 'begin' }),
      ['a', 'ab-initio'],
    ],
    [
      'a tab that died is taken up',
      (s) => (s.navigate({ go: 'begin' }), say(s, { 'cmi.location': '3' })),
      ['a', 'resume'],
    ],
    [
      'a suspended part is taken up',
      (s) => (s.navigate({ go: 'begin' }), say(s, { 'cmi.exit': 'suspend' }), void s.call('Terminate', '')),
      ['a', 'resume'],
    ],
    [
      'a part that is through is left behind',
      (s) => (
        s.navigate({ go: 'begin' }),
        say(s, { 'cmi.completion_status': 'completed' }),
        void s.call('Terminate', '')
      ),
      ['b', 'ab-initio'],
    ],
    [
      'Suspend All is resumed',
      (s) => (
        s.navigate({ go: 'begin' }),
        say(s, { 'adl.nav.request': 'suspendAll', 'cmi.completion_status': 'completed' }),
        void s.call('Terminate', ''),
        void s.navigate({ go: 'suspendAll' })
      ),
      ['a', 'resume'],
    ],
    [
      'Exit All begins anew',
      (s) => (
        s.navigate({ go: 'begin' }),
        s.navigate({ go: 'continue' }),
        void s.navigate({ go: 'exitAll' })
      ),
      ['a', 'ab-initio'],
    ],
  ];
  for (const [name, story, expected] of stories) {
    it(name, () => {
      const session = openSession(definition, newState(definition), settings, () => 0);
      story(session);
      assert.deepEqual(launched(session.state), expected);
    });
  }

  it('begins a course of one part though it does not flow, and leaves it to the learner where there are more', () => {
    const begin = (course: CourseDefinition) => {
      const session = openSession(course, newState(course), settings, () => 0);
      return session.navigate({ go: 'begin' }).deliver;
    };
    assert.equal(begin(course2004(sco('only'))), 'only');
    assert.equal(begin(course2004(sco('one'), sco('two'))), undefined);
    assert.equal(
      begin({ ...definition, root: cluster('org', [sco('only')], { controls: { choice: false } }) }),
      undefined,
    );
  });
});

describe('a course that asks what is possible', () => {
  const gated = flowing([
    sco('a', {
      objectives: [{ id: 'mine', primary: true, maps: [{ to: 'g', read: [], write: ['satisfied'] }] }],
    }),
    sco('b', {
      objectives: [{ primary: true }, { id: 'first', maps: [{ to: 'g', read: ['satisfied'], write: [] }] }],
      rules: {
        pre: [
          { do: 'disabled', when: [when('satisfied', { objective: 'first', not: true })] },
          { do: 'disabled', when: [when('objectiveStatusKnown', { objective: 'first', not: true })] },
        ],
      },
    }),
    sco('c', { hides: ['continue', 'previous'] }),
  ]);

  it('is answered with what it has said by then', () => {
    const { session } = play(gated);
    session.navigate({ go: 'begin' });
    say(session, {});
    const ask = (what: string) => session.call('GetValue', `adl.nav.request_valid.${what}`);
    assert.deepEqual(['continue', 'previous', 'exitAll'].map(ask), ['true', 'false', 'true']);
    assert.deepEqual(['choice.{target=b}', 'jump.{target=b}', 'choice.{target=c}'].map(ask), [
      'false',
      'false',
      'true',
    ]);
    session.call('SetValue', 'cmi.success_status', 'passed');
    assert.deepEqual(['choice.{target=b}', 'jump.{target=b}'].map(ask), ['true', 'true']);
    assert.equal(session.call('GetLastError'), '0');
  });

  it('hides the controls it does not want', () => {
    const { session } = play(gated);
    session.navigate({ go: 'choice', target: 'c' });
    const { continue: next, previous, exitAll, contents } = controlsOf(gated, session.state);
    assert.deepEqual([next, previous, exitAll, contents], [false, false, true, true]);
  });

  it('finds the objectives it reads, and gives those it writes', () => {
    const { session } = play(gated);
    session.navigate({ go: 'begin' });
    say(session, { 'cmi.objectives.0.success_status': 'passed' });
    session.call('Terminate', '');
    session.navigate({ go: 'continue' });
    assert.equal(session.showing, 'b');
    say(session, {});
    assert.equal(session.call('GetValue', 'cmi.objectives.0.id'), 'first');
    assert.equal(session.call('GetValue', 'cmi.objectives.0.success_status'), 'passed');
    const { objectives } = carriedFrom(gated, session.state);
    assert.deepEqual(objectives, { g: { s: true } });
    assert.equal(newState(gated, 1, { objectives, stores: {} }).seq!.globals['g']!.s, true);
    const own = { ...gated, objectivesGlobalToSystem: false };
    assert.deepEqual(carriedFrom(own, session.state).objectives, {});
    assert.deepEqual(stored(newState(own, 1, { objectives, stores: {} })).seq!.globals, {});
  });

  it('keeps its shared stores beyond the attempt, unless they are its own', () => {
    const data = { data: [{ target: 'notes' }] };
    for (const [own, kept] of [
      [false, 'kept'],
      [true, ''],
    ] as const) {
      const definition = {
        ...flowing([sco('a', data)]),
        ...(own ? { sharedDataGlobalToSystem: false } : {}),
      };
      const { session } = play(definition);
      for (const expected of ['', kept]) {
        session.navigate({ go: 'begin' });
        say(session, {});
        assert.equal(session.call('GetValue', 'adl.data.0.store'), expected);
        session.call('SetValue', 'adl.data.0.store', 'kept');
        session.call('Terminate', '');
        session.navigate({ go: 'exitAll' });
      }
    }
  });

  it('leaves the course when its learner is out of time', () => {
    for (const exit of ['time-out', 'logout']) {
      const { session } = play(gated);
      session.navigate({ go: 'begin' });
      say(session, { 'cmi.exit': exit, 'adl.nav.request': 'continue' });
      session.call('Terminate', '');
      assert.equal(session.request, 'exitAll');
    }
  });

  it('is overruled by its learner: what it asks for in its last words does not count', () => {
    const definition = flowing([sco('a'), sco('b')]);
    const session = openSession(definition, newState(definition), settings, () => 0);
    session.navigate({ go: 'begin' });
    say(session, {});
    session.overrule();
    session.call('SetValue', 'adl.nav.request', 'suspendAll');
    session.call('Terminate', '');
    assert.equal(session.navigate({ go: 'continue' }).deliver, 'b');
    const { state } = apply(definition, newState(definition), settings, session.takeActs());
    for (const one of [session.state, state]) {
      assert.equal(one.activities['a']!.suspended, false);
      assert.equal(one.seq!.tracks['a']!.o!['']!.c, 'completed');
    }
  });

  it('leaves the activity where it is when a request is not valid', () => {
    const { session } = play(gated);
    session.navigate({ go: 'begin' });
    say(session, {});
    assert.equal(session.navigate({ go: 'previous' }).deliver, undefined);
    assert.equal(session.navigate({ go: 'resumeAll' }).exception, 'NB.2.1-1');
  });
});
