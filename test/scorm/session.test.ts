import assert from 'node:assert/strict';
import type { Act } from '../../src/scorm/engine.ts';
import { destinationOf, progressOf } from '../../src/scorm/player.ts';
import { cluster, course12, course2004, play, running, sco, settings } from './courses.ts';

const twelve = course12(sco('one'), sco('two'), { ...sco('page'), kind: 'asset' });
const four = course2004(sco('one'), sco('two'));

describe('a session', () => {
  describe('takes calls in turn', () => {
    const turns: [standard: '1.2' | '2004', when: string, call: string, answer: string, error: string][] = [
      ['1.2', 'before', 'LMSFinish', 'false', '301'],
      ['1.2', 'before', 'LMSGetValue', '', '301'],
      ['1.2', 'before', 'LMSSetValue', 'false', '301'],
      ['1.2', 'before', 'LMSCommit', 'false', '301'],
      ['1.2', 'during', 'LMSInitialize', 'false', '101'],
      ['1.2', 'during', 'LMSCommit', 'true', '0'],
      ['1.2', 'after', 'LMSInitialize', 'false', '101'],
      ['1.2', 'after', 'LMSFinish', 'false', '301'],
      ['1.2', 'after', 'LMSGetValue', '', '301'],
      ['2004', 'before', 'Terminate', 'false', '112'],
      ['2004', 'before', 'GetValue', '', '122'],
      ['2004', 'before', 'SetValue', 'false', '132'],
      ['2004', 'before', 'Commit', 'false', '142'],
      ['2004', 'during', 'Initialize', 'false', '103'],
      ['2004', 'during', 'Commit', 'true', '0'],
      ['2004', 'after', 'Initialize', 'false', '104'],
      ['2004', 'after', 'Terminate', 'false', '113'],
      ['2004', 'after', 'GetValue', '', '123'],
      ['2004', 'after', 'SetValue', 'false', '133'],
      ['2004', 'after', 'Commit', 'false', '143'],
    ];
    for (const [standard, when, call, answer, error] of turns) {
      it(`${standard}: ${call} ${when} the session answers "${answer}" and ${error}`, () => {
        const lms = standard === '1.2' ? 'LMS' : '';
        const { session } = play(standard === '1.2' ? twelve : four);
        session.open('one');
        if (when !== 'before') assert.equal(session.call(`${lms}Initialize`, ''), 'true');
        if (when === 'after') assert.equal(session.call(lms ? 'LMSFinish' : 'Terminate', ''), 'true');
        assert.equal(session.call(call, ''), answer);
        assert.equal(session.call(`${lms}GetLastError`), error);
      });
    }

    it('answers before any activity is open, and for an asset', () => {
      const { session } = play(twelve);
      assert.equal(session.call('LMSInitialize', ''), 'false');
      session.open('page');
      assert.equal(session.call('LMSInitialize', ''), 'false');
      assert.equal(session.call('LMSGetLastError'), '101');
    });

    it('refuses an argument where none belongs, but not the lack of one', () => {
      const { session } = play(four);
      session.open('one');
      assert.equal(session.call('Initialize', 'x'), 'false');
      assert.equal(session.call('GetLastError'), '201');
      assert.equal(session.call('Initialize'), 'true');
      assert.equal(session.call('Commit', 'x'), 'false');
      assert.equal(session.call('Terminate', null), 'true');
    });

    const disputed: [standard: '1.2' | '2004', when: string, call: string, error: string][] = [
      ['1.2', 'before', 'LMSInitialize', '201'],
      ['1.2', 'before', 'LMSFinish', '301'],
      ['1.2', 'during', 'LMSInitialize', '201'],
      ['1.2', 'during', 'LMSFinish', '201'],
      ['1.2', 'after', 'LMSInitialize', '101'],
      ['1.2', 'after', 'LMSCommit', '301'],
      ['2004', 'before', 'Initialize', '201'],
      ['2004', 'before', 'Terminate', '112'],
      ['2004', 'before', 'Commit', '201'],
      ['2004', 'during', 'Initialize', '201'],
      ['2004', 'during', 'Terminate', '201'],
      ['2004', 'after', 'Initialize', '104'],
      ['2004', 'after', 'Terminate', '113'],
      ['2004', 'after', 'Commit', '143'],
    ];
    for (const [standard, when, call, error] of disputed) {
      it(`${standard}: ${call} with an argument, ${when} the session, leaves ${error}, as ADL's run-time does`, () => {
        const lms = standard === '1.2' ? 'LMS' : '';
        const { session } = play(standard === '1.2' ? twelve : four);
        session.open('one');
        if (when !== 'before') session.call(`${lms}Initialize`, '');
        if (when === 'after') session.call(lms ? 'LMSFinish' : 'Terminate', '');
        assert.equal(session.call(call, 'x'), 'false');
        assert.equal(session.call(`${lms}GetLastError`), error);
      });
    }

    it('takes whatever a course passes, and does not know other names', () => {
      const { session } = running(twelve, 'one');
      const odd: unknown[] = [
        undefined,
        null,
        5,
        true,
        {},
        [],
        Symbol('x'),
        () => 1,
        {
          toString: () => {
            throw new Error('no');
          },
        },
        Object.create(null),
      ];
      for (const a of odd) {
        for (const b of odd) {
          for (const method of [
            'LMSSetValue',
            'LMSGetValue',
            'LMSGetErrorString',
            'LMSGetDiagnostic',
            'LMSCommit',
          ]) {
            assert.equal(typeof session.call(method, a, b), 'string');
          }
        }
      }
      for (const method of ['constructor', '__proto__', 'toString', '', 'lmsinitialize'])
        assert.equal(session.call(method, ''), '');
      assert.equal(session.call('LMSSetValue', 'cmi.core.score.raw', 72), 'true');
      assert.equal(session.call('LMSGetValue', 'cmi.core.score.raw'), '72');
    });

    it('has a text for every error there is, and none for others', () => {
      const codes = {
        LMS: [0, 101, 201, 202, 203, 301, 401, 402, 403, 404, 405],
        '': [
          0, 101, 102, 103, 104, 111, 112, 113, 122, 123, 132, 133, 142, 143, 201, 301, 351, 391, 401, 402,
          403, 404, 405, 406, 407, 408,
        ],
      };
      for (const [lms, known] of Object.entries(codes)) {
        const { session } = running(lms ? twelve : four, 'one');
        for (let code = 0; code < 1_000; code++) {
          const text = session.call(`${lms}GetErrorString`, String(code));
          assert.equal(text !== '', known.includes(code), `${lms || '2004'} ${code}: ${text}`);
          assert.ok(text.length <= 255);
        }
        for (const odd of ['', ' ', '00', '1e2', '-1', '0x0', undefined, null])
          assert.equal(session.call(`${lms}GetErrorString`, odd), '');
      }
    });

    it('explains itself in no more than 255 characters', () => {
      const { session } = running(four, 'one');
      session.call('SetValue', `cmi.${'x'.repeat(300)}`, 'y'.repeat(300));
      assert.equal(session.call('GetDiagnostic', '').length, 255);
      session.call('SetValue', 'cmi.score.scaled', 'y'.repeat(300));
      assert.ok(session.call('GetDiagnostic', '').length <= 255);
    });

    it('leaves the last error alone when it is only asked about', () => {
      const { session } = running(four, 'one');
      session.call('GetValue', 'cmi.bogus');
      assert.equal(session.call('GetErrorString', '401'), 'Undefined Data Model Element');
      assert.equal(session.call('GetErrorString', '9999'), '');
      assert.equal(session.call('GetErrorString', 'constructor'), '');
      assert.equal(session.call('GetDiagnostic', ''), 'Undefined Data Model Element: cmi.bogus');
      assert.equal(session.call('GetLastError'), '401');
      session.call('GetValue', 'cmi.mode');
      assert.equal(session.call('GetLastError'), '0');
    });
  });

  describe('opens activities', () => {
    it('says of what it cannot open why, and goes on with what is open', () => {
      const { session } = running(four, 'one');
      assert.throws(() => session.open('nowhere'), /unknown-activity/);
      assert.throws(() => session.open('org'), /not-launchable/);
      assert.equal(session.call('SetValue', 'cmi.location', '1'), 'true');
      assert.equal(session.state.current, 'one');
    });

    it('closes what was open when the next is opened', () => {
      const { session } = running(four, 'one');
      session.call('SetValue', 'cmi.location', '7');
      session.takeActs();
      session.open('two');
      assert.deepEqual(session.takeActs(), [
        { do: 'close', activity: 'one', ms: 0 },
        { do: 'open', activity: 'two' },
      ]);
      assert.equal(session.state.activities.one!.suspended, true);
    });

    it('completes an asset when it is opened', () => {
      const { session } = play(course12({ ...sco('page'), kind: 'asset' }));
      assert.equal(
        progressOf(course12({ ...sco('page'), kind: 'asset' }), session.state).completion,
        'not attempted',
      );
      session.open('page');
      assert.equal(
        progressOf(course12({ ...sco('page'), kind: 'asset' }), session.state).completion,
        'completed',
      );
    });

    it('keeps an activity called __proto__ apart from every object there is', () => {
      const odd = course2004(sco('__proto__'), sco('constructor'));
      const { session, json } = running(odd, '__proto__');
      session.call('SetValue', 'cmi.location', '3');
      const again = running(odd, 'constructor', json());
      assert.equal(again.session.call('GetValue', 'cmi.location'), '');
      again.session.open('__proto__');
      again.session.call('Initialize', '');
      assert.equal(again.session.call('GetValue', 'cmi.location'), '3');
      assert.equal(({} as Record<string, unknown>).cmi, undefined);
    });
  });

  describe('resumes', () => {
    type Story = [
      name: string,
      last: (call: (element: string, value: string) => void, end: () => void) => void,
      entry: string,
      location: string,
    ];
    const stories12: Story[] = [
      ['after a suspend', (set, end) => (set('cmi.core.exit', 'suspend'), end()), 'resume', '7'],
      ['after a normal finish, keeping its data', (_set, end) => end(), '', '7'],
      ['after a time-out', (set, end) => (set('cmi.core.exit', 'time-out'), end()), '', '7'],
      ['after the tab died', () => {}, 'resume', '7'],
      [
        'after the tab died at its end, completed but with a bookmark',
        (set) => set('cmi.core.lesson_status', 'completed'),
        'resume',
        '7',
      ],
    ];
    for (const [name, last, entry, location] of stories12) {
      it(`SCORM 1.2 ${name}: entry "${entry}"`, () => {
        const { session, json } = running(twelve, 'one');
        session.call('LMSSetValue', 'cmi.core.lesson_location', '7');
        last(
          (element, value) => assert.equal(session.call('LMSSetValue', element, value), 'true'),
          () => session.call('LMSFinish', ''),
        );
        session.close();
        const again = running(twelve, 'one', json()).session;
        assert.equal(again.call('LMSGetValue', 'cmi.core.entry'), entry);
        assert.equal(again.call('LMSGetValue', 'cmi.core.lesson_location'), location);
      });
    }

    const stories2004: Story[] = [
      ['after a suspend', (set, end) => (set('cmi.exit', 'suspend'), end()), 'resume', '7'],
      ['after suspendAll', (set, end) => (set('adl.nav.request', 'suspendAll'), end()), 'resume', '7'],
      ['after a normal end, as a new attempt', (_set, end) => end(), 'ab-initio', ''],
      ['after a logout', (set, end) => (set('cmi.exit', 'logout'), end()), 'resume', '7'],
      ['after the tab died', () => {}, 'resume', '7'],
      [
        'after the tab died when the course had said it ends',
        (set) => set('cmi.exit', 'normal'),
        'ab-initio',
        '',
      ],
    ];
    for (const [name, last, entry, location] of stories2004) {
      it(`SCORM 2004 ${name}: entry "${entry}"`, () => {
        const { session, json } = running(four, 'one');
        session.call('SetValue', 'cmi.location', '7');
        last(
          (element, value) => assert.equal(session.call('SetValue', element, value), 'true'),
          () => session.call('Terminate', ''),
        );
        session.close();
        const again = running(four, 'one', json()).session;
        assert.equal(again.call('GetValue', 'cmi.entry'), entry);
        assert.equal(again.call('GetValue', 'cmi.location'), location);
        assert.equal(again.call('GetValue', 'adl.nav.request'), '_none_');
      });
    }

    it('is a first time still, if the page never called', () => {
      const { session, json } = play(four);
      session.open('one');
      session.close();
      assert.equal(running(four, 'one', json()).session.call('GetValue', 'cmi.entry'), 'ab-initio');
    });

    it('when nobody said that the page went', () => {
      const { session, json } = running(four, 'one');
      session.call('SetValue', 'cmi.location', '7');
      session.call('SetValue', 'cmi.session_time', 'PT90S');
      const again = running(four, 'one', json()).session;
      assert.equal(again.call('GetValue', 'cmi.location'), '7');
      assert.equal(again.call('GetValue', 'cmi.total_time'), 'PT1M30S');
    });
  });

  describe('adds up time', () => {
    it('over the sessions of SCORM 1.2', () => {
      let state;
      for (const time of ['00:10:00', '01:00:00.5', '00:00:00.5']) {
        const { session, json } = running(twelve, 'one', state);
        session.call('LMSSetValue', 'cmi.core.session_time', '99:00:00');
        session.call('LMSSetValue', 'cmi.core.session_time', time);
        assert.notEqual(
          session.call('LMSGetValue', 'cmi.core.total_time'),
          '',
          'the session does not count before it ends',
        );
        session.call('LMSFinish', '');
        state = json();
      }
      assert.equal(
        running(twelve, 'one', state).session.call('LMSGetValue', 'cmi.core.total_time'),
        '0001:10:01',
      );
      assert.equal(progressOf(twelve, state!).seconds, 4201);
    });

    it('over the sessions of one SCORM 2004 attempt, and over all of them for the record', () => {
      let state;
      for (const exit of ['suspend', 'normal']) {
        const { session, json } = running(four, 'one', state);
        session.call('SetValue', 'cmi.session_time', 'PT30S');
        session.call('SetValue', 'cmi.exit', exit);
        session.call('Terminate', '');
        state = json();
      }
      assert.equal(running(four, 'one', state).session.call('GetValue', 'cmi.total_time'), 'PT0H0M0S');
      assert.equal(progressOf(four, state!).seconds, 60);
    });

    it('by our own clock where the course reports none', () => {
      const { session, clock } = running(twelve, 'one');
      clock.ms = 61_500;
      session.call('LMSCommit', '');
      assert.equal(progressOf(twelve, session.state).seconds, 61.5);
      clock.ms = 90_000;
      session.close();
      assert.equal(progressOf(twelve, session.state).seconds, 90);
    });
  });

  describe('hands over what was done', () => {
    it('each act once, in order', () => {
      const { session, clock } = play(twelve);
      session.open('one');
      session.call('LMSInitialize', '');
      session.call('LMSSetValue', 'cmi.core.lesson_location', '1');
      assert.deepEqual(session.takeActs(), [
        { do: 'open', activity: 'one' },
        { do: 'initialize', activity: 'one' },
        { do: 'set', activity: 'one', element: 'cmi.core.lesson_location', value: '1' },
      ] satisfies Act[]);
      clock.ms = 1234.5;
      session.call('LMSFinish', '');
      assert.deepEqual(session.takeActs(), [{ do: 'terminate', activity: 'one', ms: 1235 }]);
      assert.deepEqual(session.takeActs(), []);
      session.close();
      assert.deepEqual(session.takeActs(), [], 'a page that has terminated and goes is no news');
    });

    it('without what was refused, and without what was overwritten', () => {
      const { session } = running(twelve, 'one');
      session.takeActs();
      for (const value of ['1', '2', '3']) {
        session.call('LMSSetValue', 'cmi.suspend_data', value);
        session.call('LMSSetValue', 'cmi.interactions.0.id', value);
        session.call('LMSSetValue', 'cmi.core.score.raw', `x${value}`);
      }
      assert.deepEqual(
        session.takeActs().map((act) => 'element' in act && `${act.element}=${act.value}`),
        ['cmi.suspend_data=3', 'cmi.interactions.0.id=3'],
      );
    });

    it('and says what is urgent', () => {
      const { session } = running(twelve, 'one');
      const heard: boolean[] = [];
      session.onActs = (urgent) => heard.push(urgent);
      session.call('LMSSetValue', 'cmi.core.lesson_location', '1');
      session.call('LMSSetValue', 'cmi.core.lesson_status', 'completed');
      session.call('LMSSetValue', 'cmi.core.score.raw', 'nonsense');
      session.call('LMSCommit', '');
      session.call('LMSFinish', '');
      assert.deepEqual(heard, [false, true, true, true]);
    });

    it('but nothing in a review, which forgets what it is told', () => {
      const before = running(twelve, 'one');
      before.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
      before.session.call('LMSFinish', '');
      const { session } = running(twelve, 'one', before.json(), { ...settings, mode: 'review' });
      assert.equal(session.call('LMSGetValue', 'cmi.core.lesson_mode'), 'review');
      assert.equal(session.call('LMSGetValue', 'cmi.core.credit'), 'no-credit');
      assert.equal(session.call('LMSSetValue', 'cmi.core.lesson_status', 'failed'), 'true');
      assert.deepEqual(session.takeActs(), []);
    });
  });

  it('tells the course that a commit failed only when it is told so', () => {
    const { session } = running(four, 'one');
    session.unsaved = true;
    assert.equal(session.call('Commit', ''), 'false');
    assert.equal(session.call('GetLastError'), '391');
    assert.ok(
      session.takeActs().some((act) => act.do === 'commit'),
      'it is kept for later all the same',
    );
    session.unsaved = false;
    assert.equal(session.call('Commit', ''), 'true');
  });

  describe('knows where a course asks to go', () => {
    const course = course2004(
      cluster('flowing', [sco('a'), sco('b')], { controls: { flow: true } }),
      cluster('chosen', [sco('c')]),
    );
    const rows: [from: string, request: string, to: string | undefined][] = [
      ['a', '_none_', undefined],
      ['a', 'continue', 'b'],
      ['b', 'previous', 'a'],
      ['a', 'previous', undefined],
      ['c', 'continue', undefined],
      ['a', '{target=c}choice', 'c'],
      ['a', '{target=c}jump', 'c'],
      ['a', '{target=chosen}choice', undefined],
      ['a', '{target=nowhere}choice', undefined],
      ['a', 'exit', undefined],
      ['a', 'exitAll', 'exit'],
      ['a', 'suspendAll', 'exit'],
      ['a', 'abandonAll', 'exit'],
    ];
    for (const [from, request, to] of rows) {
      it(`${request} in ${from} leads ${to ?? 'nowhere'}`, () => {
        const { session } = running(course, from);
        if (request !== '_none_') assert.equal(session.call('SetValue', 'adl.nav.request', request), 'true');
        session.call('Terminate', '');
        assert.equal(session.request, request);
        const wanted = to === undefined ? undefined : to === 'exit' ? { exit: true } : { open: to };
        assert.deepEqual(destinationOf(course, from, session.request), wanted);
      });
    }

    it('exit in the only activity leaves the course', () => {
      assert.deepEqual(destinationOf(course2004(sco('only')), 'only', 'exit'), { exit: true });
    });
  });

  it('answers 10,000 calls in a moment', () => {
    const { session } = running(twelve, 'one');
    const start = process.cpuUsage();
    for (let i = 0; i < 5_000; i++) {
      session.call('LMSSetValue', 'cmi.core.lesson_location', String(i));
      session.call('LMSGetValue', 'cmi.core.lesson_location');
    }
    // Of the processor, not of a clock: others may have the machine meanwhile.
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 500_000, `${(user + system) / 1000} ms`);
    assert.equal(session.takeActs().length, 3);
  });
});
