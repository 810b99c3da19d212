import { Router, type Request, type Response } from 'express';
import { Forbidden, NotFound } from '../web/errors.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { gradesOf, statusOf, type Grade } from './gradebook.ts';
import { removeLineItems } from './line-items.ts';
import type { Lms } from './lms.ts';
import { course, everybody, learners } from './people.ts';
import { becomeSomebody, personOf, requireTeacher, whoIsIt, workOf } from './person.ts';
import { isRegistered } from './register.ts';
import type { Activity } from './state.ts';

/** What people see of this LMS: the course page, an activity, the picker, the gradebook. */
export function pageRoutes(lms: Lms): Router {
  const router = Router();
  router.use(...pageHeaders('nobody'), noStore, whoIsIt);

  router.get('/', (req, res) => {
    const grades = gradesOf(lms.store.state);
    const activities = lms.store.state.activities.map((activity) => ({
      ...activity,
      ...gradingOf(activity, grades, personOf(res).id),
    }));
    const added = typeof req.query.added === 'string' ? Number.parseInt(req.query.added, 10) || 0 : 0;
    show(lms, req, res, 'course', course.title, { activities, added, connected: isRegistered(lms) });
  });

  router.get('/as/:person', becomeSomebody);

  router.get('/pick', (req, res) => {
    requireTeacher(res);
    show(lms, req, res, 'pick', t('sandbox.add'));
  });

  router.get('/activities/:id', (req, res) => {
    const activity = getActivity(lms, req.params.id);
    show(lms, req, res, 'activity', activity.title, {
      activity: { ...activity, ...gradingOf(activity, gradesOf(lms.store.state), personOf(res).id) },
    });
  });

  router.get('/activities/:id/work/:learner', (req, res) => {
    const activity = getActivity(lms, req.params.id);
    const learner = workOf(res, req.params.learner);
    show(lms, req, res, 'work', activity.title, { activity, learner });
  });

  router.get('/activities/:id/remove', (req, res) => {
    requireTeacher(res);
    const activity = getActivity(lms, req.params.id);
    show(lms, req, res, 'remove', t('sandbox.remove.title', { title: activity.title }), { activity });
  });

  router.post('/activities/:id/remove', sameSiteOnly, async (req, res) => {
    requireTeacher(res);
    const { id } = getActivity(lms, String(req.params.id));
    await lms.store.change((draft) => {
      draft.activities = draft.activities.filter((one) => one.id !== id);
      removeLineItems(draft, (item) => item.resourceLinkId === id);
    });
    res.redirect(303, '/');
  });

  router.get('/gradebook', (req, res) => {
    const person = personOf(res);
    const grades = gradesOf(lms.store.state).map((grade) => ({ ...grade, status: statusOf(grade) }));
    const rows = learners
      .filter(({ id }) => person.teaches || id === person.id)
      .map((learner) => ({ learner, grades: grades.filter(({ user }) => user === learner.id) }));
    show(lms, req, res, 'gradebook', t('sandbox.gradebook'), {
      columns: lms.store.state.lineItems,
      rows,
      showsWork: lms.store.state.tool?.reviewUri !== undefined,
    });
  });
  return router;
}

export function getActivity(lms: Lms, id: string): Activity {
  const found = lms.store.state.activities.find((activity) => activity.id === id);
  if (!found) throw new NotFound(t('sandbox.activity'));
  return found;
}

/** Every page of this LMS has its frame: who is looking, who else one may be, where one is. */
function show(
  lms: Lms,
  req: Request,
  res: Response,
  view: string,
  title: string,
  data: Record<string, unknown> = {},
): void {
  const { tool } = lms.store.state;
  const person = personOf(res);
  page(req, res, `sandbox/${view}`, {
    ...data,
    title,
    view,
    course,
    person,
    everybody,
    path: req.path,
    toolUrl: lms.toolUrl,
    toolName: tool?.name,
  });
}

/** What a person reads of grading beside an activity: its points, and where they themselves are. */
function gradingOf(
  activity: Activity,
  grades: Grade[],
  person: string,
): { maximum?: number; grade?: Grade & { status: string } } {
  const mine = grades.filter((grade) => grade.activity === activity.id);
  const own = mine.find((grade) => grade.user === person);
  return { maximum: mine[0]?.maximum, grade: own && { ...own, status: statusOf(own) } };
}

/** A form on another site cannot remove anything here: browsers say where a request comes from (Fetch Metadata). */
function sameSiteOnly(req: Request, _res: Response, next: () => void): void {
  const from = req.get('sec-fetch-site') ?? 'none';
  if (from !== 'same-origin' && from !== 'none') throw new Forbidden('cross-site', t('sandbox.crossSite'));
  next();
}
