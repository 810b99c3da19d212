import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { queueGrade, type GradeBody, type GradedLink } from '../../src/grades/queue.ts';
import {
  disablePlatform,
  enablePlatform,
  findDeployment,
  recordDeployment,
  savePlatform,
} from '../../src/lti/platforms.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { lanes } from '../../src/outbox/lane.model.ts';
import { sendAgain } from '../../src/outbox/deliveries.ts';
import { deliverDue } from '../../src/outbox/worker.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { makeClock, type Clock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { openGradebook, type Gradebook } from './gradebook.ts';

const scope = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

describe('a grade', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let clock: Clock;
  let ctx: Context;
  let book: Gradebook;
  let link: GradedLink;
  let canvasLink: GradedLink;
  let otherLink: GradedLink;
  const learner = { _id: 'lrn_1', sub: '42' };

  before(async function () {
    this.timeout(60_000); // two RSA key pairs
    clock = makeClock();
    book = await openGradebook();
    world = await openWorld({ now: clock.now });
    ctx = world.ctx;
    link = await linkOn('https://lms.example', 'moodle');
    canvasLink = await linkOn('https://canvas.example', 'canvas');
    otherLink = await linkOn('https://other.example', 'other');
  });
  after(async () => {
    await world?.close();
    await book?.close();
  });
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    await lanes(ctx.db).deleteMany({});
    clock.advance(60_000);
    book.posted.length = 0;
  });

  async function linkOn(issuer: string, family: 'moodle' | 'canvas' | 'other'): Promise<GradedLink> {
    const platform = await savePlatform(ctx, {
      workspace: 'wsp_1',
      issuer,
      clientId: 'abc',
      name: family,
      family,
      authorizationEndpoint: `${book.url}/auth`,
      tokenEndpoint: `${book.url}/token`,
      jwksUri: `${book.url}/jwks`,
    });
    const deployment = await recordDeployment(ctx, {
      platform: platform!,
      deploymentId: '1',
      status: 'approved',
      name: '',
    });
    return {
      _id: 'lnk_1',
      workspace: 'wsp_1',
      kind: 'lti',
      course: 'crs_1',
      title: 'Golf',
      rules: { counts: 'score', keep: 'best', points: 10 },
      deployment: deployment._id,
      lineItem: book.lineItem,
      scopes: [scope],
    };
  }

  const done = (score?: number): Progress => ({
    completion: 'completed',
    success: 'unknown',
    score,
    seconds: 60,
  });
  const underway: Progress = { completion: 'incomplete', success: 'unknown', seconds: 5 };
  let revision = 0;
  const queue = (progress: Progress, more: Partial<Parameters<typeof queueGrade>[1]> = {}) =>
    queueGrade(ctx, {
      link,
      learner,
      attempt: { _id: 'att_1', number: 1, graded: true, revision: ++revision },
      progress,
      ...more,
    });
  const deliver = () => deliverDue(ctx, { grade: deliverGrade });
  const row = async () => (await deliveries(ctx.db).findOne({ kind: 'grade' }).lean<DeliveryRecord>())!;
  const rows = () => deliveries(ctx.db).countDocuments({});

  it('arrives in its column, with the words and the media type of AGS', async () => {
    await queue(done(0.85));
    await deliver();
    assert.deepEqual(book.posted, [
      {
        path: '/courses/2/lineitems/5/lineitem/scores?type_id=1',
        authorization: `Bearer t${book.tokens}`,
        contentType: 'application/vnd.ims.lis.v1.score+json',
        score: {
          userId: '42',
          activityProgress: 'Completed',
          gradingProgress: 'FullyGraded',
          scoreGiven: 8.5,
          scoreMaximum: 10,
          timestamp: clock.now().toISOString(),
        },
      },
    ]);
    const { status, answers, about } = await row();
    assert.equal(status, 'delivered');
    assert.equal(answers[0]?.text, 'Taken: 8.5 of 10 points.');
    assert.deepEqual(
      [about.attempt, about.link, about.learner, about.course],
      ['att_1', 'lnk_1', 'lrn_1', 'crs_1'],
    );
  });

  it('is not queued where there is nothing to tell or nobody to tell it to', async () => {
    const attempt = { _id: 'att_1', number: 1, graded: true, revision: 1 };
    await queue(done(1), { attempt: { ...attempt, graded: false } });
    await queue(done(1), { link: { ...link, lineItem: undefined } });
    await queue(done(1), { link: { ...link, scopes: undefined } });
    await queue(done(1), {
      link: { ...link, scopes: ['https://purl.imsglobal.org/spec/lti-ags/scope/lineitem'] },
    });
    await queue(done(1), { link: { ...link, kind: 'dispatch' } });
    await queue(done(1), { link: { ...link, deployment: 'dep_gone' } });
    await queue(done(1), { link: { ...link, deployment: undefined } });
    await queue(done(1), { link: { ...link, rules: { ...link.rules, points: 0 } } });
    await queue(done(1), { learner: { _id: 'lrn_1', sub: '' } });
    assert.equal(await rows(), 0);
  });

  it('is told once, however often the same is announced', async () => {
    for (let i = 0; i < 3; i++) await queue(done(0.5));
    await deliver();
    await queue(done(0.5));
    await deliver();
    assert.equal(book.posted.length, 1);
  });

  it('is that of the newest commit when 50 are announced at the same moment', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => queue(done(Math.floor(i / 5) / 10))));
    assert.equal(await rows(), 1);
    assert.equal(((await row()).body as GradeBody).grade.scoreGiven, 9);
  });

  it('is not changed by an older commit that is announced late', async () => {
    const attempt = { _id: 'att_1', number: 1, graded: true };
    const last = { ...link, rules: { ...link.rules, keep: 'last' as const } };
    await queue(done(0.9), { link: last, attempt: { ...attempt, revision: 1_000_002 } });
    await queue(done(0.2), { link: last, attempt: { ...attempt, revision: 1_000_001 } });
    assert.equal(((await row()).body as GradeBody).grade.scoreGiven, 9);
  });

  it('does not take back a grade that stands when the learner starts again', async () => {
    await queue(done(0.5));
    await deliver();
    clock.advance(5000);
    await queue(underway, {
      attempt: { _id: 'att_2', number: 2, graded: true, revision: 1 },
      others: [done(0.5)],
    });
    assert.equal(await deliver(), 0);
    await queue(done(0.8), {
      attempt: { _id: 'att_2', number: 2, graded: true, revision: 2 },
      others: [done(0.5)],
    });
    await deliver();
    assert.deepEqual(
      book.posted.map(({ score }) => score.scoreGiven),
      [5, 8],
    );
  });

  it('counts all attempts in their order', async () => {
    const first = { ...link, rules: { ...link.rules, keep: 'first' as const } };
    await queue(done(0.3), {
      link: first,
      attempt: { _id: 'att_1', number: 1, graded: true, revision: 1 },
      others: [done(0.9)],
    });
    await deliver();
    assert.equal(book.posted[0]?.score.scoreGiven, 3);
  });

  it('sends several scores in the order of time, a second apart at least, each later than the last', async () => {
    await queue(underway, { link: otherLink });
    clock.advance(15_000);
    await deliver();
    await queue(done(0.5), { link: otherLink });
    assert.equal(await deliver(), 0);
    clock.advance(1000);
    await deliver();
    await queue(done(0.6), { link: otherLink });
    clock.advance(700);
    assert.equal(await deliver(), 0);
    clock.advance(300);
    await deliver();
    const times = book.posted.map(({ score }) => Date.parse(String(score.timestamp)));
    assert.equal(times.length, 3);
    for (const [i, time] of times.entries())
      if (i > 0) assert.ok(time - times[i - 1]! >= 1000, JSON.stringify(times));
  });

  it('keeps the time at which the learner got there, when it is sent late', async () => {
    const reached = clock.now().toISOString();
    await queue(done(0.5));
    clock.advance(3600_000);
    await deliver();
    assert.equal(book.posted[0]?.score.timestamp, reached);
  });

  it('goes again with a later time after a conflict, until the platform takes it', async () => {
    book.answer({ status: 409, body: '[]' }, { status: 409, body: '[]' });
    await queue(done(0.5));
    await deliver();
    assert.match((await row()).answers[0]!.text, /later time.*409 Conflict/);
    clock.advance(6000);
    await deliver();
    clock.advance(40_000);
    await deliver();
    assert.equal((await row()).status, 'delivered');
    const times = book.posted.map(({ score }) => Date.parse(String(score.timestamp)));
    assert.equal(times[2], clock.now().getTime());
    assert.ok(times[0]! < times[1]! && times[1]! < times[2]!);
  });

  it('lets a newer grade stand that the platform insists on', async () => {
    book.answer(...Array.from({ length: 10 }, () => ({ status: 409 })));
    await queue(done(0.5));
    for (let i = 0; i < 14; i++) {
      await deliver();
      clock.advance(8 * 3600_000);
    }
    assert.equal(book.posted.length, 10);
    assert.equal((await row()).status, 'given up');
    assert.match((await row()).answers.at(-1)!.text, /That one stays/);
  });

  const table: [
    status: number,
    becomes: DeliveryRecord['status'],
    says: RegExp,
    more?: { body?: string; headers?: Record<string, string> },
  ][] = [
    [200, 'delivered', /5 of 10/],
    [201, 'delivered', /5 of 10/],
    [204, 'delivered', /5 of 10/],
    [202, 'delivered', /5 of 10/, { body: 'not { json', headers: { 'Content-Type': 'application/json' } }],
    [302, 'waiting', /moved to another address/, { headers: { Location: 'http://127.0.0.1/elsewhere' } }],
    [
      400,
      'given up',
      /not a student.*User could not be found/,
      { body: '{"reason":"User could not be found"}' },
    ],
    [401, 'waiting', /permission/],
    [403, 'waiting', /permissions for grades/, { body: 'not enrolled in the org unit' }],
    [
      403,
      'waiting',
      /slow down/,
      { body: 'Rate Limit Exceeded', headers: { 'X-Rate-Limit-Remaining': '0' } },
    ],
    [404, 'given up', /column/],
    [405, 'given up', /refused/],
    [422, 'given up', /not a student/],
    [429, 'waiting', /slow down/],
    [
      500,
      'waiting',
      /trouble of its own/,
      { body: '<html><body><h1>Oops</h1><script>evil()</script></body></html>' },
    ],
    [503, 'waiting', /trouble of its own/],
  ];
  for (const [status, becomes, says, more] of table) {
    it(`is ${becomes} after ${status}${more?.body ? ` ${more.body}` : ''}`, async () => {
      book.answer(...Array.from({ length: status === 401 ? 2 : 1 }, () => ({ status, ...more })));
      await queue(done(0.5));
      await deliver();
      const { status: stands, answers } = await row();
      assert.equal(stands, becomes);
      assert.equal(answers[0]?.status, status);
      assert.match(answers[0]!.text, says);
      assert.doesNotMatch(answers[0]!.text, /<|evil/);
    });
  }

  it('waits as long as the platform asks', async () => {
    book.answer({ status: 429, headers: { 'Retry-After': '120' } });
    await queue(done(0.5));
    await deliver();
    clock.advance(119_000);
    assert.equal(await deliver(), 0);
    clock.advance(1000);
    assert.equal(await deliver(), 1);
    assert.equal((await row()).status, 'delivered');
  });

  it('takes a new token when the platform has forgotten the old one', async () => {
    await queue(done(0.4));
    await deliver();
    const before = book.tokens;
    book.answer({ status: 401 });
    clock.advance(1000);
    await queue(done(0.5));
    await deliver();
    assert.equal((await row()).status, 'delivered');
    assert.equal(book.tokens, before + 1);
  });

  it('waits for a platform that gives no token, without blaming the learner', async () => {
    clock.advance(2 * 3600_000); // the token kept from before has ended
    book.answerToken({ status: 400, body: '{"error":"invalid_client"}' });
    await queue(done(0.5));
    await deliver();
    const { status, answers } = await row();
    assert.equal(status, 'waiting');
    assert.match(answers[0]!.text, /no leave to send grades.*invalid_client/);
    clock.advance(6001);
    await deliver();
    assert.equal((await row()).status, 'delivered');
  });

  it('says that the platform is in trouble, not that it gives no leave, when its token service is down', async () => {
    clock.advance(2 * 3600_000); // the token kept from before has ended
    book.answerToken({ status: 503, body: 'Service Unavailable' });
    await queue(done(0.5));
    await deliver();
    const { status, answers } = await row();
    assert.equal(status, 'waiting');
    assert.match(answers[0]!.text, /trouble of its own.*503/);
    clock.advance(6001);
    await deliver();
    assert.equal((await row()).status, 'delivered');
  });

  it('waits for a platform that does not answer, and arrives when it is back', async () => {
    const gone = { ...link, lineItem: 'http://127.0.0.1:9/lineitem' };
    await queue(done(0.5), { link: gone });
    await deliver();
    assert.equal((await row()).status, 'waiting');
    assert.match((await row()).answers[0]!.text, /did not answer/);
  });

  /** Where SpeedGrader shows a submission. */
  const shownAt = {
    submission_type: 'basic_lti_launch',
    submission_data: 'http://localhost:3000/lti/launch?attempt=att_1',
  };
  it('is one submission on a Canvas, however often it changes', async () => {
    await queue(underway, { link: canvasLink });
    clock.advance(60_000);
    assert.equal(await deliver(), 0, 'what is under way is nothing to Canvas');
    for (const score of [0.5, 0.7]) {
      clock.advance(1000);
      await queue(done(score), { link: canvasLink });
      await deliver();
    }
    const submits = book.posted.map(({ score }) => score['https://canvas.instructure.com/lti/submission']);
    assert.deepEqual(submits, [
      { new_submission: true, ...shownAt, prioritize_non_tool_grade: true },
      { new_submission: false, prioritize_non_tool_grade: true },
    ]);
  });

  it('is handed in on a Canvas at the time it was reached, however late it is sent', async () => {
    const submittedAt = clock.now().toISOString();
    await queue(done(0.5), { link: canvasLink });
    clock.advance(6 * 3600_000);
    await deliver();
    clock.advance(60_000);
    await queue(done(0.7), { link: canvasLink });
    await deliver();
    assert.deepEqual(
      book.posted.map(({ score }) => score.submission),
      [{ submittedAt }, undefined],
    );
  });

  it("is none on a Canvas when the learner's submissions are used up: the grade arrives all the same", async () => {
    const text = 'The maximum number of allowed attempts has been reached for this submission';
    book.answer({ status: 422, body: JSON.stringify({ errors: { message: text } }) });
    await queue(done(0.5), { link: canvasLink });
    await deliver();
    assert.equal((await row()).status, 'delivered');
    const submits = book.posted.map(
      ({ score }) => score['https://canvas.instructure.com/lti/submission'] as { new_submission: boolean },
    );
    assert.deepEqual(
      submits.map((submission) => submission.new_submission),
      [true, false],
    );
  });

  it('waits while its platform is switched off here, and goes when it is switched on', async () => {
    const { platform } = (await findDeployment(ctx, link.deployment!))!;
    await disablePlatform(ctx, 'wsp_1', platform);
    await queue(done(0.5));
    await deliver();
    assert.equal((await row()).status, 'waiting');
    assert.match((await row()).answers[0]!.text, /switched off here/);
    assert.equal(book.posted.length, 0);
    await enablePlatform(ctx, 'wsp_1', platform);
    clock.advance(7_000);
    await deliver();
    assert.equal((await row()).status, 'delivered');
  });

  it('is given up when its platform is gone', async () => {
    await queue(done(0.5));
    await deliveries(ctx.db).updateOne({}, { $set: { 'body.platform': 'plt_gone' } });
    await deliver();
    assert.equal((await row()).status, 'given up');
    assert.match((await row()).answers[0]!.text, /not connected any more/);
  });

  it('is a submission on a Canvas also when a better one came before the first could be sent', async () => {
    await queue(done(0.5), { link: canvasLink });
    await queue(done(0.7), { link: canvasLink });
    await deliver();
    const [only] = book.posted.map(({ score }) => score['https://canvas.instructure.com/lti/submission']);
    assert.deepEqual(only, { new_submission: true, ...shownAt, prioritize_non_tool_grade: true });
  });

  it('can be sent again by an admin, with a later time', async () => {
    await queue(done(0.5));
    await deliver();
    clock.advance(5000);
    await sendAgain(ctx, 'wsp_1', (await row())._id);
    await deliver();
    assert.equal(book.posted.length, 2);
    const [first, second] = book.posted.map(({ score }) => Date.parse(String(score.timestamp)));
    assert.ok(second! > first!);
  });
});
