import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rememberLearner } from '../../src/attempts/learners.ts';
import { startLaunch, type LaunchWish } from '../../src/attempts/launches.ts';
import { findOrCreateLink } from '../../src/attempts/links.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import type { CourseRecord, VersionRecord } from '../../src/packages/course.model.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';
import { contentOrigin } from '../../src/web/origins.ts';
import type { TestApp } from '../support/app.ts';

export type Ingested = { course: CourseRecord; version: VersionRecord };

/** A course of this ZIP. */
export async function addCourse({ ctx }: TestApp, zip: Buffer): Promise<Ingested> {
  const folder = await mkdtemp(join(tmpdir(), 'course-'));
  try {
    const path = join(folder, 'course.zip');
    await writeFile(path, zip);
    return await ingestPackage(ctx, { path, workspace: 'wsp_test', by: 'test' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A learner opens a course as a platform would have them do: the token, and the address of the player with it. */
export async function launch(
  app: TestApp,
  { course }: Ingested,
  wish: Partial<LaunchWish> & { who?: string; graded?: boolean } = {},
) {
  const { ctx } = app;
  const { who = 'ann', graded = true, ...more } = wish;
  const workspace = 'wsp_test';
  const key = `lti:test:${course._id}`;
  const link = await findOrCreateLink(ctx, {
    workspace,
    kind: 'lti',
    key,
    course: course._id,
    title: course.title,
  });
  const learner = await rememberLearner(ctx, {
    workspace,
    key: `lti:test:${who}`,
    sub: who,
    name: `${who} Lee`,
  });
  const attempt = await openAttempt(ctx, { link, learner, course: course._id, graded });
  const { token, launch } = await startLaunch(ctx, attempt, { mode: 'normal', ...more });
  return { token, launch, attempt, address: `${contentOrigin(ctx.config, attempt.version)}/play#${token}` };
}
