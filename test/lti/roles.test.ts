import assert from 'node:assert/strict';
import { isTestUser, roleOf } from '../../src/lti/roles.ts';

const membership = (role: string) => `http://purl.imsglobal.org/vocab/lis/v2/membership#${role}`;
const institution = (role: string) => `http://purl.imsglobal.org/vocab/lis/v2/institution/person#${role}`;
const system = (role: string) => `http://purl.imsglobal.org/vocab/lis/v2/system/person#${role}`;

const table: [string, string[], ReturnType<typeof roleOf>][] = [
  ['a learner', [membership('Learner')], 'learner'],
  ['an instructor', [membership('Instructor')], 'instructor'],
  ['short names', ['Learner'], 'learner'],
  ['a short instructor', ['Instructor'], 'instructor'],
  ['both in one course: teaching wins', [membership('Learner'), membership('Instructor')], 'instructor'],
  [
    'a teaching assistant',
    ['http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant'],
    'instructor',
  ],
  ['a content developer', [membership('ContentDeveloper')], 'instructor'],
  ['a teacher elsewhere who learns here', [institution('Instructor'), membership('Learner')], 'learner'],
  ['an administrator who learns here', [system('Administrator'), membership('Learner')], 'learner'],
  [
    'an administrator who is enrolled nowhere',
    [system('Administrator'), institution('Administrator')],
    'instructor',
  ],
  ['a student of the institution', [institution('Student')], 'learner'],
  ['a mentor', [membership('Mentor')], 'none'],
  ['a mentor who teaches elsewhere', [membership('Mentor'), institution('Instructor')], 'none'],
  ['the names of LTI 1.1', ['urn:lti:role:ims/lis/Learner'], 'learner'],
  ['an instructor of LTI 1.1', ['urn:lti:role:ims/lis/Instructor/Lecturer'], 'instructor'],
  ['an administrator of LTI 1.1', ['urn:lti:sysrole:ims/lis/SysAdmin'], 'instructor'],
  ['no role', [], 'none'],
  ['an empty role', [''], 'none'],
  ['an unknown role', ['http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper'], 'none'],
  ['a role that only looks like one', ['http://evil.example/membership#Instructor'], 'none'],
  ['rubbish', ['#Instructor', 'Instructor#', '\u0000', 'x'.repeat(500)], 'none'],
];

describe('roles', () => {
  for (const [name, roles, role] of table) {
    it(`takes ${name} for ${role}`, () => assert.equal(roleOf(roles), role));
  }
  it('knows a test user', () => {
    assert.ok(
      isTestUser([membership('Learner'), 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser']),
    );
    assert.ok(!isTestUser([membership('Learner')]));
  });
});
