import assert from 'node:assert/strict';
import { keepPresence, makeAttention } from '../../src/player/client/presence.ts';
import type { CompletionRule } from '../../src/scorm/completion.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import { newState, openSession, progressOf } from '../../src/scorm/player.ts';
import { course12, sco, settings } from '../scorm/courses.ts';

const minute = 60_000;
const asset = course12(sco('a', { kind: 'asset' }));

/** A page with a clock that does what the test says. */
function bench(definition: CourseDefinition, rule?: CompletionRule) {
  let time = 0;
  let isVisible = true;
  const turns: (() => void)[] = [];
  const timers: { at: number; work: () => void }[] = [];
  const page = {
    now: () => time,
    isVisible: () => isVisible,
    onTurn: (work: () => void) => void turns.push(work),
    later: (work: () => void, ms: number) => {
      timers.push({ at: time + ms, work });
      return () => {};
    },
  };
  const how = { ...settings, completion: rule };
  const session = openSession(definition, newState(definition), how, makeAttention(page));
  const { note } = keepPresence(session, rule, page);
  return {
    session,
    pass(ms: number) {
      const until = time + ms;
      for (;;) {
        timers.sort((a, b) => a.at - b.at);
        if (!timers[0] || timers[0].at > until) break;
        const { at, work } = timers.shift()!;
        time = at;
        work();
      }
      time = until;
    },
    turn(to: 'visible' | 'hidden') {
      if (to === 'hidden') note();
      isVisible = to === 'visible';
      for (const work of turns) work();
    },
    /** The times that were noted since it was last asked, in seconds. */
    noted: () => session.takeActs().flatMap((act) => (act.do === 'stay' ? act.ms / 1_000 : [])),
    completion: () => progressOf(definition, session.state, rule).completion,
  };
}

describe('presence', () => {
  it('is noted once a minute while an asset is looked at', () => {
    const { session, pass, noted } = bench(asset);
    session.open('a');
    const times = [1, 2, 3].map(() => {
      pass(minute);
      return noted();
    });
    assert.deepEqual(times, [[60], [120], [180]]);
  });

  it('is not counted while nobody can see the page, and noted in the moment it goes', () => {
    const { session, pass, turn, noted } = bench(asset);
    session.open('a');
    pass(90_000);
    turn('hidden');
    assert.deepEqual(noted(), [90]);
    pass(10 * minute);
    assert.deepEqual(noted(), []);
    turn('visible');
    pass(minute);
    // The look at the clock that came round half a minute later.
    assert.deepEqual(noted(), [120]);
  });

  it('is left to a course that calls, but where time completes it', () => {
    const play = (rule?: CompletionRule) => {
      const { session, pass, noted } = bench(course12(sco('a')), rule);
      session.open('a');
      pass(minute);
      session.call('LMSInitialize', '');
      noted();
      pass(minute);
      return noted();
    };
    assert.deepEqual(play(), []);
    assert.deepEqual(play({ by: 'time', seconds: 600 }), [60]);
  });

  it('is noted in the moment in which it is enough, and no more after that', () => {
    const rule: CompletionRule = { by: 'time', seconds: 90 };
    const { session, pass, completion, noted } = bench(course12(sco('a')), rule);
    session.open('a');
    session.call('LMSInitialize', '');
    session.call('LMSSetValue', 'cmi.core.lesson_status', 'incomplete');
    pass(89_000);
    assert.equal(completion(), 'incomplete');
    pass(1_100);
    assert.equal(completion(), 'completed');
    noted();
    pass(10 * minute);
    assert.deepEqual(noted(), []);
  });

  it('is not noted between two parts', () => {
    const { session, pass, noted } = bench(asset, { by: 'time', seconds: 90 });
    session.open('a');
    pass(30_000);
    session.close();
    noted();
    pass(5 * minute);
    assert.deepEqual(noted(), []);
    assert.equal(session.spent, 30);
  });
});
