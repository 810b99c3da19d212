import assert from 'node:assert/strict';
import type { ActivityDefinition, CourseDefinition } from '../../src/scorm/course.ts';
import { timeLimitOf } from '../../src/scorm/time-limit.ts';
import { cluster, course12, course2004, sco } from './courses.ts';

describe('the time limit of a course', () => {
  const limited = (id: string, maxTimeAllowed: string): ActivityDefinition => sco(id, { maxTimeAllowed });
  const whole = course2004(sco('one'), sco('two'));
  whole.root.maxTimeAllowed = 'PT2H';
  const rows: [what: string, course: CourseDefinition, limit: { seconds?: number } | undefined][] = [
    ['none', course12(sco('one')), undefined],
    ['a SCORM 1.2 timespan', course12(limited('one', '00:30:00')), { seconds: 1800 }],
    ['a SCORM 2004 interval', course2004(limited('one', 'PT45M')), { seconds: 2700 }],
    ['of some parts', course12(limited('one', '00:30:00'), sco('two')), {}],
    ['of the whole', whole, { seconds: 7200 }],
    ['of a part in a chapter', course2004(cluster('chapter', [limited('one', 'PT1M')])), { seconds: 60 }],
    ['nothing that can be read', course12(limited('one', 'soon')), undefined],
    ['no time at all, which tools write for none', course12(limited('one', '00:00:00')), undefined],
  ];
  for (const [what, course, limit] of rows)
    it(`is ${what}`, () => assert.deepEqual(timeLimitOf(course), limit));
});
