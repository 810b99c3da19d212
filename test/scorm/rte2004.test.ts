import assert from 'node:assert/strict';
import { asking, cluster, course2004, running, sco, settings } from './courses.ts';

// What ADL's own cases (adl.test.ts) leave out, and what must hold where they are not at hand.

const definition = course2004(
  sco('one', {
    dataFromLms: 'seed=7',
    objectives: [{ id: 'primary', primary: true }, { primary: false }, { id: 'second' }],
    data: [{ target: 'notes' }, { target: 'read-only', write: false }, { target: 'write-only', read: false }],
  }),
  cluster('group', [sco('a.b'), sco('c')], { controls: { flow: true, choice: false } }),
);
const long = (length: number) => 'x'.repeat(length);
const open = () => running(definition, 'one');

describe('the SCORM 2004 data model', () => {
  const reads: [element: string, value: string, error: string][] = [
    ['cmi._version', '1.0', '0'],
    ['cmi.learner_id', 'learner-1', '0'],
    ['cmi.learner_name', 'Doe, Jane', '0'],
    ['cmi.credit', 'credit', '0'],
    ['cmi.mode', 'normal', '0'],
    ['cmi.entry', 'ab-initio', '0'],
    ['cmi.launch_data', 'seed=7', '0'],
    ['cmi.completion_status', 'unknown', '0'],
    ['cmi.success_status', 'unknown', '0'],
    ['cmi.completion_threshold', '', '403'],
    ['cmi.scaled_passing_score', '', '403'],
    ['cmi.max_time_allowed', '', '403'],
    ['cmi.time_limit_action', 'continue,no message', '0'],
    ['cmi.total_time', 'PT0H0M0S', '0'],
    ['cmi.suspend_data', '', '403'],
    ['cmi.location', '', '403'],
    ['cmi.exit', '', '405'],
    ['cmi.session_time', '', '405'],
    ['cmi.objectives._count', '2', '0'],
    ['cmi.objectives.0.id', 'primary', '0'],
    ['cmi.objectives.1.id', 'second', '0'],
    ['cmi.objectives.1.success_status', 'unknown', '0'],
    ['cmi.objectives.2.id', '', '301'],
    ['cmi.objectives.0.score._children', 'scaled,raw,min,max', '0'],
    ['cmi.objectives.2.score._children', '', '301'],
    ['cmi.interactions.0.objectives._count', '', '301'],
    ['cmi.location._children', '', '301'],
    ['cmi.score._count', '', '301'],
    ['cmi.score._version', '', '301'],
    ['cmi.learner_preference.audio_level', '1', '0'],
    ['cmi.comments_from_lms._count', '0', '0'],
    ['cmi.comments_from_lms.0.comment', '', '301'],
    ['cmi', '', '401'],
    ['cmi._children', '', '401'],
    ['cmi._count', '', '401'],
    ['adl._version', '', '401'],
    ['cmi.objectives.0', '', '401'],
    ['cmi.objectives.2', '', '301'],
    ['cmi.objectives.2.bogus', '', '301'],
    ['cmi.objectives.2.score', '', '301'],
    ['adl', '', '401'],
    ['adl.nav', '', '401'],
    ['cmi.bogus', '', '401'],
    ['cmi.core.lesson_status', '', '401'],
    ['settings.xhrHeaders.Authorization', '', '401'],
    ['__proto__', '', '401'],
    ['cmi.__proto__.x', '', '401'],
    ['', '', '301'],
    ['adl.nav.request', '_none_', '0'],
    ['adl.nav.request_valid.continue', 'false', '0'],
    ['adl.nav.request_valid.choice.{target=a.b}', 'false', '0'],
    ['adl.nav.request_valid.choice.{target=one}', 'true', '0'],
    ['adl.nav.request_valid.choice.{target=nowhere}', 'false', '0'],
    ['adl.nav.request_valid.jump.{target=a.b}', 'true', '0'],
    ['adl.nav.request_valid.jump.a', '', '401'],
    ['adl.nav.request_valid.jump.{target=a/b?c}', 'false', '0'],
    ['adl.nav.request_valid.choice.{target=}', '', '401'],
    ['adl.nav.request_valid.choice', '', '401'],
    ['adl.nav.request_valid.bogus', '', '401'],
    ['adl.data._count', '3', '0'],
    ['adl.data.0.id', 'notes', '0'],
    ['adl.data.0.store', '', '403'],
    ['adl.data.1.store', '', '403'],
    ['adl.data.2.store', '', '405'],
    ['adl.data.3.store', '', '301'],
  ];
  for (const [element, value, error] of reads) {
    it(`answers GetValue(${JSON.stringify(element)}) with ${JSON.stringify(value)} and ${error}`, () => {
      assert.deepEqual(asking(open().session).get(element), [value, error]);
    });
  }

  const writes: [element: string, value: unknown, error: string][] = [
    ['cmi.completion_status', 'completed', '0'],
    ['cmi.completion_status', 'passed', '406'],
    ['cmi.success_status', 'passed', '0'],
    ['cmi.score.scaled', '0.75', '0'],
    ['cmi.score.scaled', 1, '0'],
    ['cmi.score.scaled', '1.01', '407'],
    ['cmi.score.scaled', 'NaN', '406'],
    ['cmi.score.scaled', '', '406'],
    ['cmi.score.raw', '-1234567.1234567', '0'],
    ['cmi.progress_measure', '1.1', '407'],
    ['cmi.exit', 'suspend', '0'],
    ['cmi.exit', 'sleep', '406'],
    ['cmi.session_time', 'PT1H5M', '0'],
    ['cmi.session_time', 'PT9999999999S', '0'],
    ['cmi.session_time', '00:05:00', '406'],
    ['cmi.session_time', 'P', '406'],
    ['cmi.session_time', 'PT', '406'],
    ['cmi.session_time', 'PT1.234S', '406'],
    ['cmi.suspend_data', long(64_001), '0'],
    ['cmi.suspend_data', long(1_000_001), '351'],
    ['cmi.location', long(2000), '0'],
    ['cmi.entry', 'resume', '404'],
    ['cmi.total_time', 'PT1S', '404'],
    ['cmi.objectives._count', '3', '404'],
    ['cmi.objectives', 'x', '401'],
    ['cmi.objectives.0.id', 'other', '351'],
    ['cmi.objectives.0.id', '', '351'],
    ['cmi.objectives.0.id', 'primary', '0'],
    ['cmi.objectives.2.id', 'a b', '406'],
    ['cmi.objectives.3.bogus', 'x', '351'],
    ['cmi.objectives.3.score', 'x', '351'],
    ['cmi.objectives.2.score', 'x', '401'],
    ['cmi.objectives.0.score._children', 'x', '404'],
    ['cmi.objectives.2.score._children', 'x', '404'],
    ['cmi.objectives.3.score._children', 'x', '351'],
    ['cmi.objectives.2.id', 'second', '351'],
    ['cmi.objectives.2.id', 'third', '0'],
    ['cmi.objectives.3.id', 'fourth', '351'],
    ['cmi.objectives.2.success_status', 'passed', '408'],
    ['cmi.objectives.x.id', 'third', '401'],
    ['cmi.objectives.02.id', 'third', '351'],
    ['cmi.interactions.0.type', 'choice', '408'],
    ['cmi.interactions.0.correct_responses.1.pattern', 'a', '408'],
    ['cmi.interactions.1.correct_responses.0.pattern', 'a', '351'],
    ['cmi.interactions.0.id', 'q 1', '406'],
    ['cmi.interactions.0.id', 'urn:x', '406'],
    ['cmi.interactions.0.id', 'urn:example:q1', '0'],
    ['cmi.interactions.0.id', 'q1?page=2#top', '0'],
    ['cmi.interactions.0.id', 'Größe', '0'],
    ['cmi.interactions.1.id', 'q1', '351'],
    ['cmi.interactions.5000.id', 'q1', '351'],
    ['cmi.comments_from_learner.0.comment', '{lang=de}Schön', '0'],
    ['cmi.comments_from_learner.0.comment', '{lang=zz}?', '406'],
    ['cmi.comments_from_learner.0.comment', '{lang=en and no end', '0'],
    ['cmi.comments_from_learner.0.timestamp', '2024-02-30', '406'],
    ['cmi.comments_from_learner.0.timestamp', '2024-02-29', '0'],
    ['cmi.comments_from_lms.0.comment', 'x', '404'],
    ['cmi.learner_preference.language', 'pt-BR', '0'],
    ['cmi.learner_preference.language', 'Portuguese', '406'],
    ['cmi.learner_preference.language', 'qaa', '0'],
    ['cmi.learner_preference.language', 'x', '0'],
    ['cmi.learner_preference.language', 'quz', '406'],
    ['cmi', 'x', '401'],
    ['__proto__.polluted', 'x', '401'],
    ['', 'x', '351'],
    ['adl.nav.request', 'continue', '0'],
    ['adl.nav.request', '{target=a.b}choice', '0'],
    ['adl.nav.request', '{target=a.b}jump', '0'],
    ['adl.nav.request', '{target=}jump', '406'],
    ['adl.nav.request', 'jump', '406'],
    ['adl.nav.request_valid.continue', 'true', '404'],
    ['adl.nav.request_valid.choice.{target=one}', 'true', '404'],
    ['adl.data.0.id', 'x', '404'],
    ['adl.data.0.store', 'shared', '0'],
    ['adl.data.1.store', 'shared', '404'],
    ['adl.data.2.store', 'shared', '0'],
    ['adl.data.3.store', 'shared', '351'],
  ];
  for (const [element, value, error] of writes) {
    it(`answers SetValue(${JSON.stringify(element)}, ${JSON.stringify(value)?.slice(0, 30)}) with ${error}`, () => {
      assert.deepEqual(asking(open().session).set(element, value), [error === '0' ? 'true' : 'false', error]);
    });
  }

  it('lists the children of every container, and counts every collection', () => {
    const { get, set } = asking(open().session);
    set('cmi.interactions.0.id', 'q');
    set('cmi.comments_from_learner.0.comment', 'c');
    const children: Record<string, string> = {
      'cmi.comments_from_learner': 'comment,location,timestamp',
      'cmi.comments_from_lms': 'comment,location,timestamp',
      'cmi.interactions':
        'id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description',
      'cmi.learner_preference': 'audio_level,language,delivery_speed,audio_captioning',
      'cmi.objectives': 'id,score,success_status,completion_status,progress_measure,description',
      'cmi.objectives.0.score': 'scaled,raw,min,max',
      'cmi.score': 'scaled,raw,min,max',
      'adl.data': 'id,store',
    };
    for (const [container, list] of Object.entries(children)) {
      assert.deepEqual(get(`${container}._children`), [list, '0']);
      assert.deepEqual(set(`${container}._children`, 'x'), ['false', '404']);
    }
    const counts: Record<string, string> = {
      'cmi.comments_from_learner': '1',
      'cmi.comments_from_lms': '0',
      'cmi.interactions': '1',
      'cmi.interactions.0.objectives': '0',
      'cmi.interactions.0.correct_responses': '0',
      'cmi.objectives': '2',
      'adl.data': '3',
    };
    for (const [collection, count] of Object.entries(counts)) {
      assert.deepEqual(get(`${collection}._count`), [count, '0']);
      assert.deepEqual(set(`${collection}._count`, '5'), ['false', '404']);
    }
    for (const none of ['cmi.location', 'cmi.interactions.0.objectives', 'cmi.interactions.0'])
      assert.deepEqual(get(`${none}._children`), ['', '301']);
  });

  for (const [mode, credit] of [
    ['normal', 'credit'],
    ['browse', 'no-credit'],
    ['review', 'no-credit'],
  ] as const) {
    it(`is for ${credit} in mode ${mode}`, () => {
      const { get } = asking(running(definition, 'one', undefined, { ...settings, mode }).session);
      assert.deepEqual(get('cmi.mode'), [mode, '0']);
      assert.deepEqual(get('cmi.credit'), [credit, '0']);
    });
  }

  it('lets a threshold and a passing score decide, whatever the course says (RTE 4.2.4.1, 4.2.22.1)', () => {
    const course = course2004(sco('one', { completionThreshold: 0.8, scaledPassingScore: 0.5 }));
    const { get, set } = asking(running(course, 'one').session);
    assert.deepEqual(get('cmi.completion_threshold'), ['0.8', '0']);
    assert.deepEqual(get('cmi.scaled_passing_score'), ['0.5', '0']);
    const rows: [set: [string, string], completion: string, success: string][] = [
      [['cmi.completion_status', 'completed'], 'unknown', 'unknown'],
      [['cmi.success_status', 'passed'], 'unknown', 'unknown'],
      [['cmi.progress_measure', '0.79'], 'incomplete', 'unknown'],
      [['cmi.progress_measure', '0.8'], 'completed', 'unknown'],
      [['cmi.score.scaled', '0.49'], 'completed', 'failed'],
      [['cmi.score.scaled', '0.5'], 'completed', 'passed'],
      [['cmi.completion_status', 'incomplete'], 'completed', 'passed'],
      [['cmi.success_status', 'failed'], 'completed', 'passed'],
    ];
    for (const [[element, value], completion, success] of rows) {
      assert.deepEqual(set(element, value), ['true', '0']);
      assert.deepEqual(get('cmi.completion_status'), [completion, '0'], `${element} ${value}`);
      assert.deepEqual(get('cmi.success_status'), [success, '0'], `${element} ${value}`);
    }
  });

  it('keeps the state as it was when it refuses', () => {
    const { session, json } = open();
    const before = json();
    for (const [element, value, error] of writes) if (error !== '0') session.call('SetValue', element, value);
    assert.deepEqual(json(), before);
  });

  it('shares what adl.data stores with every activity that is mapped to it', () => {
    const shared = [{ target: '__proto__' }];
    const two = course2004(sco('one', { data: shared }), sco('two', { data: shared }));
    const { session, json } = running(two, 'one');
    session.call('SetValue', 'adl.data.0.store', 'from one');
    session.call('Terminate', '');
    const later = running(two, 'two', json());
    assert.deepEqual(asking(later.session).get('adl.data.0.store'), ['from one', '0']);
  });

  describe('interactions', () => {
    type Case = [
      type: string,
      element: 'learner_response' | 'correct_responses.0.pattern',
      value: string,
      right: boolean,
    ];
    const lr = 'learner_response';
    const cr = 'correct_responses.0.pattern';
    const rows: Case[] = [
      ['true-false', lr, 'true', true],
      ['true-false', lr, 't', false],
      ['choice', lr, 'a[,]b', true],
      ['choice', lr, '', true],
      ['choice', lr, 'a[,]a', false],
      ['choice', lr, 'a[,]', false],
      ['choice', cr, 'a[,]b', true],
      ['choice', cr, 'a b', false],
      ['fill-in', lr, '{lang=en}car[,]{lang=de}Auto', true],
      ['fill-in', cr, '{case_matters=true}{order_matters=false}car[,]boat', true],
      ['fill-in', cr, '{order_matters=false}{case_matters=true}car', true],
      ['fill-in', cr, '{case_matters=maybe}car', false],
      ['fill-in', cr, '{case_matters=true', false],
      ['long-fill-in', lr, long(5000), true],
      ['long-fill-in', cr, '{lang=qq}car', false],
      ['likert', lr, 'agree', true],
      ['likert', lr, '', false],
      ['matching', lr, 'a[.]1[,]b[.]2', true],
      ['matching', lr, '', true],
      ['matching', cr, '', false],
      ['matching', lr, 'a[.]', false],
      ['matching', lr, 'a', false],
      ['performance', lr, 'step[.]answer[,][.]12', true],
      ['performance', lr, '[.]', false],
      ['performance', cr, '{order_matters=false}step[.]1[:]5', true],
      ['performance', cr, 'step[.]5[:]1', false],
      ['sequencing', lr, 'a[,]b[,]a', true],
      ['sequencing', lr, '', false],
      ['numeric', lr, '-3.5', true],
      ['numeric', lr, '3,5', false],
      ['numeric', cr, '1[:]5', true],
      ['numeric', cr, '[:]5', true],
      ['numeric', cr, '5[:]1', false],
      ['numeric', cr, '5', false],
      ['other', lr, '{anything} at [all]', true],
      ['true-false', cr, 'true', true],
      ['true-false', cr, 'maybe', false],
      ['true-false', lr, '', false],
      ['true-false', lr, 'True', false],
      ['choice', lr, 'a', true],
      ['choice', cr, '', true],
      ['choice', cr, 'a[,]a', false],
      ['choice', lr, '[,]a', false],
      ['choice', lr, 'a[.]b', false],
      ['fill-in', lr, '', true],
      ['fill-in', cr, '', true],
      ['fill-in', lr, '{lang=zz}car', false],
      ['fill-in', cr, '{lang=en}{case_matters=true}car', true],
      ['fill-in', cr, '{case_matters=true}{case_matters=false}car', true],
      ['fill-in', cr, '{case_matters=true}{lang=en}car[,]{lang=de}Auto', true],
      ['fill-in', cr, '{case_matters=true}{lang=zz}car', false],
      ['fill-in', lr, 'a[,][,]b', true],
      ['long-fill-in', cr, '{case_matters=true}{lang=en}car', true],
      ['long-fill-in', cr, '{lang=en}{case_matters=false}car', true],
      ['long-fill-in', cr, '{case_matters=x}car', false],
      ['long-fill-in', lr, '{lang=zz}x', false],
      ['long-fill-in', lr, '', true],
      ['long-fill-in', cr, 'a[,]b', true],
      ['likert', cr, 'agree', true],
      ['likert', cr, 'a b', false],
      ['likert', lr, 'a b', false],
      ['likert', lr, 'urn:x:y', true],
      ['matching', cr, 'a[.]1', true],
      ['matching', cr, 'a[.]1[,]a[.]1', true],
      ['matching', lr, 'a[.]1[,]a[.]1', true],
      ['matching', cr, '[.]1', false],
      ['matching', lr, 'a[.]b[.]c', false],
      ['matching', lr, 'a b[.]c', false],
      ['matching', lr, 'a[.]1[,]', false],
      ['performance', lr, 'step[.]', true],
      ['performance', lr, '[.]answer', true],
      ['performance', lr, 'a[.]b[,]a[.]b', true],
      ['performance', lr, 'a b[.]c', false],
      ['performance', lr, 'a[.]free text, with blanks', true],
      ['performance', lr, 'a[.]1[:]2', true],
      ['performance', lr, 'a', false],
      ['performance', lr, 'a[.]b[.]c', false],
      ['performance', cr, '{order_matters=false}a[.]b', true],
      ['performance', cr, '{order_matters=x}a[.]b', false],
      ['performance', cr, 'a[.][:]5', true],
      ['performance', cr, 'a[.]1[:]', true],
      ['performance', cr, 'a[.]1[:]x', false],
      ['performance', cr, 'a[.][:]', true],
      ['performance', cr, '', false],
      ['performance', cr, '{order_matters=true}', false],
      ['sequencing', lr, 'a', true],
      ['sequencing', lr, 'a[,]', false],
      ['sequencing', cr, 'a[,]b', true],
      ['sequencing', cr, '', false],
      ['sequencing', cr, 'a[,]b[,]a', true],
      ['numeric', lr, '1.5', true],
      ['numeric', lr, '1[:]2', false],
      ['numeric', lr, '', false],
      ['numeric', cr, '[:]', true],
      ['numeric', cr, '1[:]', true],
      ['numeric', cr, '1[:]1', true],
      ['numeric', cr, '-2[:]-1', true],
      ['numeric', cr, 'x[:]1', false],
      ['numeric', cr, '1[:]2[:]3', false],
      ['numeric', cr, '', false],
      ['other', lr, '', true],
      ['other', cr, 'anything [,] at {all}', true],
      ['other', cr, '', true],
      ['choice', lr, Array.from({ length: 40 }, (_, i) => `c${i}`).join('[,]'), true],
      ['fill-in', lr, Array.from({ length: 20 }, (_, i) => `word ${i}`).join('[,]'), true],
    ];
    for (const [type, element, value, right] of rows) {
      it(`${right ? 'takes' : 'refuses'} ${JSON.stringify(value.slice(0, 60))} as ${element} of ${type}`, () => {
        const { set } = asking(open().session);
        set('cmi.interactions.0.id', 'q1');
        set('cmi.interactions.0.type', type);
        assert.deepEqual(
          set(`cmi.interactions.0.${element}`, value),
          right ? ['true', '0'] : ['false', '406'],
        );
      });
    }

    it('wants id and type before responses, and as many patterns as the type may have', () => {
      const { get, set } = asking(open().session);
      assert.equal(set('cmi.interactions.0.id', 'q1')[1], '0');
      assert.equal(set('cmi.interactions.0.learner_response', 'a')[1], '408');
      assert.equal(set('cmi.interactions.0.correct_responses.0.pattern', 'a')[1], '408');
      assert.equal(set('cmi.interactions.0.type', 'choice')[1], '0');
      assert.equal(set('cmi.interactions.0.correct_responses.0.pattern', 'a')[1], '0');
      assert.equal(
        set('cmi.interactions.0.correct_responses.1.pattern', 'a')[1],
        '351',
        'the same pattern again',
      );
      assert.equal(set('cmi.interactions.0.correct_responses.1.pattern', 'b')[1], '0');
      assert.equal(get('cmi.interactions.0.correct_responses._count')[0], '2');
      assert.equal(set('cmi.interactions.1.id', 'q2')[1], '0');
      assert.equal(set('cmi.interactions.1.type', 'numeric')[1], '0');
      assert.equal(set('cmi.interactions.1.correct_responses.0.pattern', '1[:]2')[1], '0');
      assert.equal(set('cmi.interactions.1.correct_responses.1.pattern', '3[:]4')[1], '351');
    });
  });

  it('bounds what one attempt may store', () => {
    const { session } = open();
    const big = long(1_000_000);
    const answers = [
      'cmi.suspend_data',
      'cmi.location',
      'adl.data.0.store',
      'cmi.objectives.0.description',
      'cmi.objectives.1.description',
    ].map((element) => session.call('SetValue', element, big));
    assert.deepEqual(answers, ['true', 'true', 'false', 'false', 'false']);
    assert.equal(session.call('GetLastError'), '351');
    assert.equal(session.call('SetValue', 'cmi.suspend_data', 'small again'), 'true');
    assert.equal(session.call('SetValue', 'cmi.objectives.0.description', big), 'true');
  });
});
