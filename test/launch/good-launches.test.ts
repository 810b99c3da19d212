import assert from 'node:assert/strict';
import { links } from '../../src/attempts/link.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connect, launch, login } from '../lti/launching.ts';
import {
  agsEndpoint,
  learnerClaims,
  lti,
  membershipRole,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';

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
  const without = (given: Record<string, unknown>, ...names: string[]) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
  const seconds = () => Math.floor(clock.now().getTime() / 1000);

  /** Launches and follows the hand-over to the player. */
  async function enter(given: object) {
    const response = await launch(app, platform, given);
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

  describe('launches of the certification and of real LMSs that must work', () => {
    const graded: [string, () => object][] = [
      [
        'multiple roles',
        () => claims({ [lti('roles')]: [membershipRole('Learner'), membershipRole('Member')] }),
      ],
      ['a short role', () => claims({ [lti('roles')]: ['Learner'] })],
      ['a role of LTI 1.1', () => claims({ [lti('roles')]: ['urn:lti:role:ims/lis/Learner'] })],
      ['only an e-mail', () => without(claims(), 'name')],
      [
        'only names',
        () => without(claims({ name: undefined, given_name: 'Sam', family_name: 'Student' }), 'email'),
      ],
      ['no personal data', () => without(claims(), 'name', 'email')],
      ['an e-mail and no context', () => without(claims(), lti('context'))],
      [
        'only a resource link',
        () => without(claims(), 'name', 'email', lti('context'), lti('launch_presentation'), agsEndpoint),
      ],
      ['one audience in a list', () => claims({ aud: [platform.clientId] })],
      [
        'several audiences and the right azp',
        () => claims({ aud: [platform.clientId, 'b'], azp: platform.clientId }),
      ],
      [
        'unknown claims',
        () => claims({ 'https://lms.example/claim/x': { deep: [1] }, [lti('lti1p1')]: null }),
      ],
      ['a numeric user id', () => claims({ sub: '3' })],
      [
        'null for what the platform does not have',
        () => claims({ [lti('context')]: null, [lti('launch_presentation')]: null, [agsEndpoint]: null }),
      ],
      [
        'null and empty addresses for services that are not there',
        () => claims({ [agsEndpoint]: { scope: [], lineitem: null, lineitems: '' } }),
      ],
      ['no grade service', () => without(claims(), agsEndpoint)],
      ['line items only', () => claims({ [agsEndpoint]: { scope: [], lineitems: `${platform.url}/items` } })],
      [
        'a line item only',
        () => claims({ [agsEndpoint]: { scope: [], lineitem: `${platform.url}/items/7` } }),
      ],
      ['scopes missing', () => claims({ [agsEndpoint]: { lineitem: `${platform.url}/items/7` } })],
      ['a link without a title', () => claims({ [lti('resource_link')]: { id: 'link-untitled' } })],
      [
        'a title that is null',
        () => claims({ [lti('resource_link')]: { id: 'link-null', title: null, description: '' } }),
      ],
      [
        'names in any script',
        () => claims({ name: '‏مرحبا 𝒮𝒶𝓂 👩🏽‍🎓', [lti('context')]: { id: 'ü-1', title: '体育' } }),
      ],
      [
        'an odd locale',
        () =>
          claims({
            [lti('launch_presentation')]: { locale: 'xx-lolspeak-123', document_target: 'hologram' },
          }),
      ],
      ['a return address that is empty', () => claims({ [lti('launch_presentation')]: { return_url: '' } })],
      ['a launch presentation that is a text', () => claims({ [lti('launch_presentation')]: 'iframe' })],
      [
        'variables that were not filled in',
        () =>
          claims({
            [lti('custom')]: {
              course,
              due: '$ResourceLink.submission.endDateTime',
              n: 7,
              none: null,
              list: [1],
            },
          }),
      ],
      [
        'a clock 60 s ahead',
        () => claims({ iat: seconds() + 60, nbf: seconds() + 60, exp: seconds() + 120 }),
      ],
      ['a clock 60 s behind', () => claims({ iat: seconds() - 119, exp: seconds() - 59 })],
      ['a token that is valid for 60 s (Moodle)', () => claims({ iat: seconds(), exp: seconds() + 60 })],
    ];
    for (const [name, make] of graded) {
      it(`lets a learner in with ${name}`, async () =>
        assert.equal((await enter(make())).attempt.graded, true));
    }

    const ungraded: [string, unknown[]][] = [
      ['an instructor', [membershipRole('Instructor')]],
      ['a short instructor', ['Instructor']],
      ['a learner who also teaches', [membershipRole('Learner'), membershipRole('Instructor')]],
      [
        'a test user',
        [membershipRole('Learner'), 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'],
      ],
      ['an unknown role', ['http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper']],
      ['no role', []],
      ['an empty role', ['']],
      ['a mentor', [membershipRole('Mentor')]],
    ];
    for (const [name, roles] of ungraded) {
      it(`lets ${name} look, and grades nothing`, async () => {
        const { attempt, link } = await enter(claims({ [lti('roles')]: roles }));
        assert.equal(attempt.graded, false);
        assert.equal(link.kind, 'preview');
        assert.equal(link.lineItem, undefined);
      });
    }

    it('lets in a login that names its deployment', async () => {
      assert.equal(
        (await launch(app, platform, claims(), { login: { lti_deployment_id: platform.deploymentId } }))
          .status,
        303,
      );
    });

    it('finds the course in the signed target address, too', async () => {
      const given = claims({
        [lti('custom')]: {},
        [lti('target_link_uri')]: `${app.url}/lti/launch?course=${course}`,
      });
      assert.equal((await enter(given)).attempt.course, course);
    });

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
