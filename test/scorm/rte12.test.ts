import assert from 'node:assert/strict';
import { asking, course12, running, sco, settings } from './courses.ts';

const definition = course12(
  sco('one', {
    dataFromLms: 'seed=7',
    masteryScore: 80,
    maxTimeAllowed: '0001:30:00',
    timeLimitAction: 'exit,message',
  }),
);
const long = (length: number) => 'x'.repeat(length);
type Row = [element: string, value: unknown, error: string];

describe('the SCORM 1.2 data model', () => {
  const reads: [element: string, value: string, error: string][] = [
    ['cmi._version', '3.4', '0'],
    ['cmi.core.student_id', 'learner-1', '0'],
    ['cmi.core.student_name', 'Doe, Jane', '0'],
    ['cmi.core.lesson_location', '', '0'],
    ['cmi.core.credit', 'credit', '0'],
    ['cmi.core.lesson_status', 'not attempted', '0'],
    ['cmi.core.entry', 'ab-initio', '0'],
    ['cmi.core.score.raw', '', '0'],
    ['cmi.core.score.max', '', '0'],
    ['cmi.core.total_time', '0000:00:00', '0'],
    ['cmi.core.lesson_mode', 'normal', '0'],
    ['cmi.core.exit', '', '404'],
    ['cmi.core.session_time', '', '404'],
    ['cmi.suspend_data', '', '0'],
    ['cmi.launch_data', 'seed=7', '0'],
    ['cmi.comments', '', '0'],
    ['cmi.comments_from_lms', '', '0'],
    ['cmi.objectives._count', '0', '0'],
    ['cmi.objectives._children', 'id,score,status', '0'],
    ['cmi.objectives.0.id', '', '201'],
    ['cmi.student_data.mastery_score', '80', '0'],
    ['cmi.student_data.max_time_allowed', '0001:30:00', '0'],
    ['cmi.student_data.time_limit_action', 'exit,message', '0'],
    ['cmi.student_data._children', 'mastery_score,max_time_allowed,time_limit_action', '0'],
    ['cmi.student_preference.audio', '0', '0'],
    ['cmi.student_preference.language', '', '0'],
    ['cmi.interactions._count', '0', '0'],
    ['cmi.interactions.0.id', '', '404'],
    ['cmi.interactions.0.student_response', '', '404'],
    [
      'cmi.core._children',
      'student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time',
      '0',
    ],
    ['cmi.core.score._children', 'raw,min,max', '0'],
    ['cmi.core.lesson_status._children', '', '202'],
    ['cmi.core._count', '', '203'],
    ['cmi.core.score.raw._count', '', '203'],
    ['cmi.core', '', '201'],
    ['cmi.core.bogus', '', '201'],
    ['cmi.objectives.x', '', '201'],
    ['cmi.objectives.00.id', '', '201'],
    ['cmi.bogus.x', '', '401'],
    ['cmi.bogus', '', '401'],
    ['cmi', '', '201'],
    ['bogus', '', '401'],
    ['', '', '201'],
    ['adl.nav.request', '', '401'],
    ['settings.xhrHeaders.Authorization', '', '401'],
    ['__proto__', '', '401'],
    ['constructor.prototype', '', '401'],
    ['cmi.__proto__', '', '401'],
    ['cmi.core.__proto__', '', '201'],
    ['cmi.core.constructor', '', '201'],
    ['cmi..core', '', '401'],
    ['cmi.core.', '', '201'],
    ['.', '', '401'],
  ];
  for (const [element, value, error] of reads) {
    it(`answers GetValue(${JSON.stringify(element)}) with ${JSON.stringify(value)} and ${error}`, () => {
      assert.deepEqual(asking(running(definition, 'one').session).get(element), [value, error]);
    });
  }

  const writes: Row[] = [
    ['cmi.core.lesson_status', 'completed', '0'],
    ['cmi.core.lesson_status', 'browsed', '0'],
    ['cmi.core.lesson_status', 'not attempted', '405'],
    ['cmi.core.lesson_status', 'Passed', '405'],
    ['cmi.core.lesson_status', '', '405'],
    ['cmi.core.score.raw', '85', '0'],
    ['cmi.core.score.raw', 85.5, '0'],
    ['cmi.core.score.raw', '', '0'],
    ['cmi.core.score.raw', undefined, '0'],
    ['cmi.core.score.raw', '0', '0'],
    ['cmi.core.score.raw', '100', '0'],
    ['cmi.core.score.raw', '100.01', '405'],
    ['cmi.core.score.raw', '-1', '405'],
    ['cmi.core.score.raw', 'NaN', '405'],
    ['cmi.core.score.raw', '1e1', '405'],
    ['cmi.core.score.raw', '85%', '405'],
    ['cmi.core.score.min', '0', '0'],
    ['cmi.core.score.max', '100', '0'],
    ['cmi.core.exit', 'suspend', '0'],
    ['cmi.core.exit', '', '0'],
    ['cmi.core.exit', 'normal', '405'],
    ['cmi.core.session_time', '00:30:00', '0'],
    ['cmi.core.session_time', '0000:00:00.5', '0'],
    ['cmi.core.session_time', '0:30:00', '405'],
    ['cmi.core.session_time', '99:99:99', '405'],
    ['cmi.core.session_time', '30 minutes', '405'],
    ['cmi.core.session_time', 'PT30M', '405'],
    ['cmi.core.student_id', 'other', '403'],
    ['cmi.core.total_time', '00:00:00', '403'],
    ['cmi.core.credit', 'no-credit', '403'],
    ['cmi.core.entry', '', '403'],
    ['cmi.core.lesson_location', long(255), '0'],
    ['cmi.core.lesson_location', long(300), '0'],
    ['cmi.suspend_data', long(4096), '0'],
    ['cmi.suspend_data', long(64_000), '0'],
    ['cmi.suspend_data', long(1_000_001), '405'],
    ['cmi.launch_data', 'x', '403'],
    ['cmi.comments', 'I liked it', '0'],
    ['cmi.comments_from_lms', 'x', '403'],
    ['cmi.student_data.mastery_score', '10', '403'],
    ['cmi.student_preference.audio', '-1', '0'],
    ['cmi.student_preference.audio', '101', '405'],
    ['cmi.student_preference.speed', '-100', '0'],
    ['cmi.student_preference.speed', '1.5', '405'],
    ['cmi.student_preference.text', '2', '405'],
    ['cmi.student_preference.language', 'Deutsch', '0'],
    ['cmi.objectives.0.id', 'first', '0'],
    ['cmi.objectives.0.id', 'with a space', '0'],
    ['cmi.objectives.0.id', '', '405'],
    ['cmi.objectives.1.id', 'second', '201'],
    ['cmi.objectives.0.status', 'not attempted', '0'],
    ['cmi.objectives.0.score.raw', '101', '405'],
    ['cmi.objectives.0.score', '5', '201'],
    ['cmi.objectives._count', '5', '402'],
    ['cmi.core._children', 'x', '402'],
    ['cmi._version', 'x', '402'],
    ['cmi.core.score.raw._children', 'x', '402'],
    ['cmi.interactions.0.id', 'q1', '0'],
    ['cmi.interactions.0.type', 'choice', '0'],
    ['cmi.interactions.0.type', 'other', '405'],
    ['cmi.interactions.0.time', '09:05:59', '0'],
    ['cmi.interactions.0.time', '09:05:59.12', '0'],
    ['cmi.interactions.0.time', '09:05:59.123', '405'],
    ['cmi.interactions.0.time', '25:00:00', '405'],
    ['cmi.interactions.0.weighting', '-2.5', '0'],
    ['cmi.interactions.0.result', 'wrong', '0'],
    ['cmi.interactions.0.result', '0.5', '0'],
    ['cmi.interactions.0.result', 'incorrect', '405'],
    ['cmi.interactions.0.latency', '00:00:09', '0'],
    ['cmi.interactions.0.student_response', 'a,b', '0'],
    ['cmi.interactions.0.objectives.0.id', 'first', '0'],
    ['cmi.interactions.0.objectives.1.id', 'first', '201'],
    ['cmi.interactions.0.correct_responses.0.pattern', 'a', '0'],
    ['cmi.interactions.4999.id', 'q', '201'],
    ['cmi.interactions.99999999999999999999.id', 'q', '201'],
    ['cmi.interactions.-1.id', 'q', '201'],
    ['cmi', 'x', '201'],
    ['cmi.core', 'x', '201'],
    ['cmi.objectives', 'x', '201'],
    ['cmi.bogus', 'x', '401'],
    ['settings.lmsCommitUrl', 'https://evil.example', '401'],
    ['__proto__.polluted', 'x', '401'],
    ['cmi.core.__proto__', 'x', '201'],
    ['', 'x', '201'],
  ];
  for (const [element, value, error] of writes) {
    it(`answers SetValue(${JSON.stringify(element)}, ${JSON.stringify(value)?.slice(0, 30)}) with ${error}`, () => {
      const { session } = running(definition, 'one');
      assert.deepEqual(asking(session).set(element, value), [error === '0' ? 'true' : 'false', error]);
    });
  }

  it('gives back what was set', () => {
    const { get, set } = asking(running(definition, 'one').session);
    for (const [element, value] of [
      ['cmi.core.lesson_status', 'incomplete'],
      ['cmi.core.lesson_location', 'page 3'],
      ['cmi.suspend_data', long(64_000)],
      ['cmi.core.score.raw', '85.5'],
      ['cmi.objectives.0.id', 'first'],
      ['cmi.objectives.1.status', 'passed'],
    ] as const) {
      assert.deepEqual(set(element, value), ['true', '0']);
      assert.deepEqual(get(element), [value, '0']);
    }
    assert.deepEqual(get('cmi.objectives._count'), ['2', '0']);
    assert.deepEqual(get('cmi.objectives.1.id'), ['', '0']);
  });

  it('lists the children of every container, and counts every collection', () => {
    const { get, set } = asking(running(definition, 'one').session);
    set('cmi.interactions.0.id', 'q');
    set('cmi.objectives.0.id', 'o');
    const children: Record<string, string> = {
      cmi: 'core,suspend_data,launch_data,comments,comments_from_lms,objectives,student_data,student_preference,interactions',
      'cmi.core.score': 'raw,min,max',
      'cmi.objectives': 'id,score,status',
      'cmi.objectives.0.score': 'raw,min,max',
      'cmi.student_preference': 'audio,language,speed,text',
      'cmi.interactions':
        'id,objectives,time,type,correct_responses,weighting,student_response,result,latency',
    };
    for (const [container, list] of Object.entries(children)) {
      assert.deepEqual(get(`${container}._children`), [list, '0']);
      assert.deepEqual(set(`${container}._children`, 'x'), ['false', '402']);
    }
    const counts: Record<string, string> = {
      'cmi.objectives': '1',
      'cmi.interactions': '1',
      'cmi.interactions.0.objectives': '0',
      'cmi.interactions.0.correct_responses': '0',
    };
    for (const [collection, count] of Object.entries(counts)) {
      assert.deepEqual(get(`${collection}._count`), [count, '0']);
      assert.deepEqual(set(`${collection}._count`, '5'), ['false', '402']);
    }
  });

  for (const [mode, credit] of [
    ['normal', 'credit'],
    ['browse', 'no-credit'],
    ['review', 'no-credit'],
  ] as const) {
    it(`is for ${credit} in mode ${mode}`, () => {
      const { get } = asking(running(definition, 'one', undefined, { ...settings, mode }).session);
      assert.deepEqual(get('cmi.core.lesson_mode'), [mode, '0']);
      assert.deepEqual(get('cmi.core.credit'), [credit, '0']);
    });
  }

  const statuses: [name: string, sets: [string, string][], mode: 'normal' | 'browse', status: string][] = [
    ['nothing', [], 'normal', 'completed'],
    ['nothing, and suspends', [['exit', 'suspend']], 'normal', 'incomplete'],
    ['nothing, in a preview', [], 'browse', 'browsed'],
    ['a score that masters it', [['score.raw', '80']], 'normal', 'passed'],
    ['a score that does not', [['score.raw', '79.9']], 'normal', 'failed'],
    [
      'a score and suspends',
      [
        ['score.raw', '80'],
        ['exit', 'suspend'],
      ],
      'normal',
      'incomplete',
    ],
    ['a score in a preview', [['score.raw', '80']], 'browse', 'browsed'],
    [
      'a status, which stands',
      [
        ['score.raw', '10'],
        ['lesson_status', 'passed'],
      ],
      'normal',
      'passed',
    ],
    ['incomplete, which stands', [['lesson_status', 'incomplete']], 'normal', 'incomplete'],
  ];
  for (const [name, sets, mode, status] of statuses) {
    it(`concludes ${status} of a course that set ${name} (RTE 3.4.4)`, () => {
      const how = { ...settings, mode };
      const { session, json } = running(definition, 'one', undefined, how);
      for (const [leaf, value] of sets) session.call('LMSSetValue', `cmi.core.${leaf}`, value);
      session.call('LMSFinish', '');
      const again = asking(running(definition, 'one', json(), how).session);
      assert.deepEqual(again.get('cmi.core.lesson_status'), [status, '0']);
    });
  }

  it('keeps the state as it was when it refuses', () => {
    const { session, json } = running(definition, 'one');
    const before = json();
    for (const [element, value, error] of writes)
      if (error !== '0') session.call('LMSSetValue', element, value);
    assert.deepEqual(json(), before);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it('says in the diagnostic that a value is longer than the specification asks for, and keeps it', () => {
    const { session } = running(definition, 'one');
    session.call('LMSSetValue', 'cmi.suspend_data', long(5000));
    assert.match(
      session.call('LMSGetDiagnostic', ''),
      /5000 characters are kept; the specification asks for 4096/,
    );
  });

  it('says in the diagnostic what would have been right', () => {
    const { session } = running(definition, 'one');
    session.call('LMSSetValue', 'cmi.core.score.raw', '150');
    const wanted =
      'Incorrect data type: cmi.core.score.raw must be a number from 0 to 100, or blank, but is "150"';
    assert.equal(session.call('LMSGetDiagnostic', '405'), wanted);
    assert.equal(session.call('LMSGetDiagnostic', '301'), 'Not initialized');
  });
});
