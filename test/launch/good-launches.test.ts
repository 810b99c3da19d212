import assert from 'node:assert/strict';
import { links } from '../../src/attempts/link.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { takeVisit } from '../../src/teacher/visits.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connect, launch, login } from '../lti/launching.ts';
import { learnerClaims, lti, startPlatform, type TestPlatform } from '../lti/platform.ts';
import { accepted } from './accepted.ts';
import { visitIn, type World } from './table.ts';

describe('launches that must work', () => {
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

  const claims = (more: object = {}) =>
    learnerClaims(platform, app, { [lti('custom')]: { course }, ...more });
  const enter = async (given: object) => follow(await launch(app, platform, given));

  /** Follows the hand-over to the player. */
  async function follow(response: Response) {
    assert.equal(response.status, 303, await response.text());
    const location = new URL(response.headers.get('location')!);
    assert.equal(location.origin, app.contentUrl);
    assert.equal(location.pathname, '/play');
    assert.equal(location.search, '', 'the token is in the fragment, which no log sees');
    const { attempt, launch: opened } = await takeLaunch(app.ctx, location.hash.slice(1));
    const link = await links(app.ctx.db).findOne({ _id: attempt.link }).lean();
    const learner = await learners(app.ctx.db).findOne({ _id: attempt.learner }).lean();
    return { attempt, opened, link: link!, learner: learner! };
  }

  describe("a learner's launch", () => {
    it('opens a graded attempt on the link, with where its grade goes', async () => {
      const { attempt, opened, link, learner } = await enter(claims());
      assert.equal(attempt.graded, true);
      assert.equal(attempt.course, course);
      assert.equal(link.kind, 'lti');
      assert.equal(link.resourceLink, 'link-1');
      assert.equal(link.lineItem, `${platform.url}/items/7?type_id=1`);
      assert.deepEqual(link.scopes, ['https://purl.imsglobal.org/spec/lti-ags/scope/score']);
      assert.equal(learner.sub, '42');
      assert.equal(learner.name, 'Sam Student');
      assert.equal(opened.returnUrl, `${platform.url}/return`);
    });
    it('comes back to the same attempt, in a second tab, too', async () => {
      const [one, two] = [await enter(claims()), await enter(claims())];
      assert.equal(one.attempt._id, two.attempt._id);
      assert.notEqual(one.opened._id, two.opened._id);
    });
    it('is another attempt on another link, and in another course with the same link id', async () => {
      const one = await enter(claims());
      const two = await enter(claims({ [lti('resource_link')]: { id: 'link-2' } }));
      const three = await enter(claims({ [lti('context')]: { id: 'copy-of-9', title: 'Sports 2' } }));
      assert.equal(new Set([one, two, three].map(({ attempt }) => attempt._id)).size, 3);
      assert.equal(one.learner._id, three.learner._id);
    });
    it('keeps learners of two platforms apart', async () => {
      const other = await startPlatform();
      await connect(app, other);
      const one = await enter(claims());
      const response = await launch(app, other, learnerClaims(other, app, { [lti('custom')]: { course } }));
      const token = new URL(response.headers.get('location')!).hash.slice(1);
      const two = await takeLaunch(app.ctx, token);
      assert.notEqual(one.attempt.learner, two.attempt.learner);
      await other.stop();
    });
    it('forgets the cookie that has served', async () => {
      const response = await launch(app, platform, claims());
      assert.equal(response.started.browser.cookies.size, 0);
    });
    it('two users in one browser, two launches under way at once', async () => {
      const one = await login(app, platform);
      const two = await login(app, platform, {}, one.browser);
      for (const [started, sub] of [
        [two, 'a'],
        [one, 'b'],
      ] as const) {
        const id_token = await platform.sign({ ...claims({ sub }), nonce: started.nonce });
        const response = await started.browser.post(`${app.url}/lti/launch`, {
          state: started.state,
          id_token,
        });
        assert.equal(response.status, 303);
      }
    });
  });

  /** The page of the link that was launched: nothing is begun, nobody is graded. */
  async function assertPage(response: Response, before: number): Promise<void> {
    const visit = await takeVisit(app.ctx, await visitIn(response));
    assert.equal(visit.course._id, course);
    assert.equal(visit.link.kind, 'lti');
    assert.equal(await attempts(app.ctx.db).countDocuments(), before);
  }
  const endings = { graded: '', preview: ', and grades nothing', page: ', to the page of the link' };

  for (const [group, cases] of Object.entries(accepted)) {
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
      for (const [name, make, leads] of cases)
        it(`lets in ${name}${endings[leads]}`, async () => {
          const before = await attempts(app.ctx.db).countDocuments();
          const response = await make(world);
          if (leads === 'page') return assertPage(response, before);
          const graded = leads === 'graded';
          const { attempt, link } = await follow(response);
          assert.equal(attempt.course, course);
          assert.equal(attempt.graded, graded);
          assert.equal(link.kind, graded ? 'lti' : 'preview');
          if (!graded) assert.equal(link.lineItem, undefined);
        });
    });
  }

  describe('the course', () => {
    it('takes the course from nothing that is not signed', async () => {
      const other = await addCourse(app, 'Secret');
      const response = await launch(app, platform, claims(), {
        login: { target_link_uri: `${app.url}/lti/launch?course=${other}` },
      });
      const token = new URL(response.headers.get('location')!).hash.slice(1);
      assert.equal((await takeLaunch(app.ctx, token)).attempt.course, course);
    });
  });

  describe('a link without a course to show', () => {
    it('says so when none was picked', async () => {
      await assertRefused(
        await launch(app, platform, claims({ [lti('custom')]: {} })),
        404,
        /Tell your teacher/,
      );
      await assertRefused(
        await launch(app, platform, claims({ [lti('custom')]: {}, [lti('roles')]: ['Instructor'] })),
        404,
        /pick a course/,
      );
      await assertRefused(
        await launch(app, platform, claims({ [lti('custom')]: { course: '$course' } })),
        404,
        /No course/,
      );
    });
    it('says so when it was removed', async () => {
      const gone = await addCourse(app, 'Gone');
      await removeCourse(app.ctx, 'wsp_test', gone);
      await assertRefused(
        await launch(app, platform, claims({ [lti('custom')]: { course: gone } })),
        404,
        /not there any more/,
      );
    });
    it("does not show another workspace's", async () => {
      const foreign = await addCourse(app, 'Foreign', 'wsp_other');
      await assertRefused(
        await launch(app, platform, claims({ [lti('custom')]: { course: foreign } })),
        404,
        /not there any more/,
      );
    });
    it('makes no attempt', async () => {
      assert.equal(await attempts(app.ctx.db).countDocuments({ workspace: 'wsp_other' }), 0);
    });
  });
});
