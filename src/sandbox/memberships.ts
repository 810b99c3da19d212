import { Router } from 'express';
import { AppError } from '../web/errors.ts';
import { membershipsUrl } from './claims.ts';
import { getTool } from './initiate.ts';
import type { Lms } from './lms.ts';
import { paged, requireReadable } from './media.ts';
import { course, everybody, type Person } from './people.ts';
import { media, scope } from './protocol.ts';
import { requireScope } from './token.ts';

/** Who is in the course: LTI Names and Role Provisioning Services 2.0 §2.4. */
export function membershipRoutes(lms: Lms): Router {
  const router = Router();
  router.get('/', async (req, res) => {
    await requireScope(lms, req, scope.memberships);
    requireReadable(req, media.memberships);
    const { role, rlid } = req.query;
    if (rlid !== undefined && !lms.store.state.activities.some(({ id }) => id === rlid)) {
      throw new AppError(404, 'not_found', 'There is no resource link of this id.');
    }
    const wanted = everybody.filter(
      ({ roles }) =>
        role === undefined || roles.some((one) => one === role || one.endsWith(`membership#${String(role)}`)),
    );
    const { claims } = getTool(lms);
    const members = paged(lms, req, res, wanted).map((person) => member(person, claims));
    const { id, label, title } = course;
    res
      .type(media.memberships)
      .send(JSON.stringify({ id: membershipsUrl(lms.url), context: { id, label, title }, members }));
  });
  return router;
}

function member(person: Person, claims: string[]) {
  const known = {
    name: person.name,
    given_name: person.given,
    family_name: person.family,
    email: person.email,
  };
  const shared = Object.fromEntries(Object.entries(known).filter(([name]) => claims.includes(name)));
  return {
    status: 'Active',
    user_id: person.id,
    roles: person.roles,
    lis_person_sourcedid: `sandbox:${person.id}`,
    ...shared,
  };
}
