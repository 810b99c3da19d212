/** What somebody is to us. `none`: may look (a guest, an observer, a role nobody knows), gets no grade. */
export type Role = 'learner' | 'instructor' | 'none';

const membership =
  /^(?:https?:\/\/purl\.imsglobal\.org\/vocab\/lis\/v2\/membership(?:\/[A-Za-z]+)?#|urn:lti:role:ims\/lis\/)?([A-Za-z]+)(?:\/[A-Za-z]+)?$/;
const elsewhere =
  /^(?:https?:\/\/purl\.imsglobal\.org\/vocab\/lis\/v2\/(?:institution|system)\/person#|urn:lti:(?:inst|sys)role:ims\/lis\/)([A-Za-z]+)$/;

const teaching = ['Instructor', 'TeachingAssistant', 'ContentDeveloper', 'Administrator', 'Manager'];
const administering = ['Administrator', 'SysAdmin', 'AccountAdmin', 'Instructor', 'Faculty', 'Staff'];

/**
 * One role from many (LTI 1.3 §A.2). The roles in *this* course decide (membership, or short names, which mean it):
 * Brightspace sends all of a person's roles everywhere, and a teacher may be a learner here. Only without any of them
 * do the roles in the institution count: an administrator is enrolled nowhere.
 */
export function roleOf(roles: string[]): Role {
  const here = roles.map(roleHere).filter((role) => role !== undefined);
  if (here.some((role) => teaching.includes(role))) return 'instructor';
  if (here.includes('Learner') || here.includes('Student')) return 'learner';
  if (here.length > 0) return 'none';
  const there = roles.map((role) => elsewhere.exec(role)?.[1]);
  if (there.some((role) => administering.includes(role ?? ''))) return 'instructor';
  return there.some((role) => role === 'Learner' || role === 'Student') ? 'learner' : 'none';
}

/** Canvas' "Student View" and its like: a learner whom no gradebook knows. */
export function isTestUser(roles: string[]): boolean {
  return roles.some((role) => /\/vocab\/lti\/system\/person#TestUser$|^TestUser$/.test(role));
}

/** `membership/Instructor#TeachingAssistant` is a TeachingAssistant; `membership#Learner` and `Learner` are Learners. */
function roleHere(role: string): string | undefined {
  return membership.exec(role)?.[1];
}
