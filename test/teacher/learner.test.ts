import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { keepLines, readLog } from '../../src/attempts/log.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { lti } from '../lti/platform.ts';
import { openClassroom, type Classroom } from './world.ts';

describe("a learner's page", () => {
  let room: Classroom;
  let visit: string;
  before(async () => {
    room = await openClassroom();
    ({ visit } = await room.enter());
  });
  after(() => room.stop());

  const show = async (learner: string, more: Record<string, string> = {}, status = 200) =>
    (await room.step('learner', visit, { learner, ...more }).expect(status)).text;
  const text = (html: string) =>
    html
      .replace(/<svg.*?<\/svg>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replaceAll('&#39;', "'")
      .replace(/\s+/g, ' ');
  const stored = (id: string) => attempts(room.app.ctx.db).findOne({ _id: id }).lean();

  const delivery = (learner: string) =>
    deliveries(room.app.ctx.db).findOne({ 'about.learner': learner }).lean();
  const refusedAnswer = () => ({
    status: 'given up' as const,
    tries: 9,
    answers: [
      {
        at: room.clock.now(),
        ok: false,
        status: 403,
        text: 'The platform does not let this tool write this grade.',
      },
    ],
  });

  it('shows what was done and answered, in the words of who reads it', async () => {
    const { learner } = await room.play('q', {
      'cmi.core.score.raw': '70',
      'cmi.core.lesson_status': 'passed',
      'cmi.core.session_time': '00:01:30',
      'cmi.interactions.0.id': 'capital-of-peru',
      'cmi.interactions.0.type': 'choice',
      'cmi.interactions.0.student_response': 'b',
      'cmi.interactions.0.result': 'wrong',
    });
    const page = text(await show(learner));
    assert.match(page, /Learner q Passed 70% sam@example\.org/);
    assert.match(page, /Golf explained Passed 70% 1 min 30 s/);
    assert.match(page, /capital-of-peru Multiple choice b Incorrect/);
    assert.match(page, /There is one attempt so far/);
    assert.doesNotMatch(page, /cmi|suspend|lesson/i);
  });

  it('shows each of several attempts, the newest first', async () => {
    const first = await room.attempt('two', 'Two', { completion: 'completed', score: 0.9 });
    const second = await room.attempt('two', 'Two', { completion: 'incomplete', score: 0.1 });
    const newest = await show(first.learner);
    assert.match(text(newest), /Attempt 2 Shown below .* Attempt 1 Version 1 Completed 90%/);
    assert.match(text(newest), /Two In progress 10% Attempt 2/);
    const older = await show(first.learner, { attempt: first._id });
    assert.match(text(older), /Two Completed 90% Attempt 1/);
    assert.match(older, new RegExp(`name="attempt" value="${second._id}"`));
  });

  it('goes back to the list it came from', async () => {
    const { learner } = await room.attempt('back', 'Back', {});
    const page = await show(learner, { search: 'ba"<', show: 'begun', page: '3' });
    const form = page.slice(page.indexOf('action="/link/learners"'));
    assert.match(
      form,
      /name="search" value="ba&#34;&lt;".*name="show" value="begun".*name="page" value="3"/s,
    );
  });

  it('tells how the grade went, and sends it again', async () => {
    const { learner } = await room.graded('again', { score: 0.5 }, refusedAnswer());
    const page = text(await show(learner));
    assert.match(
      page,
      /Not delivered 50 of 100 Test LMS does not let this tool write this grade\. Send the grade again/,
    );
    const sent = await room.step('learner/send', visit, { learner }).expect(200);
    assert.match(text(sent.text), /The grade is on its way again/);
    const row = (await delivery(learner))!;
    assert.deepEqual([row.status, row.tries], ['waiting', 0]);
  });

  it('sends all undelivered grades of the link again, or all there are', async () => {
    const gone = { status: 'delivered' as const, deliveredAt: room.clock.now(), tries: 1 };
    const [a, b, c] = [
      await room.graded('u1', { score: 0.5 }, refusedAnswer()),
      await room.graded('u2', { score: 0.5 }, refusedAnswer()),
      await room.graded('d', { score: 0.5 }, gone),
    ];
    const statuses = async () =>
      Promise.all([a, b, c].map(async ({ learner }) => (await delivery(learner))!.status));
    const list = (await room.step('learners', visit).expect(200)).text;
    assert.match(text(list), /Send 2 undelivered grades again Send all grades again/);
    const { text: some } = await room.step('learners/send', visit, { which: 'undelivered' }).expect(200);
    assert.match(text(some), /2 grades are on their way again/);
    assert.deepEqual(await statuses(), ['waiting', 'waiting', 'delivered']);
    await room.step('learners/send', visit, { which: 'all' }).expect(200);
    assert.deepEqual(await statuses(), ['waiting', 'waiting', 'waiting']);
    await room.step('learners/send', visit, { which: 'those' }).expect(400);
  });

  it('allows one more attempt, however often it is pressed', async () => {
    const attempt = await room.attempt('more', 'More', { completion: 'completed', score: 0.2 });
    const of = { learner: attempt.learner, attempt: attempt._id };
    assert.match(text(await show(attempt.learner)), /Allow another attempt/);
    for (let press = 0; press < 2; press++) {
      const { text: page } = await room.step('learner/another', visit, of).expect(200);
      assert.match(text(page), /One more attempt is allowed/);
      assert.doesNotMatch(page, /Allow another attempt/);
    }
    assert.equal((await stored(attempt._id))!.another, 1);
    await room.attempt('more', 'More', { completion: 'incomplete' });
    const { text: late } = await room.step('learner/another', visit, of).expect(409);
    assert.match(text(late), /has begun another attempt since/);
  });

  it('resets a learner who wants to begin anew, after it has said what is lost', async () => {
    await room.attempt('new', 'New One', { completion: 'completed', score: 0.2, seconds: 600 });
    const attempt = await room.graded(
      'new',
      { score: 0.5 },
      { status: 'delivered', deliveredAt: room.clock.now(), tries: 1 },
    );
    const of = { learner: attempt.learner, attempt: attempt._id };
    const { text: question } = await room.step('learner/reset', visit, of).expect(200);
    assert.match(text(question), /Reset (new|New One) All 2 attempts .* 11 min in all/);
    assert.match(text(question), /taken out of the gradebook of Test LMS/);
    assert.equal(await attempts(room.app.ctx.db).countDocuments({ learner: attempt.learner }), 2);
    const newer = await room.attempt('new', 'New One', {});
    const late = await room.step('learner/reset', visit, { ...of, sure: 'yes' }).expect(409);
    assert.match(text(late.text), /has begun another attempt since/);
    const now = { ...of, attempt: newer._id, sure: 'yes' };
    const { text: list } = await room.step('learner/reset', visit, now).expect(200);
    assert.match(text(list), /was reset and begins anew/);
    assert.equal(await attempts(room.app.ctx.db).countDocuments({ learner: attempt.learner }), 0);
    await room.step('learner/reset', visit, now).expect(404);
    await show(attempt.learner, {}, 404);
  });

  it('looks at an attempt as it was left, and changes nothing in it', async () => {
    const attempt = await room.attempt('look', 'Look', { completion: 'incomplete' });
    const of = { learner: attempt.learner, attempt: attempt._id };
    const { headers } = await room.step('learner/look', visit, of).expect(303);
    const taken = await takeLaunch(room.app.ctx, new URL(headers.location!).hash.slice(1));
    assert.deepEqual([taken.launch.mode, taken.attempt._id], ['review', attempt._id]);
    assert.equal(taken.launch.deployment !== undefined, true, 'it ends with the connection');
    assert.equal((await stored(attempt._id))!.launch, undefined);
  });

  it('switches the log of an attempt on and off, and shows it', async () => {
    const attempt = await room.attempt('log', 'Log', { completion: 'incomplete' });
    const of = { learner: attempt.learner, attempt: attempt._id };
    const on = await room.step('learner/log', visit, { ...of, turn: 'on' }).expect(200);
    assert.match(text(on.text), /The log is on for a day.*Switch off/);
    assert.ok((await stored(attempt._id))!.log!.until > room.clock.now());
    const at = room.clock.now().getTime();
    await keepLines(room.app.ctx, {
      id: 'x:1',
      attempt: attempt._id,
      lines: [
        { at, kind: 'call', name: 'LMSInitialize', result: 'true' },
        { at, kind: 'call', name: 'LMSSetValue', element: 'cmi.core.foo', value: '<i>', error: '401' },
      ],
    });
    const lines = (await room.step('learner/log/lines', visit, of).expect(200)).text;
    assert.match(lines, /LMSInitialize\(\)/);
    assert.match(lines, /&#34;&lt;i&gt;&#34;/);
    const errors = (await room.step('learner/log/lines', visit, { ...of, errors: 'yes' }).expect(200)).text;
    assert.doesNotMatch(errors, /LMSInitialize\(\)/);
    const file = await room.step('learner/log/file', visit, of).expect(200);
    assert.match(file.text, /LMSInitialize\(\)/);
    await room.step('learner/log', visit, { ...of, turn: 'off' }).expect(200);
    assert.ok((await stored(attempt._id))!.log!.until <= room.clock.now());
  });

  it('deletes the log of an attempt, once it is sure', async () => {
    const attempt = await room.attempt('forget', 'Forget me', { completion: 'incomplete' });
    const of = { learner: attempt.learner, attempt: attempt._id };
    const empty = await room.step('learner/log/lines', visit, of).expect(200);
    assert.doesNotMatch(empty.text, /log\/delete/, 'there is nothing to delete');
    const keep = (id: string) =>
      keepLines(room.app.ctx, {
        id,
        attempt: attempt._id,
        lines: [{ at: room.clock.now().getTime(), kind: 'call', name: 'LMSInitialize', result: 'true' }],
      });
    await keep('f:1');
    await keep('f:2');
    assert.match((await room.step('learner/log/lines', visit, of).expect(200)).text, /log\/delete/);
    const asked = (await room.step('learner/log/delete', visit, of).expect(200)).text;
    assert.match(
      text(asked),
      /Delete the debug log of Forget me.*What was kept of attempt 1 is deleted.*: 2\).*This cannot be undone/s,
    );
    assert.equal((await readLog(room.app.ctx, attempt._id)).lines.length, 2, 'not yet');
    const done = await room.step('learner/log/delete', visit, { ...of, sure: 'yes' }).expect(200);
    assert.match(text(done.text), /The log was deleted/);
    const { lines, total } = await readLog(room.app.ctx, attempt._id);
    assert.deepEqual([lines, total], [[], 0]);
    assert.ok(await stored(attempt._id), 'the attempt is still there');
  });

  it('is for learners of this link only, whatever a form says', async () => {
    const mine = await room.attempt('mine', 'Mine', {});
    const other = await room.enter({ [lti('resource_link')]: { id: 'elsewhere', title: 'Elsewhere' } });
    const theirs = await room.attempt('theirs', 'Theirs', {});
    const paths = [
      'learner',
      'learner/send',
      'learner/another',
      'learner/reset',
      'learner/look',
      'learner/log',
      'learner/log/lines',
      'learner/log/file',
      'learner/log/delete',
    ];
    for (const path of paths) {
      const send = (token: string, learner: string, attempt: string) =>
        room.step(path, token, { learner, attempt, turn: 'on', sure: 'yes' });
      await send(other.visit, mine.learner, mine._id).expect(404);
      await send(visit, 'lrn_nobody', mine._id).expect(404);
      await send(visit, '', mine._id).expect(404);
      if (path !== 'learner/send') await send(visit, mine.learner, theirs._id).expect(404);
    }
    for (const id of [mine._id, theirs._id]) {
      const attempt = (await stored(id))!;
      assert.deepEqual([attempt.log, attempt.another], [undefined, undefined]);
    }
  });
});
