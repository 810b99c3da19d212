import assert from 'node:assert/strict';
import { links } from '../../src/attempts/link.model.ts';
import { courses } from '../../src/packages/course.model.ts';
import { lti } from '../lti/platform.ts';
import { openClassroom, type Classroom } from './world.ts';

describe("a link's rules, on its page", () => {
  let room: Classroom;
  let visit: string;
  before(async () => {
    room = await openClassroom();
    ({ visit } = await room.enter());
  });
  after(() => room.stop());

  const usual = {
    counts: 'score',
    keep: 'best',
    override: 'keep',
    window: 'inherit',
    limit: 'inherit',
    again: 'inherit',
    completion: 'inherit',
  };
  const save = (more: Record<string, string>, token = visit) =>
    room.step('rules/save', token, { ...usual, ...more });
  /** The choices made in the form of a page, and what stands in its fields. */
  const chosen = (text: string) => [...text.matchAll(/id="([\w-]+)"[^>]* checked/g)].map(([, id]) => id);
  const typed = (text: string, name: string) =>
    new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(text)?.[1];
  const rules = async () => {
    const { rules: grade, play } = await room.link();
    return { ...grade, play: play ?? {} };
  };

  it('are the usual ones and the course’s at first, and say what those are', async () => {
    await courses(room.app.ctx.db).updateOne(
      { _id: room.course },
      { $set: { play: { attempts: 3, completion: { by: 'time', seconds: 90 } } } },
    );
    const { text } = await room.step('rules', visit).expect(200);
    assert.deepEqual(chosen(text), [
      'counts-score',
      'keep-best',
      'override-keep',
      'window-inherit',
      'limit-inherit',
      'again-inherit',
      'completion-inherit',
    ]);
    assert.match(text, /id="limit-inherit-hint">At most 3 attempts</);
    assert.match(text, /id="completion-inherit-hint">After at least 1\.5 minutes in it</);
    assert.match(text, /The points of the column are set in Test LMS/);
    await courses(room.app.ctx.db).updateOne({ _id: room.course }, { $unset: { play: 1 } });
  });

  const cases: [string, Record<string, string>, object, string[]][] = [
    [
      'completion',
      { counts: 'completion' },
      { counts: 'completion', passBy: 'course' },
      ['counts-completion'],
    ],
    ['passing as the course says', { counts: 'pass' }, { counts: 'pass', passBy: 'course' }, ['counts-pass']],
    [
      'a pass mark for want of the course’s',
      { counts: 'pass', least: '60' },
      { counts: 'pass', passMark: 0.6, passBy: 'course' },
      ['counts-pass'],
    ],
    [
      'a pass mark before all',
      { counts: 'mark', mark: '72,5' },
      { counts: 'pass', passMark: 0.725, passBy: 'mark' },
      ['counts-mark'],
    ],
    ['the last attempt', { keep: 'last' }, { keep: 'last' }, ['keep-last']],
    ['the average', { keep: 'average' }, { keep: 'average' }, ['keep-average']],
    ['ours before a teacher’s', { override: 'replace' }, { override: 'replace' }, ['override-replace']],
    ['two attempts', { limit: 'some', attempts: '2' }, { play: { attempts: 2 } }, ['limit-some']],
    ['as many as they like', { limit: 'none' }, { play: { attempts: 0 } }, ['limit-none']],
    [
      'a window, always again, five minutes',
      { window: 'new', again: 'always', completion: 'time', minutes: '5' },
      { play: { window: 'new', again: 'always', completion: { by: 'time', seconds: 300 } } },
      ['window-new', 'again-always', 'completion-time'],
    ],
  ];
  for (const [what, form, holds, shown] of cases)
    it(`take ${what}, show it again, and forget it`, async () => {
      const { text } = await save(form).expect(200);
      assert.match(text, /Saved\. Grades that come out otherwise now are sent again/);
      const now = await rules();
      assert.deepEqual({ ...now, ...holds }, now);
      const { text: again } = await room.step('rules', visit).expect(200);
      for (const id of shown) assert.ok(chosen(again).includes(id), id);
      for (const [name, value] of Object.entries(form))
        if (/^\d/.test(value)) assert.equal(typed(again, name), value.replace(',', '.'));
      await save({}).expect(200);
      const { passMark, play, counts, keep, override } = await rules();
      assert.deepEqual([passMark, play, counts, keep, override], [undefined, {}, 'score', 'best', 'keep']);
    });

  const wrong: [Record<string, string>, RegExp][] = [
    [{ counts: '' }, /Choose what counts/],
    [{ counts: 'luck' }, /Choose what counts/],
    [{ keep: 'worst' }, /Choose which attempt counts/],
    [{ override: '' }, /Choose what becomes of a grade/],
    [{ counts: 'mark' }, /Enter the score from which/],
    [{ counts: 'mark', mark: '0' }, /Enter the score from which/],
    [{ counts: 'mark', mark: '"><script>' }, /Enter the score from which/],
    [{ counts: 'pass', least: '101' }, /Enter a pass mark up to 100/],
    [{ limit: 'some' }, /Enter how many attempts/],
    [{ window: 'door' }, /Choose where it plays/],
    [{ completion: 'time', minutes: 'long' }, /Enter how many minutes/],
  ];
  for (const [form, says] of wrong)
    it(`refuse ${JSON.stringify(form)}, say why, and keep what was typed`, async () => {
      const before = await rules();
      const { text } = await save({ keep: 'first', ...form }).expect(422);
      assert.match(text, says);
      assert.match(text, /role="alert"/);
      assert.doesNotMatch(text, /<script>/);
      if (!form.keep) assert.ok(chosen(text).includes('keep-first'));
      assert.deepEqual(await rules(), before);
    });

  it('change points where the column is ours, and say so before', async () => {
    const custom = { [lti('custom')]: { course: room.course, points: '20' } };
    const picked = { ...custom, [lti('resource_link')]: { id: 'picked', title: 'Picked' } };
    const other = await room.enter(picked);
    const { text } = await room.step('rules', other.visit).expect(200);
    assert.equal(typed(text, 'points'), '20');
    await save({ points: '12.5' }, other.visit).expect(200);
    const link = (await links(room.app.ctx.db).findOne({ resourceLink: 'picked' }).lean())!;
    assert.equal(link.rules.points, 12.5);
    for (const points of ['', '-1', '0', '1e99', 'many'])
      assert.match((await save({ points }, other.visit).expect(422)).text, /Enter how many points/);
    await save({ points: '7' }).expect(200);
    assert.equal((await rules()).points, 100, 'what the form does not ask is not taken');
  });

  it('say how many grades a change is about', async () => {
    await room.graded('a', { score: 0.5 });
    assert.match((await room.step('rules', visit)).text, /One learner has a grade here already/);
    await room.graded('b', { score: 0.5 });
    assert.match((await room.step('rules', visit)).text, /2 learners have a grade here already/);
  });
});
