import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { links } from '../../src/attempts/link.model.ts';
import type { Context } from '../../src/context.ts';
import type { DispatchRecord } from '../../src/dispatch/dispatch.model.ts';
import {
  closeDispatch,
  createDispatch,
  findDispatch,
  getDispatch,
  listDispatches,
  reopenDispatch,
} from '../../src/dispatch/dispatches.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { NotFound } from '../../src/web/errors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { scorm12Package } from '../support/make-package.ts';
import { makeDispatch, workspace } from './course.ts';

describe('the door of dispatches', () => {
  let server: TestApp;
  let ctx: Context;
  let dispatch: DispatchRecord;

  before(async () => {
    server = await startApp();
    ctx = server.ctx;
  });
  after(() => server?.stop());
  beforeEach(async () => {
    ({ dispatch } = await makeDispatch(ctx, scorm12Package({ title: 'Safety' })));
  });

  const asked = (more: object = {}) => ({
    shellKey: dispatch.shellKey,
    learnerId: 'sam',
    name: 'Student, Sam',
    hint: '',
    lmsOrigin: 'https://lms.example',
    standard: 'scorm12',
    ...more,
  });
  const knock = (body: object, id = dispatch._id) =>
    server.app
      .post(`/dispatch/${id}/launch`)
      .set('Origin', 'https://lms.example')
      .set('Accept', 'application/json')
      .send(body);
  const tokenOf = (url: string) => new URL(url).hash.slice(1);

  it('sends a learner of any LMS into the course, on the content origin, with the token in the fragment', async () => {
    const { status, body, headers } = await knock(asked());
    assert.equal(status, 200, JSON.stringify(body));
    assert.ok(body.url.startsWith(`${server.contentUrl}/play#`), body.url);
    assert.deepEqual(body.snapshot, {
      completion: 'not attempted',
      success: 'unknown',
      seconds: 0,
      revision: 0,
    });
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['access-control-allow-credentials'], undefined);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['set-cookie'], undefined);
    const { launch, attempt } = await takeLaunch(ctx, tokenOf(body.url));
    assert.equal(launch.mode, 'normal');
    assert.equal(attempt.graded, true);
    assert.equal(attempt.course, dispatch.course);
    const link = await links(ctx.db).findOne({ _id: attempt.link }).lean();
    assert.deepEqual([link?.kind, link?.key, link?.title], ['dispatch', `dispatch:${dispatch._id}`, 'Acme']);
    const learner = await learners(ctx.db).findOne({ _id: attempt.learner }).lean();
    assert.deepEqual([learner?.sub, learner?.name, learner?.workspace], ['sam', 'Student, Sam', workspace]);
    assert.ok(!learner?.key.includes('sam'));
    const seen = await findDispatch(ctx, workspace, dispatch._id);
    assert.equal(seen?.launchedFrom, 'https://lms.example');
  });

  it('answers a shell without a preflight: JSON in text/plain', async () => {
    const { status } = await server.app
      .post(`/dispatch/${dispatch._id}/launch`)
      .set('Content-Type', 'text/plain;charset=UTF-8')
      .send(JSON.stringify(asked()));
    assert.equal(status, 200);
  });

  it('answers a preflight of any origin', async () => {
    const { status, headers } = await server.app
      .options(`/dispatch/${dispatch._id}/launch`)
      .set('Origin', 'https://lms.example')
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'content-type');
    assert.equal(status, 204);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['access-control-allow-headers'], 'Content-Type');
  });

  it('gives a learner the same attempt again, and another learner another', async () => {
    const attemptOf = async (body: object) =>
      (await takeLaunch(ctx, tokenOf((await knock(body)).body.url))).attempt._id;
    const sam = await attemptOf(asked());
    assert.equal(await attemptOf(asked({ name: 'Sam Student' })), sam);
    assert.notEqual(await attemptOf(asked({ learnerId: 'eva' })), sam);
  });

  it('never takes the learners of two dispatches for one person', async () => {
    const other = await createDispatch(ctx, {
      workspace,
      course: dispatch.course,
      name: 'Other',
      by: 'prs_test',
    });
    await knock(asked());
    await knock(asked({ shellKey: other.shellKey }), other._id);
    assert.equal(
      await learners(ctx.db).countDocuments({
        sub: 'sam',
        key: { $regex: `^dispatch:(${dispatch._id}|${other._id}):` },
      }),
      2,
    );
  });

  it('knows a learner without an id again by the hint it gave', async () => {
    const first = await knock(asked({ learnerId: '' }));
    assert.match(first.body.hint, /^[\w-]{32}$/);
    const second = await knock(asked({ learnerId: '  ', hint: first.body.hint }));
    const third = await knock(asked({ learnerId: '' }));
    const attempt = async (answer: typeof first) =>
      (await takeLaunch(ctx, tokenOf(answer.body.url))).attempt._id;
    assert.equal(await attempt(second), await attempt(first));
    assert.notEqual(await attempt(third), await attempt(first));
    // A hint is no way to become somebody who has an id.
    assert.notEqual(
      await attempt(await knock(asked({ learnerId: '', hint: 'sam' }))),
      await attempt(await knock(asked())),
    );
  });

  it('makes one attempt of two windows opened at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => knock(asked())));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(await attempts(ctx.db).countDocuments({ course: dispatch.course }), 1);
  });

  it('keeps browsing and looking back out of the record', async () => {
    const browse = await takeLaunch(ctx, tokenOf((await knock(asked({ mode: 'browse' }))).body.url));
    assert.deepEqual([browse.launch.mode, browse.attempt.graded], ['browse', false]);
    const review = await takeLaunch(ctx, tokenOf((await knock(asked({ mode: 'review' }))).body.url));
    assert.deepEqual([review.launch.mode, review.attempt.graded], ['review', true]);
  });

  describe('refuses, in words for the learner,', () => {
    const refused = async (answer: ReturnType<typeof knock>, status: number, code: string) => {
      const { body, headers, type, ...rest } = await answer;
      assert.equal(rest.status, status, JSON.stringify(body));
      assert.equal(type, 'application/problem+json');
      assert.equal(headers['access-control-allow-origin'], '*', 'the shell could not read it');
      assert.equal(body.code, code);
      assert.ok(body.title.length > 10 && body.detail.length > 20, JSON.stringify(body));
      assert.equal(body.url, undefined);
    };

    it('a key that is not its own', async () => {
      const other = await createDispatch(ctx, {
        workspace,
        course: dispatch.course,
        name: '',
        by: 'prs_test',
      });
      await refused(knock(asked({ shellKey: other.shellKey })), 403, 'dispatch-key');
      await refused(knock(asked({ shellKey: '' })), 403, 'dispatch-key');
    });

    it('a dispatch that is not there', async () => refused(knock(asked(), 'dsp_0'), 404, 'dispatch-unknown'));

    it('a dispatch that was closed, until it is opened again', async () => {
      await closeDispatch(ctx, workspace, dispatch._id);
      await refused(knock(asked()), 403, 'dispatch-closed');
      await reopenDispatch(ctx, workspace, dispatch._id);
      assert.equal((await knock(asked())).status, 200);
    });

    it('a course that was removed', async () => {
      await removeCourse(ctx, workspace, dispatch.course);
      await refused(knock(asked()), 410, 'course-gone');
    });

    const rubbish: [string, object][] = [
      ['nothing', {}],
      ['a list', []],
      ['an operator for a key', { shellKey: { $ne: '' } }],
      ['an operator for a learner', { learnerId: { $gt: '' } }],
      ['numbers', { learnerId: 7, name: 8 }],
      ['a very long id', { learnerId: 'x'.repeat(501) }],
      ['an unknown standard', { standard: 'aicc' }],
      ['an unknown mode', { mode: 'admin' }],
      ['a hint with markup', { hint: '<script>' }],
    ];
    for (const [name, body] of rubbish) {
      it(name, async () =>
        refused(knock(name === 'nothing' || Array.isArray(body) ? body : asked(body)), 400, 'invalid'),
      );
    }

    it('what is not JSON, and what is too long', async () => {
      const send = (text: string) =>
        server.app.post(`/dispatch/${dispatch._id}/launch`).set('Content-Type', 'text/plain').send(text);
      for (const [text, status] of [
        ['{', 400],
        ['', 400],
        ['"x"', 400],
        [`{"a":"${'x'.repeat(20_000)}"}`, 413],
      ] as const) {
        const answer = await send(text);
        assert.equal(answer.status, status, text.slice(0, 20));
        assert.equal(answer.headers['access-control-allow-origin'], '*');
      }
      assert.equal((await server.app.get(`/dispatch/${dispatch._id}/launch`)).status, 404);
    });
  });

  it('is not found on the content origin', async () => {
    const { status } = await server.content.post(`/dispatch/${dispatch._id}/launch`).send(asked());
    assert.equal(status, 404);
  });
});

describe('dispatches', () => {
  let server: TestApp;
  let ctx: Context;
  let course: string;

  before(async () => {
    server = await startApp();
    ctx = server.ctx;
    course = (await makeDispatch(ctx, scorm12Package({ title: 'Safety' }))).course._id;
  });
  after(() => server?.stop());

  it('belong to a workspace and to one of its courses', async () => {
    const { _id } = await createDispatch(ctx, { workspace, course, name: '  ', by: 'prs_test' });
    assert.equal((await getDispatch(ctx, workspace, _id)).name, 'Safety');
    assert.equal(await findDispatch(ctx, 'wsp_other', _id), undefined);
    await assert.rejects(getDispatch(ctx, 'wsp_other', _id), NotFound);
    await assert.rejects(closeDispatch(ctx, 'wsp_other', _id), NotFound);
    await assert.rejects(
      createDispatch(ctx, { workspace: 'wsp_other', course, name: 'x', by: 'prs_test' }),
      NotFound,
    );
    await assert.rejects(
      createDispatch(ctx, { workspace, course: 'crs_0', name: 'x', by: 'prs_test' }),
      NotFound,
    );
  });

  it('are listed newest first, page by page, of one course or all', async () => {
    for (let i = 0; i < 5; i++)
      await createDispatch(ctx, { workspace: workspace, course, name: `d${i}`, by: 'prs_test' });
    const seen: DispatchRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await listDispatches(ctx, workspace, { course, limit: 2, cursor });
      seen.push(...page.dispatches);
      cursor = page.nextCursor;
    } while (cursor);
    assert.equal(new Set(seen.map(({ _id }) => _id)).size, seen.length);
    assert.deepEqual(
      seen
        .map(({ name }) => name)
        .filter((name) => /^d\d$/.test(name))
        .sort(),
      ['d0', 'd1', 'd2', 'd3', 'd4'],
    );
    assert.equal((await listDispatches(ctx, workspace, { course: 'crs_0', limit: 5 })).dispatches.length, 0);
    await assert.rejects(listDispatches(ctx, workspace, { limit: 5, cursor: 'rubbish' }), {
      type: 'bad-cursor',
    });
  });

  it('stay closed at the time they were closed first', async () => {
    const { _id } = await createDispatch(ctx, { workspace, course, name: 'x', by: 'prs_test' });
    const first = await closeDispatch(ctx, workspace, _id);
    assert.deepEqual((await closeDispatch(ctx, workspace, _id)).closedAt, first.closedAt);
    assert.equal((await reopenDispatch(ctx, workspace, _id)).closedAt, undefined);
  });
});
