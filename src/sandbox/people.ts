const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const institution = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person#';

export type Person = {
  /** The `sub` of launches and the `userId` of scores. */
  id: string;
  given: string;
  family: string;
  name: string;
  email: string;
  locale: string;
  teaches: boolean;
  /** Full URIs, as LTI 1.3 Core A.2.2 wants them. */
  roles: string[];
};

function person(id: string, given: string, family: string, locale: string, teaches: boolean): Person {
  const roles = teaches
    ? [`${membership}Instructor`, `${institution}Instructor`, `${institution}Faculty`]
    : [`${membership}Learner`, `${institution}Student`];
  return {
    id,
    given,
    family,
    name: `${given} ${family}`,
    email: `${id}@sandbox.example`,
    locale,
    teaches,
    roles,
  };
}

/** Everybody in the practice course. One name is long and accented, because somebody's always is. */
export const people = {
  ada: person('ada', 'Ada', 'Okafor', 'en-GB', true),
  ben: person('ben', 'Ben', 'Carter', 'en-GB', false),
  maria: person('maria', 'María José', 'Fernández-Villanueva de la Peña', 'es-ES', false),
} as const satisfies Record<string, Person>;

export const everybody: Person[] = Object.values(people);
export const learners: Person[] = everybody.filter(({ teaches }) => !teaches);

export function findPerson(id: unknown): Person | undefined {
  return everybody.find((one) => one.id === id);
}

/** The one course of this LMS. */
export const course = {
  id: 'practice-101',
  label: 'PRACTICE 101',
  title: 'Practice course',
  type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection'],
};
