import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { createInvitation } from '../../src/lti/invitations.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';
import { claim } from '../../src/sandbox/protocol.ts';
import type { Trouble } from '../../src/sandbox/trouble.ts';
import type { Login } from '../../src/sandbox/initiate.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/start.ts';
import { freePort, startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { scorm12Package } from '../support/make-package.ts';
import { readForm } from './fake-tool.ts';

describe('the sandbox LMS and Coursedock, over HTTP', () => {
  const clock = makeClock();
  let coursedock: TestApp;
  let sandbox: Sandbox;
  let folder: string;
  let workspace: string;
  const courses: Record<string, string> = {};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-loop-'));
    coursedock = await startApp({ overrides: { now: clock.now } });
    const { ctx } = coursedock;
    workspace = await defaultWorkspace(ctx);
    for (const title of ['Fire safety', 'First aid']) {
      const path = join(folder, `${title}.zip`);
      await writeFile(path, scorm12Package({ title }));
      courses[title] = (await ingestPackage(ctx, { path, workspace, by: 'test' })).course._id;
    }
    sandbox = await startSandbox({
      url: `http://127.0.0.1:${await freePort()}`,
      toolUrl: coursedock.url,
      dataFile: join(folder, 'sandbox.json'),
      now: clock.now,
      log: pino({ level: 'silent' }),
    });
  });
  after(async () => {
    await sandbox?.stop();
    await coursedock?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('registers by an invitation, which serves once', async () => {
    const { ctx, app } = coursedock;
    const { url } = await createInvitation(ctx, { workspace, by: 'test', approves: true });
    await sandbox.register(url);
    assert.equal(sandbox.registered, true);
    assert.equal(sandbox.tool?.initiateLoginUri, `${coursedock.url}/lti/login`);
    assert.ok(sandbox.tool?.deepLink);
    await app
      .get(new URL(url).pathname)
      .query({ openid_configuration: `${sandbox.url}/.well-known/openid-configuration` })
      .expect(410);
  });

  it('lets the instructor pick two courses', async () => {
    const picker = await launch(await sandbox.pickAs('ada'));
    assert.equal(picker.status, 200, picker.text);
    const form = readForm(picker.text);
    const chosen = [courses['Fire safety']!, courses['First aid']!];
    const answer = await coursedock.app
      .post(form.action)
      .type('form')
      .send({
        ticket: form.fields.ticket,
        do: 'add',
        course: chosen,
        [`points_${chosen[0]}`]: '20',
        [`points_${chosen[1]}`]: '',
      })
      .expect(200);
    const back = readForm(answer.text);
    assert.equal(new URL(back.action).origin, sandbox.url);
    const picked = await fetch(back.action, { method: 'POST', body: new URLSearchParams(back.fields) });
    assert.equal(picked.status, 200, await picked.text());
    assert.deepEqual(
      sandbox.activities().map(({ title }) => title),
      ['Fire safety', 'First aid'],
    );
    assert.deepEqual(
      sandbox.lineItems().map(({ label, scoreMaximum }) => [label, scoreMaximum]),
      [['Fire safety', 20]],
    );
  });

  it('takes each learner to the player, with a token that nobody else has', async () => {
    const [graded] = sandbox.activities();
    const tokens = new Set<string>();
    for (const learner of ['ben', 'maria']) {
      const { status, headers, text } = await launch(await sandbox.launchAs(learner, graded!.id));
      assert.equal(status, 303, text);
      const to = new URL(String(headers.location));
      assert.equal(to.origin + to.pathname, `${coursedock.contentUrl}/play`);
      assert.ok(to.hash.length > 20);
      assert.equal(to.search, '');
      tokens.add(to.hash);
    }
    assert.equal(tokens.size, 2);
  });

  it('has the grade in its gradebook when the learner has finished', async () => {
    await finish('ben', 80);
    await until(() => gradeOf('ben')[0] !== null);
    assert.deepEqual(gradeOf('ben'), [16, 'Completed', 'FullyGraded']);
    assert.equal(gradeOf('maria')[0], null);
  });

  it("shows the learner's work to the instructor and to the learner, not to another", async () => {
    const [graded] = sandbox.activities();
    const teachers = await launch(await sandbox.reviewAs('ada', graded!.id, 'ben'));
    assert.equal(teachers.status, 200, teachers.text);
    assert.match(teachers.text, /<h1>.*Ben Carter[^]*Completed[^]*80%/);
    assert.match((await launch(await sandbox.reviewAs('ben', graded!.id, 'ben'))).text, /<h1>.*Your work/);
    assert.equal((await launch(await sandbox.reviewAs('maria', graded!.id, 'ben'))).status, 403);
    // Maria has opened it, and done nothing yet.
    assert.match((await launch(await sandbox.reviewAs('ada', graded!.id, 'maria'))).text, /Not started/);
    const page = async (path: string, as: string) =>
      fetch(sandbox.url + path, { headers: { cookie: `sandbox_as=${as}`, accept: 'text/html' } });
    const work = `/activities/${graded!.id}/work/ben`;
    assert.ok((await (await page('/gradebook', 'ada')).text()).includes(`href="${work}"`));
    assert.match(
      await (await page(work, 'ada')).text(),
      /<iframe id="work-frame"[^>]* src="[^"]*\/work\/ben\/open/,
    );
    for (const path of [work, `${work}/open`]) {
      assert.equal((await page(path, 'ben')).status, 200);
      assert.equal((await page(path, 'maria')).status, 403);
    }
    assert.equal((await page(`/activities/${graded!.id}/work/ada`, 'ada')).status, 404);
  });

  it('has the grade in the end, however long it was away, slow of wit, or in a bad mood', async () => {
    const moods: [string, number, Trouble][] = [
      ['/', 0, { down: true }],
      ['/token', 500, { token: 500 }],
      ['/token', 401, { token: 401, times: 1 }],
      // Reading the column and what stands there, or sending the score.
      ['/lineitems/', 429, { ags: 429, retryAfter: 30 }],
      ['/lineitems/', 503, { ags: 503 }],
      ['/lineitems/', 401, { ags: 401, times: 1 }],
    ];
    await finish('maria', 55, moods[0]![2]);
    for (const [path, status, mood] of moods) {
      sandbox.trouble = mood;
      const before = sandbox.heard.length;
      await until(() =>
        sandbox.heard.slice(before).some((one) => one.path.includes(path) && one.status === status),
      );
    }
    sandbox.trouble = {};
    await until(() => gradeOf('maria')[0] !== null);
    assert.deepEqual(gradeOf('maria'), [11, 'Completed', 'FullyGraded']);
    assert.deepEqual(gradeOf('ben'), [16, 'Completed', 'FullyGraded']);
  });

  it('shows the instructor who opens the activity where everybody is', async () => {
    const { status, text } = await launch(await sandbox.launchAs('ada', sandbox.activities()[0]!.id));
    assert.equal(status, 200, text);
    assert.match(text, /<h1><span class="few-lines">Fire safety<\/span><\/h1>/);
    const row = (name: string) => text.split('<tr>').find((one) => one.includes(`>${name}<`)) ?? '';
    assert.match(row('Ben Carter'), /Completed.*80%.*Delivered.*16 of 20/s);
    assert.match(row('María José Fernández-Villanueva de la Peña'), /Completed.*55%.*Delivered.*11 of 20/s);
    assert.doesNotMatch(text, />Ada/);
  });

  it('takes nobody to the player whose launch was signed wrongly', async () => {
    const [graded] = sandbox.activities();
    const wrong: [string, object][] = [
      ['another version', { [claim.version]: '11.3' }],
      ['an audience that is not the tool', { aud: 'somebody-else' }],
      ['an issuer that is not the platform', { iss: 'https://lms.example' }],
      ['a deployment nobody knows', { [claim.deploymentId]: '77' }],
      ['a nonce it was not asked for', { nonce: 'mine' }],
      ['no end', { exp: undefined }],
      ['an end that is past', { exp: 1_600_000_000 }],
      ['nobody in it', { sub: undefined }],
      ['no roles', { [claim.roles]: undefined }],
      ['no link', { [claim.resourceLink]: undefined }],
      ['another tool to go to', { [claim.targetLinkUri]: 'https://evil.example/launch' }],
    ];
    for (const [what, more] of wrong) {
      sandbox.trouble = { claims: (claims) => ({ ...claims, ...more }) };
      const { status, text, headers } = await launch(await sandbox.launchAs('ben', graded!.id));
      sandbox.trouble = {};
      assert.ok(status >= 400 && status < 500, `${what}: ${status} ${headers.location}`);
      assert.match(text, /<h1/, what);
    }
  });

  it('opens the same activity after the platform has changed its key', async () => {
    await sandbox.rotateKey();
    const { status, text } = await launch(await sandbox.launchAs('ben', sandbox.activities()[0]!.id));
    assert.equal(status, 303, text);
  });

  /** Lets the server's own worker do it, hour after hour of the server's clock. Mocha's time limit ends what never comes. */
  async function until(done: () => boolean): Promise<void> {
    for (let looks = 1; !done(); looks++) {
      await pause(20);
      if (looks % 25 === 0) clock.advance(3_600_000);
    }
  }
  const gradeOf = (learner: string) => {
    const { points, activityProgress, gradingProgress } = sandbox
      .grades()
      .find(({ user }) => user === learner)!;
    return [points, activityProgress, gradingProgress];
  };

  /** A learner opens the graded activity and the course says that it is done; the LMS is in trouble from then on. */
  async function finish(learner: string, score: number, trouble: Trouble = {}): Promise<void> {
    const { headers } = await launch(await sandbox.launchAs(learner, sandbox.activities()[0]!.id));
    const player = (path: string, body: object = {}) =>
      coursedock.content
        .post(path)
        .set('Authorization', `Bearer ${new URL(String(headers.location)).hash.slice(1)}`)
        .send(body)
        .expect(200);
    const { body: opened } = await player('/play/open');
    const activity = 'item_1';
    const set = (element: string, value: string) => ({ do: 'set', activity, element, value });
    const patch = [
      { do: 'open', activity },
      { do: 'initialize', activity },
      set('cmi.core.score.raw', String(score)),
      set('cmi.core.lesson_status', 'completed'),
      { do: 'terminate', activity, ms: 1000 },
    ];
    sandbox.trouble = trouble;
    const { body: committed } = await player('/play/commit', {
      launch: opened.launch,
      seq: opened.seq + 1,
      patch,
    });
    assert.equal(committed.progress.completion, 'completed');
  }

  /** What a browser does between the click in the LMS and the tool's page: login, sign-in, launch, with the login's cookie. */
  async function launch(login: Login) {
    const { app } = coursedock;
    const toPlatform = await app
      .post(new URL(login.action).pathname)
      .type('form')
      .send(login.fields)
      .expect(302);
    const cookies = ([] as string[])
      .concat(toPlatform.headers['set-cookie'] ?? [])
      .map((cookie) => cookie.split(';')[0]!);
    const signedIn = await fetch(String(toPlatform.headers.location));
    const { action, fields } = readForm(await signedIn.text());
    return app
      .post(new URL(action).pathname)
      .set('Cookie', cookies.join('; '))
      .set('Accept', 'text/html')
      .type('form')
      .send(fields);
  }
});
