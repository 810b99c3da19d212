import assert from 'node:assert/strict';
import { findAttempt } from '../../src/attempts/open.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import type { AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { versions } from '../../src/packages/course.model.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import { openTab } from '../attempts/world.ts';
import { addCourse } from '../lti/courses.ts';
import { launch } from '../lti/launching.ts';
import { learnerClaims, lti, type TestPlatform } from '../lti/platform.ts';
import { course12, sco } from '../scorm/courses.ts';
import type { TestApp } from '../support/app.ts';

export const definition: CourseDefinition = course12(
  sco('one', { title: 'Etiquette' }),
  sco('two', { title: 'Handicapping' }),
);

/** A course of two parts. */
export async function addGolf(app: TestApp): Promise<string> {
  const course = await addCourse(app, 'Golf Explained');
  await versions(app.ctx.db).updateOne({ course }, { $set: { definition } });
  return course;
}

/** A learner's launch of a link, with a course. */
export async function begin(
  app: TestApp,
  platform: TestPlatform,
  course: string,
  more: object = {},
): Promise<AttemptRecord> {
  const claims = learnerClaims(platform, app, { [lti('custom')]: { course }, ...more });
  const response = await launch(app, platform, claims);
  assert.equal(response.status, 303, await response.text());
  return (await takeLaunch(app.ctx, new URL(response.headers.get('location')!).hash.slice(1))).attempt;
}

/** Two questions, one answered right and one wrong, and what comes of them. */
export async function play(
  app: TestApp,
  attempt: AttemptRecord,
  { status = 'passed', score = '80' } = {},
): Promise<AttemptRecord> {
  const tab = await openTab(app.ctx, attempt, definition);
  const set = (element: string, value: string) =>
    assert.equal(tab.session.call('LMSSetValue', `cmi.${element}`, value), 'true', element);
  for (const part of ['one', 'two']) {
    tab.session.open(part);
    tab.session.call('LMSInitialize', '');
    if (part === 'one') {
      set('interactions.0.id', 'who-plays-first');
      set('interactions.0.type', 'choice');
      set('interactions.0.correct_responses.0.pattern', 'b');
      set('interactions.0.student_response', 'b');
      set('interactions.0.result', 'correct');
      set('interactions.1.id', 'shout');
      set('interactions.1.type', 'fill-in');
      set('interactions.1.correct_responses.0.pattern', 'Fore!');
      set('interactions.1.student_response', 'Watch out <b>there</b>');
      set('interactions.1.result', 'wrong');
    }
    set('core.score.raw', score);
    set('core.lesson_status', status);
    tab.session.call('LMSFinish', '');
  }
  await tab.commit();
  return (await findAttempt(app.ctx, attempt.workspace, attempt._id))!;
}
