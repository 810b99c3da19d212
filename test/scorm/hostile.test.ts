import assert from 'node:assert/strict';
import { largestState } from '../../src/scorm/activity.ts';
import { apply, newState } from '../../src/scorm/player.ts';
import { sizeOf } from '../../src/scorm/state.ts';
import { course12, course2004, running, sco, settings } from './courses.ts';

// A course is other people's code. Whatever it calls, with whatever it passes: it gets a string, an error says what is
// wrong, and nothing but its own data changes.

const courses = {
  'SCORM 1.2': course12(sco('one')),
  'SCORM 2004': course2004(sco('one', { data: [{ target: 'notes' }] })),
};

const foreign = [
  'settings',
  'settings.lmsCommitUrl',
  'settings.xhrHeaders.Authorization',
  'state.activities.one.sessions',
  'record.cmi',
  '__proto__',
  '__proto__.polluted',
  'constructor',
  'constructor.prototype.polluted',
  'toString',
  'cmi.__proto__',
  'cmi.__proto__.polluted',
  'cmi.constructor.prototype.polluted',
  'cmi.interactions.__proto__.id',
  'cmi.interactions.0.__proto__.polluted',
  'cmi.objectives.constructor.id',
  'cmi.objectives.length',
  'adl.data.__proto__.store',
  'adl.__proto__.polluted',
  'API.LMSFinish',
  'cmi location',
  'cmi\u0000.location',
  '.',
  '..',
  'cmi..',
  '.'.repeat(5_000),
  'cmi.'.repeat(200_000),
];

const containers = [
  'cmi',
  'cmi.core',
  'cmi.core.score',
  'cmi.objectives',
  'cmi.interactions',
  'cmi.score',
  'adl',
  'adl.nav',
  'adl.data',
];

const indices = [
  '1000000000',
  '4294967296',
  '9007199254740993',
  '-1',
  '-0',
  '1.5',
  '01',
  '1e3',
  '0x1',
  '+1',
  ' 1',
  '١',
  'NaN',
  '',
  '5000',
  '1',
];

for (const [name, definition] of Object.entries(courses)) {
  const is12 = definition.standard === 'scorm12';
  const lms = is12 ? 'LMS' : '';

  describe(`a hostile course of ${name}`, () => {
    function open() {
      const { session, json } = running(definition, 'one');
      const call = (method: string, ...more: unknown[]) => session.call(`${lms}${method}`, ...more);
      return { session, call, error: () => call('GetLastError'), json };
    }

    /** Refused, with an error of the data model, and nothing is changed by it. */
    function refuses(ask: (engine: ReturnType<typeof open>) => string, answer: string) {
      const engine = open();
      engine.session.takeActs();
      const before = engine.json();
      assert.equal(ask(engine), answer);
      assert.match(engine.error(), is12 ? /^(201|401|402|403|404|405)$/ : /^(201|301|351|401|404|406)$/);
      assert.deepEqual(engine.json(), before);
      assert.deepEqual(engine.session.takeActs(), []);
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
      assert.equal(engine.call('SetValue', is12 ? 'cmi.core.lesson_location' : 'cmi.location', '1'), 'true');
    }

    it('reads and writes nothing but its data model', () => {
      for (const element of foreign) {
        refuses(({ call }) => call('GetValue', element), '');
        refuses(({ call }) => call('SetValue', element, 'x'), 'false');
      }
    });

    it('overwrites no container', () => {
      for (const element of containers) {
        refuses(({ call }) => call('GetValue', element), '');
        refuses(({ call }) => call('SetValue', element, 'x'), 'false');
      }
    });

    it('finds no item at an index that is none, or far away', () => {
      for (const index of indices) {
        refuses(({ call }) => call('SetValue', `cmi.interactions.${index}.id`, 'q'), 'false');
        refuses(({ call }) => call('SetValue', `cmi.objectives.${index}.id`, 'o'), 'false');
        refuses(({ call }) => call('GetValue', `cmi.objectives.${index}.id`), '');
      }
    });

    it('stores no value of ten megabytes, and none under such a name', () => {
      const huge = 'x'.repeat(10_000_000);
      refuses(({ call }) => call('SetValue', 'cmi.suspend_data', huge), 'false');
      refuses(({ call }) => call('SetValue', huge, 'x'), 'false');
      refuses(({ call }) => call('GetValue', `cmi.${huge}`), '');
      const { call } = open();
      call('SetValue', 'cmi.suspend_data', huge);
      assert.match(call('GetDiagnostic', ''), /10000000 characters are more than can be stored/);
    });

    it('passes objects, which are read once, and refused where they cannot be', () => {
      const throwing = [
        {
          toString: () => {
            throw new Error('no');
          },
        },
        {
          [Symbol.toPrimitive]: () => {
            throw new Error('no');
          },
        },
        { [Symbol.toPrimitive]: () => ({}) },
        { toString: () => ({}), valueOf: () => ({}) },
        Object.create(null) as object,
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('no');
            },
          },
        ),
      ];
      for (const object of throwing) {
        refuses(({ call }) => call('SetValue', 'cmi.suspend_data', object), 'false');
        refuses(({ call }) => call('SetValue', object, 'x'), 'false');
        refuses(({ call }) => call('GetValue', object), '');
        refuses(({ call }) => call('Commit', object), 'false');
        refuses(({ call }) => call(is12 ? 'Finish' : 'Terminate', object), 'false');
      }
      let times = 0;
      const fickle = { toString: () => (++times === 1 ? 'first' : 'x'.repeat(2_000_000)) };
      const { call, session } = open();
      session.takeActs();
      assert.equal(call('SetValue', 'cmi.suspend_data', fickle), 'true');
      assert.equal(call('GetValue', 'cmi.suspend_data'), 'first');
      assert.deepEqual(session.takeActs(), [
        { do: 'set', activity: 'one', element: 'cmi.suspend_data', value: 'first' },
      ]);
    });

    it('calls from within a call', () => {
      const { call, session, error } = open();
      const last = { toString: () => call(is12 ? 'Finish' : 'Terminate', '') };
      assert.equal(call('SetValue', 'cmi.suspend_data', last), 'false', 'the session was over by then');
      assert.equal(error(), is12 ? '301' : '133');
      assert.equal(session.takeActs().at(-1)!.do, 'terminate');
    });

    it('calls 100,000 times, and what is left to send is what it changed', () => {
      const { call, session, json } = open();
      const [location, response] = is12
        ? ['cmi.core.lesson_location', 'student_response']
        : ['cmi.location', 'learner_response'];
      for (let i = 0; i < 12_500; i++) {
        const question = `cmi.interactions.${i % 20}`;
        call('SetValue', location, String(i));
        call('SetValue', 'cmi.suspend_data', `page ${i}`);
        call('SetValue', `${question}.id`, `q${i % 20}`);
        call('SetValue', `${question}.type`, 'choice');
        call('SetValue', `${question}.${response}`, `a${i}`);
        call('SetValue', `${question}.result`, i % 2 ? 'correct' : 'neutral');
        call('GetValue', location);
        call('Commit', '');
      }
      const acts = session.takeActs();
      assert.ok(acts.length < 110, `${acts.length} acts`);
      const { state, refused } = apply(definition, newState(definition), settings, acts);
      assert.deepEqual(refused, []);
      assert.deepEqual(JSON.parse(JSON.stringify(state)), json());
    });

    it('fills its attempt, and is told when it is full; what is stored still fits into one record of the store', () => {
      const { call, session, error } = open();
      // The worst there is: six characters of JSON for each.
      const page = '\u0000'.repeat(40_000);
      const [comment, id] = is12 ? ['student_response', 'id'] : ['description', 'id'];
      let items = 0;
      while (items < 5_000 && call('SetValue', `cmi.interactions.${items}.${id}`, `q${items}`) === 'true') {
        if (call('SetValue', `cmi.interactions.${items}.${comment}`, page) !== 'true') break;
        items += 1;
      }
      assert.equal(error(), is12 ? '405' : '351');
      assert.match(call('GetDiagnostic', ''), /more than can be stored/);
      assert.ok(items > 50 && sizeOf(session.state) <= largestState, `${items} items`);
      assert.ok(JSON.stringify(session.state).length < 16_000_000);
      assert.equal(call('SetValue', `cmi.interactions.0.${comment}`, 'less'), 'true', 'room can be made');
    });

    it('makes no more items than there may be', () => {
      const { call } = open();
      let items = 0;
      while (call('SetValue', `cmi.interactions.${items}.id`, 'q') === 'true') items += 1;
      assert.equal(items, 5_000);
    });
  });
}

it('a hostile course changes its mind so often that what waits is too much: it is told, and goes on when that is sent', () => {
  const { session } = running(courses['SCORM 2004'], 'one');
  const set = (leaf: string, value: string) => session.call('SetValue', `cmi.interactions.0.${leaf}`, value);
  const long = 'x'.repeat(500_000);
  set('id', 'q');
  let rounds = 0;
  while (rounds < 100) {
    if (set('type', rounds % 2 ? 'other' : 'fill-in') !== 'true') break;
    if (set('learner_response', `${rounds}${long}`) !== 'true') break;
    rounds += 1;
  }
  assert.ok(rounds > 10 && rounds < 20, `${rounds} rounds`);
  assert.equal(session.call('GetLastError'), '351');
  assert.match(session.call('GetDiagnostic', ''), /Too much waits to be saved/);
  assert.ok(session.takeActs().length < 50);
  assert.equal(set('type', 'choice'), 'true');
});
