import assert from 'node:assert/strict';
import { findApi } from '../../src/dispatch/client/find-api.ts';
import { openLms } from '../../src/dispatch/client/lms.ts';
import { readMark, writeMark } from '../../src/dispatch/client/mark.ts';
import { openRecord } from '../../src/dispatch/client/record.ts';
import { readSnapshot, type Snapshot } from '../../src/dispatch/client/snapshot.ts';
import { makeLms, type FakeLms } from './lms.ts';

const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  revision: 1,
  completion: 'incomplete',
  success: 'unknown',
  seconds: 0,
  ...more,
});

/** A shell's record on a fake LMS, with a clock and timers that stand still until `pass`. */
function open(fake: FakeLms, standard: 'scorm12' | 'scorm2004') {
  let at = 0;
  let timers: { at: number; work: () => void }[] = [];
  const acks: string[] = [];
  const record = openRecord({
    lms: openLms(fake.api, standard)!,
    standard,
    now: () => at,
    later: (work, ms) => void timers.push({ at: at + ms, work }),
    told: (revision, ok) => void acks.push(`${revision} ${ok}`),
  });
  const pass = (ms: number) => {
    at += ms;
    const due = timers.filter((timer) => timer.at <= at);
    timers = timers.filter((timer) => timer.at > at);
    for (const { work } of due) work();
  };
  return { record, acks, pass };
}

describe('the shell of a dispatch: what the LMS is told', () => {
  const table: [
    standard: 'scorm12' | 'scorm2004',
    told: Partial<Snapshot>,
    holds: Record<string, string | undefined>,
  ][] = [
    [
      'scorm12',
      {},
      { 'cmi.core.lesson_status': 'incomplete', 'cmi.core.exit': 'suspend', 'cmi.core.score.raw': undefined },
    ],
    ['scorm12', { completion: 'not attempted' }, { 'cmi.core.lesson_status': 'incomplete' }],
    ['scorm12', { completion: 'completed' }, { 'cmi.core.lesson_status': 'completed', 'cmi.core.exit': '' }],
    [
      'scorm12',
      { completion: 'completed', success: 'passed' },
      { 'cmi.core.lesson_status': 'passed', 'cmi.core.exit': '' },
    ],
    ['scorm12', { completion: 'completed', success: 'failed' }, { 'cmi.core.lesson_status': 'failed' }],
    ['scorm12', { success: 'passed' }, { 'cmi.core.lesson_status': 'passed' }],
    [
      'scorm12',
      { score: 0.857 },
      { 'cmi.core.score.raw': '85.7', 'cmi.core.score.min': '0', 'cmi.core.score.max': '100' },
    ],
    ['scorm12', { score: 2 / 3 }, { 'cmi.core.score.raw': '66.67' }],
    ['scorm12', { score: 0 }, { 'cmi.core.score.raw': '0' }],
    ['scorm12', { seconds: 3725.9 }, { 'cmi.core.session_time': '01:02:06' }],
    ['scorm12', { seconds: 1e9 }, { 'cmi.core.session_time': '9999:59:59' }],
    ['scorm12', { location: 'p'.repeat(999) }, { 'cmi.core.lesson_location': 'p'.repeat(255) }],
    [
      'scorm2004',
      {},
      { 'cmi.completion_status': 'incomplete', 'cmi.success_status': undefined, 'cmi.exit': 'suspend' },
    ],
    [
      'scorm2004',
      { completion: 'completed' },
      { 'cmi.completion_status': 'completed', 'cmi.exit': 'normal' },
    ],
    [
      'scorm2004',
      { success: 'failed' },
      { 'cmi.completion_status': 'incomplete', 'cmi.success_status': 'failed' },
    ],
    [
      'scorm2004',
      { score: 0.857 },
      { 'cmi.score.scaled': '0.857', 'cmi.score.raw': '85.7', 'cmi.score.max': '100' },
    ],
    ['scorm2004', { measure: 1 / 3 }, { 'cmi.progress_measure': '0.3333' }],
    ['scorm2004', { seconds: 3725 }, { 'cmi.session_time': 'PT1H2M5S' }],
    ['scorm2004', { location: 'page 3' }, { 'cmi.location': 'page 3' }],
  ];
  for (const [standard, told, holds] of table) {
    it(`${standard}: ${JSON.stringify(told).slice(0, 60)}`, () => {
      const fake = makeLms(standard);
      const { record, acks } = open(fake, standard);
      record.reconcile(snapshot(), '');
      record.tell(snapshot({ revision: 2, ...told }));
      record.finish();
      for (const [element, value] of Object.entries(holds))
        assert.equal(fake.values[element], value, element);
      assert.equal(acks.at(-1), '2 true');
      assert.equal(fake.calls.at(-1), 'finish');
    });
  }

  it('writes only what changed', () => {
    const fake = makeLms('scorm12');
    const { record } = open(fake, 'scorm12');
    record.reconcile(snapshot(), '');
    const before = fake.calls.length;
    record.tell(snapshot({ revision: 2, score: 0.5 }));
    assert.deepEqual(fake.calls.slice(before), [
      'set cmi.core.score.min 0',
      'set cmi.core.score.max 100',
      'set cmi.core.score.raw 50',
      'commit',
    ]);
    record.tell(snapshot({ revision: 3, score: 0.6 }));
    assert.deepEqual(fake.calls.slice(before + 4), ['set cmi.core.score.raw 60', 'commit']);
    record.flush();
    assert.equal(fake.calls.length, before + 6);
  });

  it('commits status and score at once, and time alone every ten seconds at most', () => {
    const fake = makeLms('scorm2004');
    const { record, pass } = open(fake, 'scorm2004');
    const commits = () => fake.calls.filter((call) => call === 'commit').length;
    record.reconcile(snapshot(), '');
    assert.equal(commits(), 1);
    for (let second = 1; second <= 9; second++) {
      pass(1000);
      record.tell(snapshot({ revision: second, seconds: second }));
    }
    assert.equal(commits(), 1);
    pass(1000);
    assert.equal(commits(), 2);
    assert.equal(fake.values['cmi.session_time'], 'PT0H0M9S');
    record.tell(snapshot({ revision: 20, seconds: 10, completion: 'completed' }));
    assert.equal(commits(), 3);
  });

  it('says it again until the LMS takes it', () => {
    const fake = makeLms('scorm12');
    const { record, acks, pass } = open(fake, 'scorm12');
    record.reconcile(snapshot(), '');
    fake.refuseCommits(2);
    record.tell(snapshot({ revision: 2, completion: 'completed' }));
    pass(10_000);
    assert.deepEqual(acks.slice(-2), ['2 false', '2 false']);
    pass(10_000);
    assert.equal(acks.at(-1), '2 true');
    const calls = fake.calls.length;
    pass(60_000);
    assert.equal(fake.calls.length, calls);
  });

  it('leaves no session of 1.2 "not attempted", which the LMS would turn into "completed"', () => {
    for (const status of ['not attempted', '']) {
      const fake = makeLms('scorm12', { 'cmi.core.lesson_status': status });
      open(fake, 'scorm12').record.finish();
      assert.equal(fake.values['cmi.core.lesson_status'], 'incomplete');
    }
  });

  it('takes nothing back that the LMS holds as done', () => {
    for (const status of ['passed', 'completed', 'failed']) {
      const fake = makeLms('scorm12', { 'cmi.core.lesson_status': status });
      open(fake, 'scorm12').record.reconcile(snapshot(), '');
      assert.equal(fake.values['cmi.core.lesson_status'], status);
    }
    const fake = makeLms('scorm12', { 'cmi.core.lesson_status': 'passed' });
    const { record } = open(fake, 'scorm12');
    record.reconcile(snapshot({ completion: 'completed' }), '');
    assert.equal(fake.values['cmi.core.lesson_status'], 'passed');
    record.tell(snapshot({ completion: 'completed', success: 'failed' }));
    assert.equal(fake.values['cmi.core.lesson_status'], 'failed');
  });

  it('brings the LMS up to date at launch with what an earlier session could not tell it', () => {
    const fake = makeLms('scorm12', {
      'cmi.core.lesson_status': 'incomplete',
      'cmi.suspend_data': 'coursedock;v=1;h=;s=100',
    });
    open(fake, 'scorm12').record.reconcile(
      snapshot({ completion: 'completed', success: 'passed', score: 0.9, seconds: 160 }),
      '',
    );
    assert.equal(fake.values['cmi.core.lesson_status'], 'passed');
    assert.equal(fake.values['cmi.core.score.raw'], '90');
    assert.equal(fake.values['cmi.core.session_time'], '00:01:00');
  });

  it('tells each second once over several sessions', () => {
    const values: Record<string, string> = {};
    let total = 0;
    for (const [start, end] of [
      [0, 50.4],
      [50.4, 75.3],
      [75.3, 200],
    ] as const) {
      const fake = makeLms('scorm12', values);
      const { record } = open(fake, 'scorm12');
      record.reconcile(snapshot({ seconds: start }), '');
      record.tell(snapshot({ seconds: end }));
      record.finish();
      const [h = 0, m = 0, s = 0] = values['cmi.core.session_time']!.split(':').map(Number);
      total += h * 3600 + m * 60 + s;
    }
    assert.equal(total, 200);
  });

  it('adds no time for a look back at what was done, in an LMS that begins afresh', () => {
    const fake = makeLms('scorm2004');
    open(fake, 'scorm2004').record.reconcile(snapshot({ completion: 'completed', seconds: 3600 }), '');
    assert.equal(fake.values['cmi.session_time'], 'PT0H0M0S');
  });

  it('writes nothing in browse and review', () => {
    for (const mode of ['browse', 'review']) {
      const fake = makeLms('scorm12', {
        'cmi.core.lesson_mode': mode,
        'cmi.core.lesson_status': 'not attempted',
      });
      const { record } = open(fake, 'scorm12');
      record.reconcile(snapshot(), '');
      record.tell(snapshot({ completion: 'completed' }));
      record.finish();
      assert.deepEqual(fake.calls, ['initialize', 'finish']);
    }
  });

  it('says nothing after the last word, and the last word once', () => {
    const fake = makeLms('scorm12');
    const { record, pass } = open(fake, 'scorm12');
    record.reconcile(snapshot(), '');
    record.tell(snapshot({ seconds: 5 }));
    record.finish();
    record.finish();
    record.tell(snapshot({ completion: 'completed' }));
    pass(60_000);
    assert.equal(fake.calls.filter((call) => call === 'finish').length, 1);
    assert.equal(fake.calls.at(-1), 'finish');
    assert.equal(fake.values['cmi.core.session_time'], '00:00:05');
  });

  it('asks a 2004 LMS to close the course when the learner leaves it, not when only the page goes', () => {
    for (const [leaving, told, request] of [
      [true, { completion: 'completed' }, 'exitAll'],
      [true, {}, 'suspendAll'],
      [false, {}, undefined],
    ] as const) {
      const fake = makeLms('scorm2004');
      const { record } = open(fake, 'scorm2004');
      record.reconcile(snapshot(told), '');
      record.finish(leaving);
      assert.equal(fake.values['adl.nav.request'], request);
      assert.equal(fake.calls.at(-1), 'finish');
    }
  });

  it('gets along with an LMS that knows only what it must', () => {
    const fake = makeLms('scorm12');
    const set = fake.api.LMSSetValue!;
    fake.api.LMSSetValue = (element, value) =>
      /score\.(min|max)|suspend_data|location/.test(element!) ? 'false' : set(element!, value!);
    const { record, acks } = open(fake, 'scorm12');
    record.reconcile(snapshot({ score: 0.4, location: 'x' }), '');
    assert.equal(fake.values['cmi.core.score.raw'], '40');
    assert.equal(acks.at(-1), '1 true');
  });
});

describe('the shell of a dispatch: the LMS it finds', () => {
  const api = { LMSInitialize: () => 'true' };
  const cross = new Proxy(
    {},
    {
      get: () => {
        throw new Error('SecurityError');
      },
    },
  );
  type Fake = Record<string, unknown>;
  const chain = (depth: number, top: Fake): Fake =>
    depth === 0 ? { parent: top } : { parent: chain(depth - 1, top) };
  const found = (from: Fake) => findApi(from as unknown as Window, 'scorm12');

  it('finds the API in its own window, above it, and behind it', () => {
    const self: Fake = { API: api };
    self.parent = self;
    assert.equal(found(self), api);
    const top: Fake = { API: api };
    top.parent = top;
    assert.equal(found(chain(4, top)), api);
    const alone: Fake = { opener: chain(2, top) };
    alone.parent = alone;
    assert.equal(found(alone), api);
    const popup: Fake = { opener: top };
    popup.parent = popup;
    const inside: Fake = { parent: { parent: popup }, opener: null, top: popup };
    assert.equal(found(inside), api);
  });

  it('gives up after ten windows, and never goes round in circles', () => {
    const top: Fake = { API: api };
    top.parent = top;
    assert.equal(found(chain(9, top)), api);
    assert.equal(found(chain(10, top)), undefined);
    const nothing: Fake = { opener: null };
    nothing.parent = nothing;
    nothing.top = nothing;
    assert.equal(found(nothing), undefined);
  });

  it('is not stopped by windows of other sites', () => {
    assert.equal(found({ parent: cross, opener: cross, top: cross }), undefined);
    const opener: Fake = { API: api };
    opener.parent = opener;
    assert.equal(found({ parent: cross, opener, top: cross }), api);
  });

  it('takes only the API of its own standard', () => {
    const top: Fake = { API: api };
    top.parent = top;
    assert.equal(findApi(top as unknown as Window, 'scorm2004'), undefined);
  });

  it('goes on in a session that is open already, and refuses one that does not open', () => {
    for (const standard of ['scorm12', 'scorm2004'] as const) {
      const fake = makeLms(standard);
      assert.ok(openLms(fake.api, standard));
      assert.ok(openLms(fake.api, standard));
    }
    assert.equal(
      openLms({ LMSInitialize: () => 'false', LMSGetLastError: () => '301' }, 'scorm12'),
      undefined,
    );
    assert.equal(openLms({}, 'scorm12'), undefined);
  });

  it('survives an API that throws and answers in odd types', () => {
    const lms = openLms(
      {
        LMSInitialize: () => true,
        LMSGetValue: () => undefined,
        LMSSetValue: () => {
          throw new Error('gone');
        },
        LMSCommit: () => 1,
        LMSGetLastError: () => 0,
      },
      'scorm12',
    )!;
    assert.equal(lms.get('cmi.core.student_id'), '');
    assert.equal(lms.set('cmi.core.exit', ''), false);
    assert.equal(lms.commit(), true);
    assert.equal(lms.finish(), false);
  });
});

describe('the shell of a dispatch: what it is told', () => {
  it('reads its own mark and no other', () => {
    assert.deepEqual(readMark(writeMark({ hint: 'a_b-C9', seconds: 13 })), { hint: 'a_b-C9', seconds: 13 });
    for (const rubbish of [
      '',
      'coursedock',
      '{"h":"a"}',
      'coursedock;v=2;h=;s=1',
      'coursedock;v=1;h=<b>;s=1',
      'coursedock;v=1;h=;s=-1',
    ]) {
      assert.equal(readMark(rubbish), undefined);
    }
  });

  it('believes only what is a snapshot', () => {
    assert.deepEqual(
      readSnapshot({ type: 'state', ...snapshot({ score: 7, measure: -1 }) }),
      snapshot({ score: 1, measure: 0, location: undefined }),
    );
    const rubbish = [
      undefined,
      null,
      'state',
      7,
      [],
      {},
      { ...snapshot(), revision: '1' },
      { ...snapshot(), revision: -1 },
      { ...snapshot(), seconds: NaN },
      { ...snapshot(), seconds: Infinity },
      { ...snapshot(), completion: 'done' },
      { ...snapshot(), success: true },
    ];
    for (const value of rubbish) assert.equal(readSnapshot(value), undefined, JSON.stringify(value));
    assert.equal(readSnapshot({ ...snapshot(), score: '0.5' })?.score, undefined);
    assert.equal(readSnapshot({ ...snapshot(), location: 7 })?.location, undefined);
  });
});
