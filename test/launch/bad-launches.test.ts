import assert from 'node:assert/strict';
import {
  approveDeployment,
  disableDeployment,
  disablePlatform,
  enablePlatform,
  findPlatformBy,
  listDeployments,
} from '../../src/lti/platforms.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { assertRefused, connect, launch, login } from '../lti/launching.ts';
import { learnerClaims, lti, startPlatform, type TestPlatform } from '../lti/platform.ts';
import { addCourse } from '../lti/courses.ts';
import { refused } from './refused.ts';
import type { World } from './table.ts';

describe('launches that must be refused', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;
  let course: string;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    await connect(app, platform);
    course = await addCourse(app, 'Golf');
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });

  const claims = (more: object = {}) => learnerClaims(platform, app, more);

  for (const [group, cases] of Object.entries(refused)) {
    describe(group, () => {
      const world: World = {
        get platform() {
          return platform;
        },
        get course() {
          return course;
        },
        loginApp: () => app,
        launchApp: () => app,
        between: async () => {},
      };
      for (const [name, make, status, says] of cases)
        it(`refuses ${name}`, async () => assertRefused(await make(world), status, says));
    });
  }

  it('leaves no prototype changed', () => {
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  describe('a state', () => {
    it('is good once of fifty at the same moment', async () => {
      const started = await login(app, platform);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      const cookie = [...started.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const tries = Array.from({ length: 50 }, () =>
        fetch(`${app.url}/lti/launch`, {
          method: 'POST',
          body: new URLSearchParams({ state: started.state, id_token }),
          headers: { cookie },
        }),
      );
      const codes = await Promise.all(
        (await Promise.all(tries)).map(
          async (response) => /<code>(no-course|lti-unknown-state)/.exec(await response.text())?.[1],
        ),
      );
      assert.equal(codes.filter((code) => code === 'no-course').length, 1);
      assert.equal(codes.filter((code) => code === 'lti-unknown-state').length, 49);
    });
    it('ends after ten minutes', async () => {
      const started = await login(app, platform);
      clock.advance(601_000);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        400,
        /used already/,
      );
    });
  });

  describe('deployments and platforms', () => {
    it('refuses an unknown deployment, remembers it, and lets it in when approved', async () => {
      const unknown = () => claims({ [lti('deployment_id')]: 'new-one' });
      await assertRefused(
        await launch(app, platform, unknown()),
        403,
        /administrator of this server must approve/,
      );
      await assertRefused(await launch(app, platform, unknown()), 403);
      const waiting = (await listDeployments(app.ctx, 'wsp_test')).filter(
        ({ status }) => status === 'waiting',
      );
      assert.deepEqual(
        waiting.map(({ deploymentId }) => deploymentId),
        ['new-one'],
      );
      await assert.rejects(approveDeployment(app.ctx, 'wsp_other', waiting[0]!._id), { status: 404 });
      await approveDeployment(app.ctx, 'wsp_test', waiting[0]!._id);
      assert.match(await (await launch(app, platform, unknown())).text(), /no-course/);
      await disableDeployment(app.ctx, 'wsp_test', waiting[0]!._id);
      await assertRefused(await launch(app, platform, unknown()), 403, /switched off/);
    });
    it('refuses a platform that was switched off, and lets it in when it is on again', async () => {
      const { _id } = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
      const started = await login(app, platform);
      await disablePlatform(app.ctx, 'wsp_test', _id);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      const go = () => started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token });
      await assertRefused(await go(), 403, /switched off/);
      await enablePlatform(app.ctx, 'wsp_test', _id);
      assert.match(await (await go()).text(), /no-course/, 'nothing was used up by it');
    });
  });
});
