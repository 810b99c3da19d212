import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiKey } from '../../src/access/api-keys.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { links } from '../../src/attempts/link.model.ts';
import type { LogLine } from '../../src/attempts/log.model.ts';
import { keepLines, switchLog } from '../../src/attempts/log.ts';
import type { Context } from '../../src/context.ts';
import { createDispatch } from '../../src/dispatch/dispatches.ts';
import type { GradeBody } from '../../src/grades/queue.ts';
import { checks } from '../../src/lti/check.model.ts';
import type { Finding } from '../../src/lti/doctor.ts';
import { createInvitation } from '../../src/lti/invitations.ts';
import { disableDeployment, recordDeployment, savePlatform } from '../../src/lti/platforms.ts';
import { refusals } from '../../src/lti/refusal.model.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { describeCourse } from '../../src/packages/describe.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import { newState, openSession } from '../../src/scorm/player.ts';
import { newId } from '../../src/store/id.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';

const hour = 3600_000;
/** A title that nobody should write, and somebody will. */
export const endless = `Endless ${'Donaudampfschifffahrtsgesellschaftskapitän '.repeat(240)}`;
/** Text that must never become markup. */
export const hostile = `<img src=x onerror=alert(1)>"'&`;

/** What a course leaves that says a lot, some of it odd. */
function saysALot(definition: CourseDefinition): string {
  const session = openSession(
    definition,
    newState(definition),
    { learner: { id: '7', name: 'Lena' }, mode: 'normal' },
    () => 0,
  );
  session.open('item_1');
  session.call('LMSInitialize', '');
  for (const [element, value] of Object.entries({
    'cmi.core.lesson_location': `page=7&${hostile}`,
    'cmi.core.score.raw': '85',
    'cmi.core.lesson_status': 'passed',
    'cmi.core.session_time': '00:21:00',
    'cmi.suspend_data': 'x'.repeat(3_977),
    'cmi.objectives.0.id': 'lift-with-the-legs',
    'cmi.objectives.0.status': 'passed',
    'cmi.objectives.0.score.raw': '90',
    'cmi.objectives.1.id': 'ask_for_help',
    'cmi.interactions.0.id': 'Q1_how_to_lift',
    'cmi.interactions.0.type': 'choice',
    'cmi.interactions.0.student_response': 'b,c',
    'cmi.interactions.0.correct_responses.0.pattern': 'b,c',
    'cmi.interactions.0.result': 'correct',
    'cmi.interactions.0.latency': '00:00:12',
    'cmi.interactions.0.time': '14:02:11',
    'cmi.interactions.1.id': 'Q2_in_your_own_words',
    'cmi.interactions.1.type': 'fill-in',
    'cmi.interactions.1.student_response': `${hostile} ${'words '.repeat(30)}`,
    'cmi.interactions.1.result': 'wrong',
  }))
    session.call('LMSSetValue', element, value);
  return JSON.stringify(session.state);
}

/** A log with a bit of everything. */
function logOf(now: number): LogLine[] {
  const call = (ms: number, name: string, more: Partial<LogLine>): LogLine => ({
    at: now + ms,
    ms,
    kind: 'call',
    name,
    activity: 'item_1',
    ...more,
  });
  const event = (ms: number, name: string, value = ''): LogLine => ({
    at: now + ms,
    ms,
    kind: 'event',
    name,
    value,
  });
  return [
    event(12, 'opened', 'Chrome 156, 1180 × 740, in a frame'),
    event(40, 'shown', 'item_1.html'),
    call(402, 'LMSInitialize', { value: '', result: 'true' }),
    call(405, 'LMSGetValue', { element: 'cmi.core.student_name', result: hostile }),
    call(409, 'LMSGetValue', { element: 'cmi.core.lesson_mood', result: '', error: '201' }),
    call(520, 'LMSSetValue', {
      element: 'cmi.suspend_data',
      value: 'a'.repeat(900),
      result: 'true',
      length: 64_000,
    }),
    call(602, 'LMSSetValue', {
      element: 'cmi.core.lesson_status',
      value: 'done',
      result: 'false',
      error: '405',
    }),
    event(702, 'saved', '1'),
    { at: now + 800, kind: 'server', name: 'set', element: 'cmi.core.score.raw', error: '403' },
    event(9_120, 'offline'),
  ];
}

/** What a check may find, a little of each. */
const aBitOfEverything: Finding[] = [
  { tone: 'good', code: 'trusted', values: { count: 1 } },
  {
    tone: 'bad',
    code: 'keys.refused',
    values: {
      address: `https://moodle.example.edu/mod/lti/certs.php?${'x'.repeat(280)}`,
      reason: `404 Not Found ${hostile}`,
    },
  },
  { tone: 'warning', code: 'clock.ahead', values: { seconds: 48 } },
  {
    tone: 'warning',
    code: 'ours.fetched',
    values: {
      address: 'https://courses.example/lti/jwks',
      at: '2026-11-20T08:00:00.000Z',
      by: 'MoodleBot/1.0',
    },
  },
  { tone: 'good', code: 'token.score', values: {} },
  { tone: 'info', code: 'column.none', values: {} },
];

/** A workspace as it looks after some weeks: courses, two platforms, learners, deliveries of every kind. */
export async function busyWorkspace(ctx: Context): Promise<{
  course: string;
  waitingDeployment: string;
  platform: string;
  givenUp: string;
  /** One that says a lot, its log on; and one that was only opened. */
  attempt: string;
  bare: string;
}> {
  const workspace = await defaultWorkspace(ctx);
  const ago = (hours: number) => new Date(ctx.now().getTime() - hours * hour);

  const upload = async (zip: Buffer, course?: string) => {
    const dir = await mkdtemp(join(tmpdir(), 'coursedock-'));
    try {
      const path = join(dir, 'course.zip');
      await writeFile(path, zip);
      return await ingestPackage(ctx, { path, workspace, by: 'cli', filename: 'course.zip', course });
    } finally {
      await rm(dir, { recursive: true });
    }
  };
  const first = await upload(scorm12Package({ title: 'Safety at work: moving loads without harm' }));
  await upload(scorm12Package({ title: 'Safety at work: moving loads without harm' }), first.course._id);
  await upload(scorm2004Package({ title: 'Data protection in everyday work (2026)' }));
  await upload(scorm2004Package({ title: endless }));
  const { course } = await upload(scorm12Package({ title: hostile }));
  await describeCourse(ctx, workspace, course._id, {
    title: hostile,
    description: `${endless} ${'x'.repeat(5000)}`,
  });

  const moodle = (await savePlatform(
    ctx,
    platformNamed('Moodle of Example University', 'https://moodle.example.edu', 'moodle'),
  ))!;
  const canvas = (await savePlatform(
    ctx,
    platformNamed(`Canvas ${hostile}`, 'https://canvas.instructure.com', 'canvas'),
  ))!;
  const approved = await recordDeployment(ctx, {
    platform: moodle,
    deploymentId: '1',
    status: 'approved',
    name: 'Moodle',
  });
  const waiting = await recordDeployment(ctx, {
    platform: canvas,
    deploymentId: '427:8865aa05b4b79b64a91a86042e43af5ea8ae79eb',
    status: 'waiting',
    name: 'Faculty of Arts',
  });
  const old = await recordDeployment(ctx, {
    platform: canvas,
    deploymentId: '12:x',
    status: 'waiting',
    name: '',
  });
  await disableDeployment(ctx, workspace, old._id);

  await checks(ctx.db).create({ _id: moodle._id, at: ago(2), findings: aBitOfEverything });
  await refusals(ctx.db).create(
    ['times', 'course-gone'].map((code, i) => ({
      _id: `${moodle._id} ${code}`,
      platform: moodle._id,
      code,
      title: ['The launch is too old, or a clock is wrong.', `This course is gone: ${hostile}`][i]!,
      detail: `Open the course from your LMS again. ${i ? endless : ''}`,
      faults: i ? [`resource_link.${'x'.repeat(300)}: is missing`, hostile] : [],
      count: 1 + 13 * i,
      firstAt: ago(90),
      lastAt: ago(3 + i),
    })),
  );

  const link = {
    _id: newId('lnk'),
    workspace,
    kind: 'lti' as const,
    key: 'lti:1',
    course: first.course._id,
    title: 'Week 3: safety',
    rules: { counts: 'score' as const, keep: 'best' as const, points: 100 },
    deployment: approved._id,
    lineItem: 'https://moodle.example.edu/li/1',
    createdAt: ago(100),
  };
  await links(ctx.db).create(link);

  const people = [
    'Lena Learner',
    'Bo',
    hostile,
    'Maximiliane-Theodora von und zu Hohenstein-Wittgenstein',
    'Yuki 山田 雪',
    '',
  ];
  const rows: DeliveryRecord[] = [];
  const tries: AttemptRecord[] = [];
  for (const [i, name] of people.entries()) {
    const learner = { _id: newId('lrn'), workspace, key: `lti:${i}`, sub: `${i}`, name, createdAt: ago(90) };
    await learners(ctx.db).create(learner);
    const progress: AttemptRecord['progress'] = [
      { completion: 'completed' as const, success: 'passed' as const, score: 0.85, seconds: 1260 },
      { completion: 'incomplete' as const, success: 'unknown' as const, seconds: 95 },
      { completion: 'completed' as const, success: 'failed' as const, score: 0.3333, seconds: 7205 },
      { completion: 'completed' as const, success: 'unknown' as const, seconds: 600 },
      { completion: 'not attempted' as const, success: 'unknown' as const, seconds: 0 },
    ][i % 5]!;
    const attempt: AttemptRecord = {
      _id: newId('att'),
      workspace,
      link: link._id,
      learner: learner._id,
      course: first.course._id,
      version: first.version._id,
      number: i === 2 ? 3 : 1,
      graded: true,
      state:
        i === 0 ? saysALot(first.version.definition) : JSON.stringify(newState(first.version.definition)),
      revision: 4,
      seq: 4,
      progress,
      startedAt: ago(40 - i),
      savedAt: ago(30 - i),
    };
    await attempts(ctx.db).create(attempt);
    tries.push(attempt);
    rows.push(
      delivery(i, { workspace, platform: i === 4 ? 'plt_gone' : moodle._id, attempt, learner: learner._id }),
    );
  }
  for (const row of rows) await deliveries(ctx.db).create(row);

  const [said, bare] = tries as [AttemptRecord, AttemptRecord];
  const from = {
    platformName: 'Moodle of Example University',
    returnUrl: 'https://moodle.example.edu/course',
  };
  await startLaunch(ctx, said, { mode: 'normal', ...from });
  await startLaunch(ctx, said, { mode: 'review' });
  await switchLog(ctx, workspace, said._id, { on: true, by: 'cli' });
  await keepLines(ctx, { id: 'lch_1:1', attempt: said._id, lines: logOf(ago(1).getTime()) });

  await createApiKey(ctx, { workspace, name: 'Course import from the content system', by: 'cli' });
  await createApiKey(ctx, { workspace, name: hostile, by: 'cli' });
  await createDispatch(ctx, { workspace, course: first.course._id, name: 'Customer Ltd.', by: 'cli' });
  await createInvitation(ctx, { workspace, by: 'cli', approves: true });
  return {
    course: first.course._id,
    waitingDeployment: waiting._id,
    platform: moodle._id,
    givenUp: rows[1]!._id,
    attempt: said._id,
    bare: bare._id,
  };

  function platformNamed(name: string, issuer: string, family: 'moodle' | 'canvas') {
    return {
      workspace,
      name,
      issuer,
      family,
      clientId: newId('client'),
      authorizationEndpoint: `${issuer}/auth`,
      tokenEndpoint: `${issuer}/token`,
      jwksUri: `${issuer}/jwks`,
    };
  }

  function delivery(
    i: number,
    of: { workspace: string; platform: string; attempt: AttemptRecord; learner: string },
  ): DeliveryRecord {
    const refused = {
      at: ago(3),
      ok: false,
      status: 503,
      text: 'The platform is down for maintenance (answer: 503 Service Unavailable). We try again.',
    };
    const taken = { at: ago(2), ok: true, status: 200, text: 'The platform took the grade.' };
    const shape = [
      { status: 'delivered' as const, tries: 2, answers: [refused, taken], deliveredAt: ago(2) },
      {
        status: 'given up' as const,
        tries: 9,
        answers: [refused, { at: ago(1), ok: false, status: 404, text: `The column is gone ${hostile}` }],
      },
      { status: 'waiting' as const, tries: 3, answers: [refused, refused, refused] },
      { status: 'waiting' as const, tries: 0, answers: [] },
    ][i % 4]!;
    const body: GradeBody = {
      platform: of.platform,
      lineItem: 'https://moodle.example.edu/mod/lti/services.php/3/lineitems/8/lineitem?type_id=1',
      scopes: [],
      userId: '7',
      grade:
        i === 3
          ? { activityProgress: 'InProgress', gradingProgress: 'NotReady', scored: false }
          : {
              activityProgress: 'Completed',
              gradingProgress: 'FullyGraded',
              scoreGiven: 85,
              scoreMaximum: 100,
              scored: true,
            },
      ours: [],
      override: 'keep',
      timestamp: ago(5).toISOString(),
      again: false,
      attempt: of.attempt._id,
      attemptRevision: 1,
    };
    return {
      _id: newId('dlv'),
      workspace: of.workspace,
      kind: 'grade',
      key: `k${i}`,
      lane: of.platform,
      body,
      revision: 1,
      spacing: [1000],
      nextAt: new Date(ctx.now().getTime() + hour),
      about: {
        attempt: of.attempt._id,
        link: of.attempt.link,
        learner: of.learner,
        course: of.attempt.course,
        platform: of.platform,
      },
      createdAt: ago(6 - i / 10),
      updatedAt: ago(1),
      ...shape,
    };
  }
}
