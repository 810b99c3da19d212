import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiKey } from '../../src/access/api-keys.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { links } from '../../src/attempts/link.model.ts';
import type { Context } from '../../src/context.ts';
import { createDispatch } from '../../src/dispatch/dispatches.ts';
import type { GradeBody } from '../../src/grades/queue.ts';
import { createInvitation } from '../../src/lti/invitations.ts';
import { disableDeployment, recordDeployment, savePlatform } from '../../src/lti/platforms.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { describeCourse } from '../../src/packages/describe.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';
import { newId } from '../../src/store/id.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';

const hour = 3600_000;
/** A title that nobody should write, and somebody will. */
export const endless = `Endless ${'Donaudampfschifffahrtsgesellschaftskapitän '.repeat(240)}`;
/** Text that must never become markup. */
export const hostile = `<img src=x onerror=alert(1)>"'&`;

/** A workspace as it looks after some weeks: courses, two platforms, learners, deliveries of every kind. */
export async function busyWorkspace(
  ctx: Context,
): Promise<{ course: string; waitingDeployment: string; platform: string; givenUp: string }> {
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
      state: '{}',
      revision: 4,
      seq: 4,
      progress,
      startedAt: ago(40 - i),
      savedAt: ago(30 - i),
    };
    await attempts(ctx.db).create(attempt);
    rows.push(
      delivery(i, { workspace, platform: i === 4 ? 'plt_gone' : moodle._id, attempt, learner: learner._id }),
    );
  }
  for (const row of rows) await deliveries(ctx.db).create(row);

  await createApiKey(ctx, { workspace, name: 'Course import from the content system', by: 'cli' });
  await createApiKey(ctx, { workspace, name: hostile, by: 'cli' });
  await createDispatch(ctx, { workspace, course: first.course._id, name: 'Customer Ltd.', by: 'cli' });
  await createInvitation(ctx, { workspace, by: 'cli', approves: true });
  return {
    course: first.course._id,
    waitingDeployment: waiting._id,
    platform: moodle._id,
    givenUp: rows[1]!._id,
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
