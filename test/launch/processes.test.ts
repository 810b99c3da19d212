import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import {
  approveDeployment,
  disableDeployment,
  disablePlatform,
  enablePlatform,
  findPlatformBy,
} from '../../src/lti/platforms.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connect, launch, login } from '../lti/launching.ts';
import {
  deepLinkingClaims,
  learnerClaims,
  lti,
  makeBrowser,
  membershipRole,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';

describe('several processes on one store', () => {
  let dataDir: string;
  let platform: TestPlatform;
  let one: TestApp;
  let two: TestApp;
  let course: string;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
    platform = await startPlatform();
    one = await startApp({ dataDir });
    two = await startApp({ dataDir });
    await connect(one, platform);
    course = await addCourse(one, 'Golf');
  });
  after(async () => {
    await two.stop();
    await one.stop();
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const claims = (app: TestApp, nonce: string) =>
    learnerClaims(platform, app, { nonce, [lti('custom')]: { course } });

  it('take a launch that began at another', async () => {
    const started = await login(one, platform);
    const id_token = await platform.sign(claims(two, started.nonce));
    const response = await started.browser.post(`${two.url}/lti/launch`, { state: started.state, id_token });
    assert.equal(response.status, 303, await response.text());
  });

  it('let a token through once of a thousand at the same moment', async function () {
    this.timeout(60_000);
    const started = await login(one, platform);
    // The target address is the one thing that differs between the two here.
    const tokens = await Promise.all([one, two].map((app) => platform.sign(claims(app, started.nonce))));
    const cookie = [...started.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const tries = Array.from({ length: 1000 }, async (_, i) => {
      const body = new URLSearchParams({ state: started.state, id_token: tokens[i % 2]! });
      const response = await fetch(`${[one, two][i % 2]!.url}/lti/launch`, {
        method: 'POST',
        body,
        headers: { cookie },
        redirect: 'manual',
      });
      await response.text();
      return response.status;
    });
    const statuses = await Promise.all(tries);
    assert.equal(statuses.filter((status) => status === 303).length, 1);
    assert.equal(statuses.filter((status) => status === 400).length, 999);
  });

  it('end what began at another with the LMS that is switched off, though it is on again before anybody looks', async () => {
    const enter = async (app: TestApp, more: object) =>
      (
        await launch(app, platform, learnerClaims(platform, app, { [lti('custom')]: { course }, ...more }))
      ).text();
    const ticketIn = (page: string) => /name="(?:ticket|visit)" value="([\w-]+)"/.exec(page)![1]!;
    await enter(one, {});
    const teaches = { sub: '7', [lti('roles')]: [membershipRole('Instructor')] };
    const asks = {
      [lti('message_type')]: 'LtiSubmissionReviewRequest',
      [lti('for_user')]: { user_id: '42' },
    };
    const open = async () => ({
      visit: ticketIn(await enter(one, teaches)),
      review: ticketIn(await enter(one, { ...teaches, ...asks })),
      pick: ticketIn(await (await launch(one, platform, deepLinkingClaims(platform, one))).text()),
    });
    const learner = (await learners(two.ctx.db).findOne({ sub: '42' }).lean())!._id;
    const attempt = (await attempts(two.ctx.db).findOne({ learner }).lean())!._id;
    const ask = async ({ visit, review, pick }: Awaited<ReturnType<typeof open>>) => {
      const steps: [string, Record<string, string>][] = [
        ['/link/learners', { visit }],
        ['/link/learner/look', { visit, learner, attempt }],
        ['/link/preview', { visit }],
        ['/lti/review', { ticket: review, attempt }],
        ['/lti/review/look', { ticket: review, attempt }],
        ['/lti/preview', { ticket: pick, course }],
        ['/lti/pick', { ticket: pick, course }],
      ];
      const statuses: number[] = [];
      for (const [path, form] of steps)
        statuses.push((await makeBrowser().post(two.url + path, form)).status);
      return statuses;
    };
    assert.deepEqual(await ask(await open()), [200, 303, 303, 200, 303, 303, 200]);
    const { _id } = (await findPlatformBy(one.ctx, platform.url, platform.clientId))!;
    const { _id: place } = (await deployments(one.ctx.db).findOne({ platform: _id }).lean())!;
    const turns = [
      async () => {
        await disablePlatform(one.ctx, 'wsp_test', _id);
        await enablePlatform(one.ctx, 'wsp_test', _id);
      },
      async () => {
        await disableDeployment(one.ctx, 'wsp_test', place);
        await approveDeployment(one.ctx, 'wsp_test', place);
      },
    ];
    for (const offAndOn of turns) {
      const before = await open();
      await offAndOn();
      assert.deepEqual(await ask(before), [410, 410, 410, 410, 410, 410, 410]);
      const page = await (
        await makeBrowser().post(`${two.url}/lti/review`, { ticket: before.review, attempt })
      ).text();
      assert.match(page, /on again, but what was open before has ended/);
      assert.deepEqual(
        await ask(await open()),
        [200, 303, 303, 200, 303, 303, 200],
        'who opens it anew is in',
      );
    }
  });

  it('take a pick that began at another, once', async () => {
    const started = await login(one, platform);
    const id_token = await platform.sign(deepLinkingClaims(platform, one, {}, { nonce: started.nonce }));
    const text = await (
      await started.browser.post(`${one.url}/lti/launch`, { state: started.state, id_token })
    ).text();
    const ticket = /name="ticket" value="([^"]+)"/.exec(text)![1]!;
    const answers = await Promise.all(
      [one, two, one, two].map((app) => makeBrowser().post(`${app.url}/lti/pick`, { ticket, course })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410, 410, 410]);
  });

  it('take a launch that began before a restart, and none that was used before it', async () => {
    const started = await login(one, platform);
    const used = await login(one, platform);
    const cookies = new Map(used.browser.cookies);
    const token = await platform.sign(claims(one, used.nonce));
    const before = await used.browser.post(`${one.url}/lti/launch`, { state: used.state, id_token: token });
    assert.equal(before.status, 303);
    await two.stop();
    await one.stop();
    one = await startApp({ dataDir });
    two = await startApp({ dataDir });
    const id_token = await platform.sign(claims(one, started.nonce));
    const response = await started.browser.post(`${one.url}/lti/launch`, { state: started.state, id_token });
    assert.equal(response.status, 303, await response.text());
    for (const [name, value] of cookies) used.browser.cookies.set(name, value);
    for (const app of [one, two]) {
      const again = await platform.sign(claims(app, used.nonce));
      const answer = await used.browser.post(`${app.url}/lti/launch`, { state: used.state, id_token: again });
      await assertRefused(answer, 400, /used already/);
    }
  });
});

describe('too many requests', () => {
  it('are refused by the address they come from, with when to come again', async () => {
    const app = await startApp({ env: { TRUST_PROXY: 'true' } });
    const ask = (from: string) =>
      makeBrowser().get(`${app.url}/lti/register/none`, { 'x-forwarded-for': from });
    const statuses: number[] = [];
    for (let i = 0; i < 61; i += 1) statuses.push((await ask('203.0.113.7')).status);
    assert.deepEqual([...new Set(statuses.slice(0, 60))], [400]);
    assert.equal(statuses[60], 429);
    const refused = await ask('203.0.113.7');
    assert.equal(refused.headers.get('retry-after'), '60');
    assert.match(await refused.text(), /Too many requests/);
    assert.equal((await ask('203.0.113.8')).status, 400);
    // A whole school may sit behind one address: its logins are counted, too, but many may come.
    const left = async (from: string) => {
      const answer = await makeBrowser().post(`${app.url}/lti/login`, {}, { 'x-forwarded-for': from });
      return Number(answer.headers.get('ratelimit-remaining'));
    };
    assert.deepEqual(
      [await left('203.0.113.7'), await left('203.0.113.7'), await left('203.0.113.8')],
      [5999, 5998, 5999],
    );
    await app.stop();
  });
});
