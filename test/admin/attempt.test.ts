import assert from 'node:assert/strict';
import { createApiKey } from '../../src/access/api-keys.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { keepLines, readLog } from '../../src/attempts/log.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { busyWorkspace, endless, hostile } from './busy-workspace.ts';
import { signedIn, type Agent } from './signed-in.ts';

describe('an attempt', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  let key: string;
  let busy: Awaited<ReturnType<typeof busyWorkspace>>;
  let foreign: string;
  before(async () => {
    app = await startApp();
    ({ agent, csrf } = await signedIn(app));
    busy = await busyWorkspace(app.ctx);
    const mine = (await attempts(app.ctx.db).findOne({ _id: busy.bare }).lean())!;
    foreign = 'att_foreign';
    await attempts(app.ctx.db).create({ ...mine, _id: foreign, workspace: 'wsp_other', number: 77 });
    ({ key } = await createApiKey(app.ctx, { workspace: mine.workspace, name: 'test', by: 'test' }));
  });
  after(() => app?.stop());

  const at = (id: string, rest = '') => `/admin/attempts/${id}${rest}`;
  const show = async (path: string) => (await agent.get(path).expect(200)).text;
  const post = (path: string, form: object = {}) =>
    agent
      .post(path)
      .type('form')
      .send({ csrf, ...form });
  const api = (method: 'get' | 'put' | 'delete', path: string, as = key) =>
    app.app[method](`/api/v1/attempts/${path}`).set('X-API-Key', as);
  const plain = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

  describe('on its page', () => {
    it('is reached from its course, and says all that is known of it', async () => {
      assert.ok((await show(`/admin/courses/${busy.course}`)).includes(`href="${at(busy.attempt)}"`));
      const text = plain(await show(at(busy.attempt)));
      for (const said of [
        'Lena Learner',
        'Passed',
        'Week 3: safety',
        'Suspend data: 3,977 characters',
        '21 min',
        'lift-with-the-legs',
        'Q1_how_to_lift',
        'Correct: b,c',
        'took 12 s',
        'The platform took the grade.',
        'To play · Moodle of Example University',
        'To look back',
      ])
        assert.ok(text.includes(said), said);
    });

    it('says when it was finished only of what is through', async () => {
      const as = async (completion: string) => {
        const set = {
          finishedAt: new Date(),
          'progress.completion': completion,
          'progress.success': 'passed',
        };
        await attempts(app.ctx.db).updateOne({ _id: busy.bare }, { $set: set });
        return plain(await show(at(busy.bare)));
      };
      const before = (await attempts(app.ctx.db).findOne({ _id: busy.bare }).lean())!;
      assert.doesNotMatch(await as('incomplete'), /Finished/);
      assert.match(await as('completed'), /Finished/);
      await attempts(app.ctx.db).replaceOne({ _id: busy.bare }, before);
    });

    it('shows what is hostile as text, and what is endless shortened', async () => {
      const html = await show(at(busy.attempt));
      assert.ok(!html.includes(hostile));
      assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;'));
      await keepLines(app.ctx, {
        id: 'lch_long:1',
        attempt: busy.bare,
        lines: [{ at: 1, kind: 'call', name: endless, element: endless, value: endless, result: endless }],
      });
      assert.ok((await show(at(busy.bare))).length < 40_000);
    });

    it('is there though its course was removed, and not for others', async () => {
      await agent.get(at('att_none')).expect(404);
      for (const path of ['', '/log.json', '/log.txt']) await agent.get(at(foreign, path)).expect(404);
      for (const path of ['/log', '/log/forget']) await post(at(foreign, path), { turn: 'on' }).expect(404);
      assert.equal((await attempts(app.ctx.db).findOne({ _id: foreign }).lean())!.log, undefined);
      await app.app.get(at(busy.attempt)).redirects(0).expect(303);
      const { workspace } = (await attempts(app.ctx.db).findOne({ _id: busy.bare }).lean())!;
      await removeCourse(app.ctx, workspace, busy.course);
      assert.ok(!(await show(at(busy.attempt))).includes(`href="/admin/courses/${busy.course}"`));
    });
  });

  describe('its log', () => {
    it('is switched on and off by who may, and says by whom and until when', async () => {
      assert.match(plain(await show(at(busy.bare))), /Switch on for a day/);
      await post(at(busy.bare, '/log'), { turn: 'on', csrf: 'x' }).expect(403);
      await post(at(busy.bare, '/log'), { turn: 'sideways' }).expect(400);
      const { headers } = await post(at(busy.bare, '/log'), { turn: 'on' }).expect(303);
      const on = await show(headers.location!);
      assert.match(on, /role="status"[^]*The log is on/);
      assert.match(plain(on), /Switched on by Ada Admin .* switches itself off/);
      const { log } = (await attempts(app.ctx.db).findOne({ _id: busy.bare }).lean())!;
      assert.equal(log!.until.getTime() - log!.at.getTime(), 24 * 3_600_000);
      await post(at(busy.bare, '/log'), { turn: 'off' }).expect(303);
      assert.match(plain(await show(at(busy.bare))), /Last switched on by Ada Admin/);
    });

    it('says calls with their answers and errors, and what happened between', async () => {
      const text = plain(await show(at(busy.attempt)));
      for (const said of [
        'LMSGetValue(&#34;cmi.core.lesson_mood&#34;)',
        '201 Invalid argument error',
        'LMSSetValue(&#34;cmi.core.lesson_status&#34;, &#34;done&#34;)',
        '405 Incorrect data type',
        '(64,000 characters)',
        'Saved by the server: 1',
        'Not done again by the server: set cmi.core.score.raw',
        'Network lost',
        'names, answers and results too',
      ])
        assert.ok(text.includes(said), said);
      const errors = plain(await show(at(busy.attempt, '?show=errors')));
      assert.ok(errors.includes('405 Incorrect data type') && !errors.includes('Network lost'));
      await agent.get(at(busy.attempt, '?show=x&skip=-1&skip=2')).expect(200);
    });

    it('is read page by page', async () => {
      const lines = Array.from({ length: 450 }, (_, i) => ({
        at: i,
        kind: 'event' as const,
        name: `n${i}.`,
      }));
      await keepLines(app.ctx, { id: 'lch_pages:1', attempt: 'att_pages', lines });
      const mine = (await attempts(app.ctx.db).findOne({ _id: busy.bare }).lean())!;
      await attempts(app.ctx.db).create({ ...mine, _id: 'att_pages', number: 78 });
      const newest = await show(at('att_pages'));
      assert.ok(newest.includes('n449.') && newest.includes('n250.') && !newest.includes('n249.'));
      const older = /href="([^"]+skip=200#log)"/.exec(newest)![1]!;
      const next = await show(older.replace('#log', ''));
      assert.ok(next.includes('n249.') && next.includes('n50.') && !next.includes('n49.'));
      const last = await show(at('att_pages', '?skip=400'));
      assert.ok(last.includes('n0.') && !last.includes('Older lines') && last.includes('Newest lines'));
    });

    it('is taken away as JSON and as text, and deleted', async () => {
      const { headers, body } = await agent.get(at(busy.attempt, '/log.json')).expect(200);
      assert.match(headers['content-disposition']!, /attachment; filename="?att_\w+-log\.json"?$/);
      assert.deepEqual([body.attempt, body.on, body.data.length], [busy.attempt, true, 10]);
      const { text } = await agent.get(at(busy.attempt, '/log.txt')).expect(200);
      assert.match(
        text,
        /^[\d-]+T[\d:.]+Z\t\+0\.602\titem_1\tLMSSetValue\("cmi\.core\.lesson_status", "done"\) -> "false"\t+! 405 Incorrect data type$/m,
      );
      await post(at(busy.attempt, '/log/forget'), { csrf: 'x' }).expect(403);
      const { headers: gone } = await post(at(busy.attempt, '/log/forget')).expect(303);
      assert.match(plain(await show(gone.location!)), /What the log held is deleted\..*Nothing yet/);
      assert.deepEqual((await readLog(app.ctx, busy.attempt)).lines, []);
    });
  });

  describe('for programs', () => {
    it('is one record with its parts, times and openings', async () => {
      const { body } = await api('get', busy.attempt).expect(200);
      assert.deepEqual(
        [body.id, body.status, body.score, body.completion, body.time],
        [busy.attempt, 'passed', 0.85, { by: 'course' }, { reported: 1260, measured: 0 }],
      );
      const [part] = body.activities;
      assert.deepEqual([part.id, part.suspendData, part.objectives.length], ['item_1', 3_977, 2]);
      assert.equal(part.interactions[0].response, 'b,c');
      assert.deepEqual(body.launches.map(({ mode }: { mode: string }) => mode).toSorted(), [
        'normal',
        'review',
      ]);
    });

    it('has a log that is switched, read and deleted', async () => {
      const put = (id: string, body: object) => api('put', `${id}/log`).send(body);
      const { body: on } = await put(busy.bare, { on: true }).expect(200);
      assert.equal(on.on, true);
      await keepLines(app.ctx, {
        id: 'lch_api:1',
        attempt: busy.bare,
        lines: [
          { at: 0, ms: 5, kind: 'call', name: 'LMSFinish', result: 'true' },
          { at: 1, kind: 'call', name: 'LMSCommit', result: 'false', error: '301' },
        ],
      });
      const { body: log } = await api('get', `${busy.bare}/log`).expect(200);
      assert.deepEqual([log.on, log.until, log.dropped], [true, on.until, 0]);
      assert.deepEqual(log.data.slice(0, 1), [
        { at: '1970-01-01T00:00:00.000Z', ms: 5, kind: 'call', name: 'LMSFinish', result: 'true' },
      ]);
      const { body: errors } = await api('get', `${busy.bare}/log?errors=true`).expect(200);
      assert.deepEqual(
        errors.data.map(({ name }: { name: string }) => name),
        ['LMSCommit'],
      );
      assert.equal((await put(busy.bare, { on: false }).expect(200)).body.on, false);
      await api('delete', `${busy.bare}/log`).expect(204);
      assert.deepEqual((await api('get', `${busy.bare}/log`)).body.data, []);
      for (const body of [{}, { on: 'yes' }, { on: true, until: 1 }]) await put(busy.bare, body).expect(422);
    });

    it('needs the scope, and belongs to its workspace', async () => {
      const { workspace } = (await attempts(app.ctx.db).findOne({ _id: busy.bare }).lean())!;
      const reader = await createApiKey(app.ctx, {
        workspace,
        name: 'r',
        by: 't',
        scopes: ['attempts:read'],
      });
      await api('get', `${busy.bare}/log`, reader.key).expect(200);
      await api('put', `${busy.bare}/log`, reader.key).send({ on: true }).expect(403);
      await api('delete', `${busy.bare}/log`, reader.key).expect(403);
      const none = await createApiKey(app.ctx, { workspace, name: 'n', by: 't', scopes: ['courses:read'] });
      for (const path of [busy.bare, `${busy.bare}/log`]) await api('get', path, none.key).expect(403);
      for (const id of [foreign, 'att_none', 'x%00', '..%2f']) {
        for (const path of [id, `${id}/log`]) await api('get', path).expect(404);
        await api('put', `${id}/log`).send({ on: true }).expect(404);
        await api('delete', `${id}/log`).expect(404);
        await api('delete', id).expect(404);
      }
      await api('delete', busy.bare, reader.key).expect(403);
    });

    it('can be deleted, once', async () => {
      await api('delete', busy.bare).expect(204);
      await api('get', busy.bare).expect(404);
      await api('delete', busy.bare).expect(404);
      assert.ok(await attempts(app.ctx.db).exists({ _id: foreign }));
    });
  });
});
