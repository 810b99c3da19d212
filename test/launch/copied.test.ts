import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { links, type LinkRecord } from '../../src/attempts/link.model.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { scopes } from '../../src/lti/scopes.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { announce } from '../../src/attempts/announce.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { newId } from '../../src/store/id.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connectWithoutKey, launch } from '../lti/launching.ts';
import {
  agsEndpoint,
  learnerClaims,
  lti,
  membershipRole,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';

describe('a course that was copied in the LMS', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;
  let course: string;
  let connected: string;
  const teacher = { sub: '7', [lti('roles')]: [membershipRole('Instructor')] };

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    connected = (await connectWithoutKey(app, platform))._id;
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });
  /** Each test has ids of its own. */
  let id: (name: string) => string;
  beforeEach(async () => {
    const own = newId('own');
    id = (name) => `${name}-${own}`;
    course = await addCourse(app, 'Golf');
  });

  type Place = { link: string; context: string; custom?: object; more?: object };
  const at = (on: TestPlatform, { link, context, custom = {}, more = {} }: Place) =>
    launch(
      app,
      on,
      learnerClaims(on, app, {
        [lti('resource_link')]: { id: id(link), title: 'Golf' },
        [lti('context')]: { id: id(context), title: context },
        [lti('custom')]: custom,
        [agsEndpoint]: {
          scope: [scopes.score, scopes.lineItem],
          lineitem: `${on.url}/items/${link}`,
          lineitems: `${on.url}/${context}/items`,
        },
        ...more,
      }),
    );
  async function open(place: Place, on = platform) {
    const response = await at(on, place);
    assert.equal(response.status, 303, await response.text());
    const { attempt } = await takeLaunch(app.ctx, new URL(response.headers.get('location')!).hash.slice(1));
    const link = await links(app.ctx.db).findOne({ _id: attempt.link }).lean<LinkRecord>();
    return { attempt, link: link! };
  }
  /** A history as platforms write it. */
  const copiedFrom = (...from: string[]) => ({ link_history: from.map(id).join(','), context_history: '' });
  const change = (link: LinkRecord, to: Partial<LinkRecord>) =>
    links(app.ctx.db).updateOne({ _id: link._id }, { $set: to });
  const rules = { counts: 'pass', keep: 'last', points: 20, override: 'replace' } as const;
  const play = { attempts: 2, completion: { by: 'visited' } } as const;

  it('has the same course by its parameter, and nothing of what was done in the old one', async () => {
    const old = await open({ link: 'old', context: 'A', custom: { course } });
    const progress = { completion: 'completed', success: 'passed', score: 1, seconds: 60 };
    await attempts(app.ctx.db).updateOne(
      { _id: old.attempt._id },
      { $set: { progress }, $inc: { revision: 1 } },
    );
    const copy = await open({ link: 'new', context: 'B', custom: { course, ...copiedFrom('old') } });
    assert.equal(copy.attempt.course, course);
    assert.notEqual(copy.link._id, old.link._id);
    assert.notEqual(copy.attempt._id, old.attempt._id);
    assert.equal(copy.attempt.number, 1);
    assert.equal(copy.attempt.progress.completion, 'not attempted');
    assert.equal(copy.attempt.progress.score, undefined);
    // And what is done in the new one goes to its own column.
    await attempts(app.ctx.db).updateOne(
      { _id: copy.attempt._id },
      { $set: { progress }, $inc: { revision: 1 } },
    );
    await announce(app.ctx, (await attempts(app.ctx.db).findOne({ _id: copy.attempt._id }).lean())!);
    const sent = await deliveries(app.ctx.db)
      .find({ 'about.link': { $in: [old.link._id, copy.link._id] } })
      .lean();
    assert.deepEqual(
      sent.map(({ body }) => (body as { lineItem: string }).lineItem),
      [`${platform.url}/items/new`],
    );
  });

  it('goes on by the rules that its teacher gave the old one', async () => {
    const old = await open({ link: 'old', context: 'A', custom: { course, points: '50' } });
    await change(old.link, { rules, play });
    const copy = await open({
      link: 'new',
      context: 'B',
      custom: { course, points: '50', ...copiedFrom('old') },
    });
    assert.deepEqual(copy.link.rules, rules);
    assert.deepEqual(copy.link.play, play);
    // From then on each has its own.
    await change(old.link, { rules: { ...rules, keep: 'first' } });
    const again = await open({
      link: 'new',
      context: 'B',
      custom: { course, points: '50', ...copiedFrom('old') },
    });
    assert.equal(again.link.rules.keep, 'last');
  });

  it('takes no rules from a link of another course', async () => {
    const other = await addCourse(app, 'Polo');
    const old = await open({ link: 'old', context: 'A', custom: { course: other } });
    await change(old.link, { rules, play });
    const copy = await open({ link: 'new', context: 'B', custom: { course, ...copiedFrom('old') } });
    assert.equal(copy.link.rules.keep, 'best');
    assert.equal(copy.link.play, undefined);
  });

  it('has no column but its own, and asks for one where its original had to', async () => {
    const old = await open({ link: 'old', context: 'A', custom: { course, points: '5' } });
    await change(old.link, { lineItem: `${platform.url}/made/by/us` });
    const none = {
      [agsEndpoint]: { scope: [scopes.score, scopes.lineItem], lineitems: `${platform.url}/B/items` },
    };
    const copy = await open({ link: 'new', context: 'B', custom: copiedFrom('old'), more: none });
    assert.equal(copy.link.lineItem, undefined);
    assert.equal(copy.link.lineItems, `${platform.url}/B/items`);
    assert.equal(copy.link.wantsColumn, true);
    assert.equal(copy.link.rules.points, 5);
  });

  describe('whose links have lost their course', () => {
    it('finds it by the link that its history names, for teachers, too', async () => {
      const old = await open({ link: 'old', context: 'A', custom: { course } });
      await change(old.link, { rules, play });
      const seen = await at(platform, {
        link: 'new',
        context: 'B',
        custom: copiedFrom('old'),
        more: teacher,
      });
      assert.equal(seen.status, 200, await seen.text());
      const copy = await open({ link: 'new', context: 'B', custom: copiedFrom('old') });
      assert.equal(copy.attempt.course, course);
      assert.deepEqual(copy.link.rules, rules);
    });
    it('finds it through copies that nobody has opened, by the nearest that is known', async () => {
      const other = await addCourse(app, 'Polo');
      await open({ link: 'first', context: 'A', custom: { course: other } });
      await open({ link: 'second', context: 'B', custom: { course } });
      const copy = await open({
        link: 'fourth',
        context: 'D',
        custom: copiedFrom('third', 'second', 'first'),
      });
      assert.equal(copy.attempt.course, course);
    });
    it('finds it where the link kept its id', async () => {
      await open({ link: 'same', context: 'A', custom: { course } });
      const copy = await open({ link: 'same', context: 'B', custom: { context_history: id('A') } });
      assert.equal(copy.attempt.course, course);
      assert.equal(copy.link.context?.id, id('B'));
    });
    it('stays with it when the old one shows another', async () => {
      await open({ link: 'old', context: 'A', custom: { course } });
      await open({ link: 'new', context: 'B', custom: copiedFrom('old') });
      await open({ link: 'old', context: 'A', custom: { course: await addCourse(app, 'Polo') } });
      const copy = await open({ link: 'new', context: 'B', custom: copiedFrom('old') });
      assert.equal(copy.attempt.course, course);
    });
    it('finds it for learners who come at the same moment, on one new link', async () => {
      const old = await open({ link: 'old', context: 'A', custom: { course } });
      await change(old.link, { rules, play });
      const all = await Promise.all(
        ['a', 'b', 'c', 'd'].map((sub) =>
          open({ link: 'new', context: 'B', custom: copiedFrom('old'), more: { sub: id(sub) } }),
        ),
      );
      assert.equal(new Set(all.map(({ link }) => link._id)).size, 1);
      assert.deepEqual(all[0]!.link.rules, rules);
    });
    it('is never shown what stands in another LMS, or in another place of this one', async () => {
      await open({ link: 'old', context: 'A', custom: { course } });
      const other = await startPlatform();
      await connectWithoutKey(app, other);
      await assertRefused(
        await at(other, { link: 'new', context: 'B', custom: copiedFrom('old') }),
        404,
        /No course/,
      );
      await other.stop();
      const tenant = { platform: connected, deploymentId: id('other'), workspace: 'wsp_other', name: '' };
      await deployments(app.ctx.db).create({
        ...tenant,
        _id: newId('dep'),
        status: 'approved',
        createdAt: clock.now(),
      });
      const elsewhere = { [lti('deployment_id')]: id('other') };
      await assertRefused(
        await at(platform, { link: 'new', context: 'B', custom: copiedFrom('old'), more: elsewhere }),
        404,
        /No course/,
      );
    });
    it('is told so where the history says nothing, and where the course is gone', async () => {
      await open({ link: 'old', context: 'A', custom: { course } });
      for (const custom of [
        { link_history: '$ResourceLink.id.history' },
        { link_history: '{"$gt":""}' },
        { link_history: id('unknown') },
        { context_history: id('A') },
      ])
        await assertRefused(await at(platform, { link: 'new', context: 'B', custom }), 404, /No course/);
      await removeCourse(app.ctx, 'wsp_test', course);
      await assertRefused(
        await at(platform, { link: 'new', context: 'B', custom: copiedFrom('old') }),
        404,
        /not there any more/,
      );
    });
  });
});
