import type { Request, RequestHandler, Response } from 'express';
import { Forbidden, NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { findPerson, people, type Person } from './people.ts';

const cookie = 'sandbox_as';

/** Who is looking: named by `?as=` (which is remembered), else by the cookie, else the instructor. Nobody signs in here. */
export const whoIsIt: RequestHandler = (req, res, next) => {
  const named = findPerson(req.query.as);
  if (named) remember(res, named);
  res.locals.person = named ?? findPerson(cookieOf(req)) ?? people.ada;
  next();
};

export function personOf(res: Response): Person {
  return res.locals.person as Person;
}

/** Throws unless the person teaches the course. */
export function requireTeacher(res: Response): Person {
  const person = personOf(res);
  if (!person.teaches)
    throw new Forbidden('not-a-teacher', t('sandbox.teacherOnly', { name: person.name }), {
      detail: t('sandbox.teacherOnly.detail'),
    });
  return person;
}

/** Whose work is to be seen: teachers see everybody's, learners their own. */
export function workOf(res: Response, id: string): Person {
  const learner = findPerson(id);
  if (!learner || learner.teaches) throw new NotFound(t('sandbox.person'));
  if (personOf(res).id !== learner.id) requireTeacher(res);
  return learner;
}

/** `/as/:person`: becomes somebody else and goes on to a page of ours. */
export const becomeSomebody: RequestHandler<{ person: string }> = (req, res) => {
  const person = findPerson(req.params.person);
  if (!person) throw new NotFound(t('sandbox.person'));
  remember(res, person);
  const { to } = req.query;
  // A path of ours and nothing else: "//elsewhere" and "/\elsewhere" are other people's.
  res.redirect(303, typeof to === 'string' && /^\/(?![/\\])[\w/-]*$/.test(to) ? to : '/');
};

function remember(res: Response, person: Person): void {
  res.cookie(cookie, person.id, { httpOnly: true, sameSite: 'lax', path: '/' });
}

function cookieOf(req: Request): string | undefined {
  return new RegExp(`(?:^|;\\s*)${cookie}=(\\w+)`).exec(req.get('cookie') ?? '')?.[1];
}
