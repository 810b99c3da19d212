import assert from 'node:assert/strict';
import { newState } from '../../src/scorm/player.ts';
import { reportOf } from '../../src/scorm/report.ts';
import { cluster, course12, course2004, play, running, sco } from './courses.ts';

const nothing = {
  depth: 0,
  completion: 'not attempted',
  success: 'unknown',
  launches: 0,
  sessions: 0,
  current: false,
  session: undefined,
  location: undefined,
  suspendData: 0,
  reported: 0,
  measured: 0,
  objectives: [],
  interactions: [],
};

describe('the report on an attempt', () => {
  it('has every part in order, how deep it is, and nothing of what was never opened', () => {
    const definition = course12(cluster('one', [sco('a'), sco('b', { kind: 'asset' })]), sco('c'));
    assert.deepEqual(reportOf(definition, newState(definition)), [
      { id: 'a', title: 'Title of a', kind: 'sco', ...nothing, depth: 1 },
      { id: 'b', title: 'Title of b', kind: 'asset', ...nothing, depth: 1 },
      { id: 'c', title: 'Title of c', kind: 'sco', ...nothing },
    ]);
  });

  it('is of a course that is one page, too', () => {
    const definition = { ...course12(), root: sco('all') };
    assert.deepEqual(
      reportOf(definition, newState(definition)).map(({ id, depth }) => [id, depth]),
      [['all', 0]],
    );
  });

  it('says what SCORM 1.2 was told, of objectives and answers too', () => {
    const definition = course12(sco('a'));
    const { session, clock, json } = running(definition, 'a');
    for (const [element, value] of Object.entries({
      'cmi.core.lesson_location': 'page 3',
      'cmi.core.score.raw': '40',
      'cmi.core.lesson_status': 'failed',
      'cmi.core.session_time': '00:01:30',
      'cmi.suspend_data': 'a=1;b=2',
      'cmi.objectives.0.id': 'o1',
      'cmi.objectives.0.status': 'passed',
      'cmi.objectives.0.score.raw': '90',
      'cmi.interactions.0.id': 'q1',
      'cmi.interactions.0.type': 'choice',
      'cmi.interactions.0.student_response': 'b',
      'cmi.interactions.0.correct_responses.0.pattern': 'a',
      'cmi.interactions.0.correct_responses.1.pattern': 'c',
      'cmi.interactions.0.result': 'wrong',
      'cmi.interactions.0.weighting': '1',
      'cmi.interactions.0.latency': '00:00:09',
      'cmi.interactions.0.time': '10:00:00',
      'cmi.interactions.1.id': 'q2',
    }))
      assert.equal(session.call('LMSSetValue', element, value), 'true', element);
    clock.ms = 95_000;
    session.call('LMSCommit', '');
    const [report] = reportOf(definition, json());
    assert.deepEqual(report, {
      id: 'a',
      title: 'Title of a',
      kind: 'sco',
      depth: 0,
      completion: 'completed',
      success: 'failed',
      score: 0.4,
      launches: 1,
      sessions: 1,
      current: true,
      session: 'open',
      location: 'page 3',
      suspendData: 7,
      reported: 90,
      measured: 95,
      objectives: [
        { id: 'o1', description: undefined, completion: 'passed', success: undefined, score: '90' },
      ],
      interactions: [
        {
          id: 'q1',
          type: 'choice',
          description: undefined,
          response: 'b',
          correct: ['a', 'c'],
          result: 'wrong',
          weighting: '1',
          latency: '00:00:09',
          at: '10:00:00',
        },
        {
          id: 'q2',
          type: undefined,
          description: undefined,
          response: undefined,
          correct: [],
          result: undefined,
          weighting: undefined,
          latency: undefined,
          at: undefined,
        },
      ],
    });
  });

  it('says what SCORM 2004 was told', () => {
    const definition = course2004(sco('a'));
    const { session, json } = running(definition, 'a');
    for (const [element, value] of Object.entries({
      'cmi.location': '3',
      'cmi.completion_status': 'incomplete',
      'cmi.session_time': 'PT1M',
      'cmi.exit': 'suspend',
      'cmi.objectives.0.id': 'o1',
      'cmi.objectives.0.success_status': 'passed',
      'cmi.objectives.0.completion_status': 'completed',
      'cmi.objectives.0.score.scaled': '0.9',
      'cmi.objectives.0.description': 'Lifting',
      'cmi.interactions.0.id': 'q1',
      'cmi.interactions.0.type': 'true-false',
      'cmi.interactions.0.description': 'Bend your back?',
      'cmi.interactions.0.learner_response': 'false',
      'cmi.interactions.0.result': 'correct',
      'cmi.interactions.0.timestamp': '2026-11-27T10:00:00',
    }))
      assert.equal(session.call('SetValue', element, value), 'true', element);
    session.call('Terminate', '');
    const [report] = reportOf(definition, json());
    assert.deepEqual(
      [report!.session, report!.location, report!.reported, report!.completion],
      ['suspended', '3', 60, 'incomplete'],
    );
    assert.deepEqual(report!.objectives, [
      { id: 'o1', description: 'Lifting', completion: 'completed', success: 'passed', score: '0.9' },
    ]);
    const { response, description, at } = report!.interactions[0]!;
    assert.deepEqual([response, description, at], ['false', 'Bend your back?', '2026-11-27T10:00:00']);
  });

  it('tells what was concluded from what was said', () => {
    const definition = course12(sco('a'));
    const { session, json } = running(definition, 'a');
    session.call('LMSFinish', '');
    const [report] = reportOf(definition, json());
    assert.deepEqual([report!.completion, report!.assumed, report!.session], ['completed', true, undefined]);
  });

  it('counts the time at an asset', () => {
    const definition = course12(sco('a', { kind: 'asset' }));
    const { session, clock, json } = play(definition);
    session.open('a');
    clock.ms = 61_000;
    session.stay();
    const [report] = reportOf(definition, json());
    assert.deepEqual(
      [report!.measured, report!.launches, report!.sessions, report!.session],
      [61, 1, 0, 'open'],
    );
  });
});
