import assert from 'node:assert/strict';
import type { Act, EngineState } from '../../src/scorm/engine.ts';
import { apply, newState, openSession, progressOf } from '../../src/scorm/player.ts';
import { cluster, course12, course2004, play, running, sco, settings } from './courses.ts';

const twelve = course12(sco('one', { masteryScore: 70 }), sco('two', { prerequisites: 'one' }), {
  ...sco('page'),
  kind: 'asset',
});
const four = course2004(
  sco('one', {
    completionThreshold: 0.5,
    objectives: [{ id: 'primary', primary: true }],
    data: [{ target: 'notes' }],
  }),
  cluster('group', [sco('two', { scaledPassingScore: 0.6 }), sco('three', { data: [{ target: 'notes' }] })]),
);
const courses = { 'SCORM 1.2': twelve, 'SCORM 2004': four };

/** mulberry32: the same numbers for the same seed, everywhere. */
function randomness(seed: number) {
  let a = seed;
  const next = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]! };
}

/** Values that are right somewhere; each element gets its own more often than another's. */
const elements: Record<'scorm12' | 'scorm2004', [element: string, ...values: string[]][]> = {
  scorm12: [
    ['cmi.core.lesson_status', 'passed', 'failed', 'completed', 'incomplete'],
    ['cmi.core.lesson_location', '', '1', 'a'],
    ['cmi.core.score.raw', '0', '70', '100', ''],
    ['cmi.core.score.max', '50', '100'],
    ['cmi.core.exit', 'suspend', 'time-out', ''],
    ['cmi.core.session_time', '00:10:00'],
    ['cmi.suspend_data', '', 'x', '😀'],
    ['cmi.objectives.N.id', 'a', 'b'],
    ['cmi.objectives.N.status', 'passed'],
    ['cmi.interactions.N.id', 'a'],
    ['cmi.interactions.N.type', 'choice', 'true-false'],
    ['cmi.interactions.N.correct_responses.N.pattern', 'a', 'true'],
    ['cmi.core.entry', 'resume'],
    ['cmi.bogus', 'x'],
  ],
  scorm2004: [
    ['cmi.completion_status', 'completed', 'incomplete', 'unknown'],
    ['cmi.success_status', 'passed', 'failed', 'unknown'],
    ['cmi.location', '', '1', 'a'],
    ['cmi.score.scaled', '0', '0.5', '1'],
    ['cmi.progress_measure', '0', '0.5', '1'],
    ['cmi.exit', 'suspend', 'time-out', '', 'normal'],
    ['cmi.session_time', 'PT10M'],
    ['cmi.suspend_data', '', 'x', '😀'],
    ['cmi.objectives.N.id', 'a', 'b', 'c'],
    ['cmi.objectives.N.success_status', 'passed'],
    ['cmi.interactions.0.id', 'a', 'b'],
    ['cmi.interactions.0.type', 'choice', 'true-false', 'numeric'],
    ['cmi.interactions.0.learner_response', 'a', 'true', '0.5', 'a[,]b'],
    ['cmi.interactions.N.correct_responses.N.pattern', 'a', 'true', 'a[,]b'],
    ['cmi.interactions.0.objectives.N.id', 'a', 'b', 'c'],
    ['cmi.comments_from_learner.N.comment', '{lang=en}x', 'x'],
    ['adl.nav.request', 'suspendAll', '{target=two}choice'],
    ['adl.data.N.store', '', 'x'],
    ['cmi.entry', 'resume'],
    ['adl.bogus', 'x'],
  ],
};

describe('a replay', () => {
  for (const [name, definition] of Object.entries(courses)) {
    it(`of ${name} comes to the state of the session, whatever was done and however it was sent`, () => {
      const lms = definition.standard === 'scorm12' ? 'LMS' : '';
      const ids = ['one', 'one', 'one', 'one', 'two', 'three', 'page', 'group', 'nowhere'];
      for (let seed = 1; seed <= 60; seed++) {
        const { next, pick } = randomness(seed);
        let server: EngineState = newState(definition);
        let ms = 0;
        let session = openSession(definition, server, settings, () => ms);
        for (let step = 0; step < 120; step++) {
          ms += Math.floor(next() * 5_000);
          const dice = next();
          if (dice < 0.06) {
            try {
              session.open(pick(ids));
            } catch {
              // Unknown, locked or a cluster: as it should be.
            }
          } else if (dice < 0.16) session.call(`${lms}Initialize`, '');
          else if (dice < 0.19) session.call(lms ? 'LMSFinish' : 'Terminate', '');
          else if (dice < 0.2) session.close();
          else if (dice < 0.22) session.call(`${lms}Commit`, '');
          else {
            const [name, ...own] = pick(elements[definition.standard]);
            const values = next() < 0.9 ? own : pick(elements[definition.standard]).slice(1);
            const element = name.replaceAll('N', () => String(Math.floor(next() * 3)));
            session.call(`${lms}SetValue`, element, pick(values));
          }
          if (next() < 0.05) {
            // Through JSON, as everything goes.
            const sent = JSON.parse(JSON.stringify(session.takeActs())) as Act[];
            const { state, refused } = apply(definition, server, settings, sent);
            assert.deepEqual(refused, [], `seed ${seed}`);
            server = JSON.parse(JSON.stringify(state)) as EngineState;
            assert.deepEqual(server, JSON.parse(JSON.stringify(session.state)), `seed ${seed}, step ${step}`);
            assert.deepEqual(progressOf(definition, server), progressOf(definition, session.state));
          }
          // The tab dies with what it had not sent, and the course is opened again.
          if (next() < 0.02) session = openSession(definition, server, settings, () => ms);
        }
      }
    });
  }

  it('does not touch the state it begins with', () => {
    const { json, session } = running(four, 'one');
    const before = json();
    const copy = structuredClone(before);
    apply(four, before, settings, [{ do: 'set', activity: 'one', element: 'cmi.location', value: '3' }]);
    assert.deepEqual(before, copy);
    assert.equal(session.state.activities.one!.cmi['cmi.location'], undefined);
  });

  it('refuses what cannot be, says why, and does the rest', () => {
    const set = (activity: string, element: string, value: string): Act => ({
      do: 'set',
      activity,
      element,
      value,
    });
    const rows: [act: Act, error: string | undefined][] = [
      [set('one', 'cmi.location', '1'), 'not-open'],
      [{ do: 'terminate', activity: 'one' }, 'not-open'],
      [{ do: 'open', activity: 'nowhere' }, 'unknown-activity'],
      [{ do: 'open', activity: '__proto__' }, 'unknown-activity'],
      [{ do: 'open', activity: 'group' }, 'not-launchable'],
      [{ do: 'open', activity: 'one' }, undefined],
      [set('one', 'cmi.location', '1'), 'not-initialized'],
      [{ do: 'commit', activity: 'one' }, 'not-initialized'],
      [{ do: 'initialize', activity: 'two' }, 'not-open'],
      [{ do: 'initialize', activity: 'one' }, undefined],
      [{ do: 'initialize', activity: 'one' }, 'already-initialized'],
      [set('one', 'cmi.location', '1'), undefined],
      [set('one', 'cmi.score.scaled', '7'), '407'],
      [set('one', 'cmi.entry', 'resume'), '404'],
      [set('two', 'cmi.location', '2'), 'not-open'],
      [set('one', '__proto__.x', '2'), '401'],
      [{ do: 'jump', activity: 'one' } as unknown as Act, 'unknown-act'],
      [{ do: 'terminate', activity: 'one', ms: NaN }, undefined],
      [set('one', 'cmi.location', '9'), 'not-initialized'],
      [{ do: 'close', activity: 'one', ms: -5 }, undefined],
    ];
    const { state, refused } = apply(
      four,
      newState(four),
      settings,
      rows.map(([act]) => act),
    );
    assert.deepEqual(
      refused.map(({ index, error }) => [index, error]),
      rows.flatMap(([, error], index) => (error ? [[index, error]] : [])),
    );
    assert.equal(state.activities.one!.cmi['cmi.location'], '1');
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  it('refuses a locked activity', () => {
    const { refused } = apply(twelve, newState(twelve), settings, [{ do: 'open', activity: 'two' }]);
    assert.equal(refused[0]!.error, 'locked');
  });

  it('refuses everything in a review', () => {
    const before = running(twelve, 'one').json();
    const review = { ...settings, mode: 'review' as const };
    const { state, refused } = apply(twelve, before, review, [{ do: 'close', activity: 'one' }]);
    assert.deepEqual(JSON.parse(JSON.stringify(state)), before);
    assert.equal(refused[0]!.error, 'review');
  });

  it('believes no clock that ran for more than a day, or backwards', () => {
    const { state } = apply(twelve, running(twelve, 'one').json(), settings, [
      { do: 'commit', activity: 'one', ms: 1e15 },
      { do: 'commit', activity: 'one', ms: 5 },
      { do: 'terminate', activity: 'one', ms: Infinity },
    ]);
    assert.equal(progressOf(twelve, state).seconds, 86_400);
  });

  it('keeps a state of 20 activities small', () => {
    const definition = course2004(...Array.from({ length: 20 }, (_, i) => sco(`activity_${i}`)));
    let state: EngineState | undefined;
    for (let i = 0; i < 20; i++) {
      const { session, json } = running(definition, `activity_${i}`, state);
      for (const [element, value] of [
        ['cmi.completion_status', 'completed'],
        ['cmi.success_status', 'passed'],
        ['cmi.score.scaled', '0.95'],
        ['cmi.session_time', 'PT12M30S'],
      ] as const) {
        session.call('SetValue', element, value);
      }
      session.call('Terminate', '');
      state = json();
    }
    const bytes = JSON.stringify(state).length;
    assert.ok(bytes <= 6_144, `${bytes} bytes`);
  });

  it('begins from a state that was stored', () => {
    const { session, json } = play(four);
    session.open('one');
    const stored = JSON.stringify(json());
    assert.equal(JSON.stringify(apply(four, JSON.parse(stored) as EngineState, settings, []).state), stored);
  });
});
