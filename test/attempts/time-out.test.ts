import assert from 'node:assert/strict';
import { noteAlive } from '../../src/attempts/alive.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { listening } from '../../src/attempts/listening.model.ts';
import { hasListenedFor } from '../../src/attempts/listening.ts';
import { closeSilent } from '../../src/attempts/time-out.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import { newId } from '../../src/store/id.ts';
import { course12, course2004, sco } from '../scorm/courses.ts';
import { gradesOf, openAttemptsWorld, openEverything, openTab, stored, type AttemptsWorld } from './world.ts';

const minutes = (count: number) => count * 60_000;
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a tab of which nothing is heard', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());
  beforeEach(() => attempts(world.ctx.db).deleteMany({}));
  const sweep = () => closeSilent(world.ctx, 60);

  /** A learner in a course of which these calls are stored; the last one's Commit is a moment ago. */
  async function played(definition: CourseDefinition, ...calls: [method: string, a?: string, b?: string][]) {
    const everything = await openEverything(world.ctx, definition);
    const { tab, attempt, learner } = everything;
    if (definition.standard === 'scorm2004') tab.session.call('Initialize', '');
    for (const [method, a, b] of calls) tab.session.call(method, a ?? '', b);
    await tab.commit();
    const grade = async () => {
      const [row] = await gradesOf(world.ctx, learner);
      const { activityProgress, gradingProgress, scoreGiven } = row!.body.grade as Record<string, unknown>;
      return [activityProgress, gradingProgress, scoreGiven].filter((part) => part !== undefined).join(' ');
    };
    return { ...everything, grade, now: () => stored(world.ctx, attempt) };
  }

  const set12 = (element: string, value: string): [string, string, string] => [
    'LMSSetValue',
    `cmi.core.${element}`,
    value,
  ];
  const set2004 = (element: string, value: string): [string, string, string] => [
    'SetValue',
    `cmi.${element}`,
    value,
  ];
  const [one12, one2004] = [course12(sco('one')), course2004(sco('one'))];

  // what the course did → what its platform hears at once, and when it has been silent for an hour
  const table: [
    name: string,
    definition: CourseDefinition,
    calls: [string, string?, string?][],
    atOnce: string,
    afterwards: string,
  ][] = [
    [
      '1.2, half-way',
      one12,
      [set12('lesson_status', 'incomplete'), set12('lesson_location', '3'), ['LMSCommit']],
      'InProgress NotReady',
      'InProgress NotReady',
    ],
    [
      '1.2, completed without a score',
      one12,
      [set12('lesson_status', 'completed'), ['LMSCommit']],
      'Completed Pending',
      'Completed FullyGraded 100',
    ],
    [
      '1.2, completed with a score',
      one12,
      [set12('score.raw', '40'), set12('lesson_status', 'completed'), ['LMSCommit']],
      'Completed FullyGraded 40',
      'Completed FullyGraded 40',
    ],
    [
      '1.2, failed',
      one12,
      [set12('lesson_status', 'failed')],
      'Completed FullyGraded 0',
      'Completed FullyGraded 0',
    ],
    [
      '1.2, completed and finished',
      one12,
      [set12('lesson_status', 'completed'), ['LMSFinish']],
      'Completed FullyGraded 100',
      'Completed FullyGraded 100',
    ],
    [
      '2004, half-way',
      one2004,
      [set2004('completion_status', 'incomplete'), set2004('suspend_data', 'x')],
      'InProgress NotReady',
      'InProgress NotReady',
    ],
    [
      '2004, completed without a score',
      one2004,
      [set2004('completion_status', 'completed'), ['Commit']],
      'Completed Pending',
      'Completed FullyGraded 100',
    ],
    [
      '2004, completed and passed',
      one2004,
      [set2004('completion_status', 'completed'), set2004('success_status', 'passed')],
      'Completed FullyGraded 100',
      'Completed FullyGraded 100',
    ],
    [
      '2004, completed and terminated',
      one2004,
      [set2004('completion_status', 'completed'), ['Terminate']],
      'Completed FullyGraded 100',
      'Completed FullyGraded 100',
    ],
  ];
  for (const [name, definition, calls, atOnce, afterwards] of table) {
    it(`is closed after an hour: ${name}: ${atOnce} → ${afterwards}`, async () => {
      const { grade, now } = await played(definition, ...calls);
      assert.equal(await grade(), atOnce);
      world.clock.advance(minutes(59));
      assert.equal(await sweep(), 0);
      assert.equal(await grade(), atOnce);
      world.clock.advance(minutes(2));
      const isOpen = (await now()).live !== undefined;
      assert.equal(isOpen, !calls.some(([method]) => /Finish|Terminate/.test(method)));
      assert.equal(await sweep(), isOpen ? 1 : 0);
      assert.equal(await grade(), afterwards);
      const { live, unannounced, progress, announced } = await now();
      assert.deepEqual([live, unannounced], [undefined, undefined]);
      if (afterwards !== atOnce) assert.deepEqual(json(announced), json(progress));
      assert.equal(await sweep(), 0);
    });
  }

  it('stays open as long as somebody is there, reading', async () => {
    const { tab, grade } = await played(one12, set12('lesson_status', 'completed'));
    for (let i = 0; i < 5; i++) {
      world.clock.advance(minutes(40));
      assert.equal(await sweep(), 0);
      await noteAlive(world.ctx, tab.token);
    }
    assert.equal(await grade(), 'Completed Pending');
    world.clock.advance(minutes(61));
    assert.equal(await sweep(), 1);
    await noteAlive(world.ctx, tab.token);
    assert.equal(await sweep(), 0);
  });

  it('may come back: what it did meanwhile is stored, and corrects what was said too early', async () => {
    const { tab, grade, now } = await played(one12, set12('lesson_status', 'completed'));
    world.clock.advance(minutes(90));
    await sweep();
    assert.equal(await grade(), 'Completed FullyGraded 100');
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '70');
    tab.session.call('LMSSetValue', 'cmi.core.lesson_location', 'after lunch');
    world.warnings.length = 0;
    await tab.commit();
    assert.deepEqual(world.warnings, []);
    assert.equal(await grade(), 'Completed FullyGraded 70');
    const { state, live } = await now();
    assert.deepEqual(JSON.parse(state), json(tab.session.state));
    assert.ok(live);
  });

  it('is closed once by two processes, and not at all where it speaks in the same moment', async () => {
    const silent = await played(one12, set12('lesson_status', 'completed'));
    const speaking = await played(one12, set12('lesson_status', 'completed'));
    world.clock.advance(minutes(61));
    speaking.tab.session.call('LMSSetValue', 'cmi.core.lesson_location', 'here');
    const [, ...closed] = await Promise.all([speaking.tab.commit(), sweep(), sweep()]);
    const revision = (await speaking.now()).revision;
    assert.equal(closed[0]! + closed[1]!, 1 + (revision - 2));
    assert.equal((await gradesOf(world.ctx, silent.learner)).length, 1);
    assert.equal((await silent.now()).revision, 2);
    assert.match((await speaking.now()).state, /"here"/);
    assert.ok((await speaking.now()).live);
  });

  it('is a suspend for the next launch, with the time it reported and the time we measured', async () => {
    const { tab, attempt, definition, now } = await played(
      one12,
      set12('lesson_status', 'incomplete'),
      set12('lesson_location', '3'),
      set12('session_time', '00:20:00'),
    );
    world.clock.advance(minutes(25));
    await tab.send(2, [{ do: 'commit', activity: 'one', ms: minutes(25) }]);
    world.clock.advance(minutes(61));
    assert.equal(await sweep(), 1);
    assert.equal((await now()).progress.seconds, 1200);
    const next = await openTab(world.ctx, attempt, definition);
    next.session.open('one');
    next.session.call('LMSInitialize', '');
    assert.equal(next.session.call('LMSGetValue', 'cmi.core.entry'), 'resume');
    assert.equal(next.session.call('LMSGetValue', 'cmi.core.lesson_location'), '3');
    assert.equal(next.session.call('LMSGetValue', 'cmi.core.total_time'), '0000:20:00');
    await next.commit();
    const { seconds, measured } = JSON.parse((await now()).state).activities.one;
    assert.deepEqual([seconds, measured], [1200, 1500]);
  });

  describe('while a server is away', () => {
    const every = (pause: number, length: number) => Array.from({ length }, () => pause);
    // minutes between two looks around, by whichever process → is a silence of an hour the learner's, at the last of them?
    const looks: [what: string, pauses: number[], isHeard: boolean][] = [
      ['is not told from silence at the first start of all', [0], false],
      ['is not, for the first hour', every(1, 59), false],
      ['is, when a server has been there for an hour', every(1, 60), true],
      ['is, when it was started again meanwhile', every(3, 20), true],
      ['is not, when it was away', [...every(1, 60), 4], false],
      ['is not, when it was away for a day', [...every(1, 60), 1440], false],
      ['is, an hour after it came back', [...every(1, 60), 90, ...every(2, 30)], true],
    ];
    for (const [what, pauses, isHeard] of looks) {
      it(what, async () => {
        await listening(world.ctx.db).deleteMany({});
        // Two processes: one of them alone may be away.
        await Promise.all([hasListenedFor(world.ctx, 60), hasListenedFor(world.ctx, 60)]);
        let heard: boolean[] = [];
        for (const pause of pauses) {
          world.clock.advance(minutes(pause));
          heard = await Promise.all([hasListenedFor(world.ctx, 60), hasListenedFor(world.ctx, 60)]);
        }
        assert.deepEqual(heard, [isHeard, isHeard]);
      });
    }
  });

  it('does not keep others open where one cannot be closed, and they are closed in any number', async () => {
    const { attempt } = await played(one12, set12('lesson_location', '3'));
    const one = await stored(world.ctx, attempt);
    const copies = Array.from({ length: 60 }, (_, i) => ({
      ...one,
      _id: newId('att'),
      number: i + 2,
      state: i < 25 ? 'broken' : one.state,
    }));
    await attempts(world.ctx.db).insertMany(copies);
    world.clock.advance(minutes(61));
    assert.equal(await sweep(), 36);
    assert.equal(await attempts(world.ctx.db).countDocuments({ live: { $exists: true } }), 25);
    assert.equal(await sweep(), 0);
  });
});
