import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { links, type LinkRecord } from '../../src/attempts/link.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { columnIn, keyOf } from '../../src/grades/queue.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import { newState } from '../../src/scorm/player.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { courses, versions } from '../../src/packages/course.model.ts';
import { newId } from '../../src/store/id.ts';
import { visitIn } from '../launch/table.ts';
import { addCourse } from '../lti/courses.ts';
import { connect, launch } from '../lti/launching.ts';
import {
  learnerClaims,
  lti,
  membershipRole,
  nrpsClaim,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock, type Clock } from '../support/clock.ts';

/** An LMS with a class, a course of ours in it, and its teacher. */
export type Classroom = {
  app: TestApp;
  clock: Clock;
  platform: TestPlatform;
  course: string;
  /** Who the LMS says is in the course: user id, name, role. */
  members: { user_id: string; name?: string; email?: string; roles?: string[]; status?: string }[];
  /** The teacher's launch of a link: the page's text, and its token. */
  enter: (claims?: object) => Promise<{ text: string; visit: string }>;
  /** A form of the page. */
  step: (path: string, visit: string, fields?: Record<string, string>) => ReturnType<TestApp['app']['post']>;
  claims: (more?: object) => Record<string, unknown>;
  teacher: (more?: object) => Record<string, unknown>;
  link: () => Promise<LinkRecord>;
  /** Somebody who has opened the link, with an attempt that came to this. */
  attempt: (
    sub: string,
    name: string,
    progress?: Partial<Progress>,
    more?: Partial<AttemptRecord>,
  ) => Promise<AttemptRecord>;
  /** Somebody opens the link in the LMS and sets these elements in the course; `leave`: and then leaves it. */
  play: (
    sub: string,
    values: Record<string, string>,
    more?: { leave?: boolean; claims?: object },
  ) => Promise<AttemptRecord>;
  /** An attempt with a grade in the outbox that the server's own worker leaves alone. */
  graded: (
    sub: string,
    progress: Partial<Progress>,
    more?: Partial<DeliveryRecord>,
  ) => Promise<AttemptRecord>;
  stop: () => Promise<void>;
};

export async function openClassroom(): Promise<Classroom> {
  const clock = makeClock();
  const app = await startApp({ overrides: { now: clock.now } });
  const platform = await startPlatform();
  await connect(app, platform);
  const record = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
  const course = await addCourse(app, 'Golf explained');
  const { published } = (await courses(app.ctx.db).findOne({ _id: course }).lean())!;
  const { definition } = (await versions(app.ctx.db).findOne({ _id: published }).lean())!;
  const claims = (more: object = {}) =>
    learnerClaims(platform, app, {
      [lti('custom')]: { course },
      [nrpsClaim]: { context_memberships_url: `${platform.url}/members?ctx=9`, service_versions: ['2.0'] },
      ...more,
    });
  const room: Classroom = {
    app,
    clock,
    platform,
    course,
    members: [],
    claims,
    teacher: (more = {}) =>
      claims({ sub: '7', name: 'Ina Instructor', [lti('roles')]: [membershipRole('Instructor')], ...more }),
    async enter(more = {}) {
      const response = await launch(app, platform, room.teacher(more));
      return { text: await response.text(), visit: await visitIn(response) };
    },
    step: (path, visit, fields = {}) =>
      app.app
        .post(`/link/${path}`)
        .set('Accept', 'text/html')
        .type('form')
        .send({ visit, ...fields }),
    link: async () => (await links(app.ctx.db).findOne({ resourceLink: 'link-1' }).lean<LinkRecord>())!,
    async attempt(sub, name, progress = {}, more = {}) {
      const link = await room.link();
      const key = `lti:${record._id}:${sub}`;
      const at = clock.now();
      const found = await learners(app.ctx.db).findOneAndUpdate(
        { key },
        { $setOnInsert: { _id: newId('lrn'), workspace: 'wsp_test', sub, name, createdAt: at } },
        { upsert: true, returnDocument: 'after' },
      );
      const number = 1 + (await attempts(app.ctx.db).countDocuments({ link: link._id, learner: found._id }));
      const attempt: AttemptRecord = {
        _id: newId('att'),
        workspace: 'wsp_test',
        link: link._id,
        learner: found._id,
        course,
        version: published,
        number,
        graded: true,
        state: JSON.stringify(newState(definition, 1)),
        revision: 1,
        seq: 0,
        progress: { completion: 'incomplete', success: 'unknown', seconds: 60, ...progress },
        startedAt: at,
        savedAt: at,
        ...more,
      };
      await attempts(app.ctx.db).create(attempt);
      return attempt;
    },
    async play(sub, values, { leave = true, claims: more = {} } = {}) {
      const response = await launch(app, platform, room.claims({ sub, name: `Learner ${sub}`, ...more }));
      const token = new URL(response.headers.get('location')!).hash.slice(1);
      const post = (path: string, body: object = {}) =>
        app.content.post(path).set('Authorization', `Bearer ${token}`).send(body).expect(200);
      const { body: opened } = await post('/play/open');
      const activity = 'item_1';
      const sets = Object.entries(values).map(([element, value]) => ({
        do: 'set',
        activity,
        element,
        value,
      }));
      const begin = [
        { do: 'open', activity },
        { do: 'initialize', activity },
      ];
      const end = leave ? [{ do: 'terminate', activity, ms: 90_000 }] : [];
      const patch = [...begin, ...sets, ...end];
      await post('/play/commit', { launch: opened.launch, seq: opened.seq + 1, patch });
      return (await takeLaunch(app.ctx, token)).attempt;
    },
    async graded(sub, progress, more = {}) {
      const attempt = await room.attempt(sub, sub, { completion: 'completed', ...progress });
      const { _id: id, learner } = attempt;
      const link = await room.link();
      const column = (await columnIn(app.ctx, link))!;
      const grade = {
        activityProgress: 'Completed',
        gradingProgress: 'FullyGraded',
        scoreGiven: (progress.score ?? 1) * 100,
        scoreMaximum: 100,
        scored: true,
      };
      const at = clock.now();
      const share = progress.score ?? 1;
      await deliveries(app.ctx.db).create({
        _id: newId('dlv'),
        workspace: 'wsp_test',
        kind: 'grade',
        key: keyOf(column, { _id: learner, sub }),
        lane: column.platform,
        body: {
          ...column,
          userId: sub,
          grade,
          share,
          ours: [share],
          override: 'keep',
          timestamp: at.toISOString(),
        },
        revision: 1,
        status: 'waiting',
        tries: 0,
        nextAt: at,
        leasedUntil: new Date(8e12),
        lease: 'nobody',
        spacing: [],
        answers: [],
        about: { attempt: id, link: link._id, learner, course, platform: column.platform },
        createdAt: at,
        updatedAt: at,
        ...more,
      });
      return attempt;
    },
    async stop() {
      await app.stop();
      await platform.stop();
    },
  };
  const type = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
  platform.pages['/members'] = () => ({
    headers: { 'Content-Type': type },
    body: {
      id: `${platform.url}/members`,
      context: { id: 'course-9' },
      members: room.members.map((one) => ({ status: 'Active', roles: [membershipRole('Learner')], ...one })),
    },
  });
  return room;
}
