import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { commitAttempt, type Committed } from '../../src/attempts/commit.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { rememberLearner } from '../../src/attempts/learners.ts';
import { findOrCreateLink } from '../../src/attempts/links.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import type { Context } from '../../src/context.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { courses, versions, type CourseRecord } from '../../src/packages/course.model.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import type { Act, EngineSettings } from '../../src/scorm/engine.ts';
import { openSession, type Session } from '../../src/scorm/player.ts';
import { newId } from '../../src/store/id.ts';
import { makeClock, type Clock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { course12, sco } from '../scorm/courses.ts';

export const workspace = 'wsp_default';

export type AttemptsWorld = { ctx: Context; clock: Clock; warnings: object[]; close: () => Promise<void> };

/** A store, a clock, and what was logged as a warning. */
export async function openAttemptsWorld(): Promise<AttemptsWorld> {
  const clock = makeClock();
  const { ctx, close } = await openWorld({ now: clock.now });
  const warnings: object[] = [];
  ctx.log.warn = (what: unknown) => void warnings.push(what as object);
  return { ctx, clock, warnings, close };
}

/** A course with one version, as an upload leaves it. */
export async function addCourse(
  ctx: Context,
  definition: CourseDefinition = course12(sco('one')),
): Promise<CourseRecord> {
  const course: CourseRecord = {
    _id: newId('crs'),
    workspace,
    title: definition.title,
    description: '',
    standard: definition.standard,
    published: newId('ver'),
    createdAt: ctx.now(),
    updatedAt: ctx.now(),
  };
  await courses(ctx.db).create(course);
  await addVersion(ctx, course, course.published, definition);
  return course;
}

/** One more version of a course, published. */
export async function publish(
  ctx: Context,
  course: CourseRecord,
  definition: CourseDefinition,
): Promise<string> {
  const id = newId('ver');
  await addVersion(ctx, course, id, definition);
  await courses(ctx.db).updateOne({ _id: course._id }, { $set: { published: id } });
  return id;
}

async function addVersion(
  ctx: Context,
  course: CourseRecord,
  id: string,
  definition: CourseDefinition,
): Promise<void> {
  await versions(ctx.db).create({
    _id: id,
    course: course._id,
    workspace,
    number: 1 + (await versions(ctx.db).countDocuments({ course: course._id })),
    title: definition.title,
    standard: definition.standard,
    definition,
    fileCount: 1,
    bytes: 1,
    sha256: 'none',
    warnings: [],
    createdAt: ctx.now(),
    createdBy: 'test',
  });
}

/** A link in an LMS's course, with a column in its gradebook. */
export async function addLink(ctx: Context, course: CourseRecord, key = newId('key')) {
  const deployment = newId('dep');
  await deployments(ctx.db).create({
    _id: deployment,
    platform: 'plt_moodle',
    deploymentId: deployment,
    workspace,
    status: 'approved',
    createdAt: ctx.now(),
  });
  return findOrCreateLink(ctx, {
    workspace,
    kind: 'lti',
    key,
    course: course._id,
    title: 'Week 1',
    deployment,
    lineItem: `https://moodle.example/lineitems/${key}`,
    scopes: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
  });
}

export async function addLearner(ctx: Context, sub = newId('sub')) {
  return rememberLearner(ctx, { workspace, key: `lti:plt_moodle:${sub}`, sub, name: 'Jane Doe' });
}

export type Tab = {
  launch: string;
  token: string;
  session: Session;
  /** Sends what was done since the last time, as the next commit. */
  commit: () => Promise<Committed>;
  send: (seq: number, patch: Act[]) => Promise<Committed>;
};

/** A learner's tab: launched, with the state the server has now. */
export async function openTab(
  ctx: Context,
  attempt: AttemptRecord,
  definition: CourseDefinition,
  mode: EngineSettings['mode'] = 'normal',
): Promise<Tab> {
  const { launch, token } = await startLaunch(ctx, attempt, { mode });
  const now = await stored(ctx, attempt);
  const session = openSession(
    definition,
    JSON.parse(now.state),
    { learner: { id: 'l', name: 'n' }, mode },
    () => 0,
  );
  const send = (seq: number, patch: Act[]) => commitAttempt(ctx, token, { launch: launch._id, seq, patch });
  let seq = now.seq;
  return { launch: launch._id, token, session, send, commit: () => send(++seq, session.takeActs()) };
}

/** Everything at once: a course with an open, initialized tab on a graded attempt. */
export async function openEverything(ctx: Context, definition: CourseDefinition = course12(sco('one'))) {
  const course = await addCourse(ctx, definition);
  const [link, learner] = [await addLink(ctx, course), await addLearner(ctx)];
  const attempt = await openAttempt(ctx, { link, learner, course: course._id, graded: true });
  const tab = await openTab(ctx, attempt, definition);
  tab.session.open('one');
  tab.session.call('LMSInitialize', '');
  return { course, definition, link, learner, attempt, tab };
}

export async function stored(ctx: Context, { _id }: { _id: string }): Promise<AttemptRecord> {
  return (await attempts(ctx.db).findOne({ _id }).lean<AttemptRecord>())!;
}

/** The grades that wait to be sent for a learner. */
export async function gradesOf(ctx: Context, { _id }: { _id: string }): Promise<DeliveryRecord[]> {
  return deliveries(ctx.db).find({ kind: 'grade', 'about.learner': _id }).lean<DeliveryRecord[]>();
}
