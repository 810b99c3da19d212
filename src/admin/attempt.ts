import { Router } from 'express';
import { z } from 'zod';
import { namesOfPeople } from '../access/people.ts';
import { presentLog } from '../api/present.ts';
import type { AttemptRecord } from '../attempts/attempt.model.ts';
import { inspectAttempt, type Inspected } from '../attempts/inspect.ts';
import { forgetLog, isLogged, readLog, switchLog } from '../attempts/log.ts';
import { findAttempt } from '../attempts/open.ts';
import type { Context } from '../context.ts';
import { attemptView } from '../display/attempt.ts';
import { logRow, logText } from '../display/log.ts';
import { listPlatforms } from '../lti/platforms.ts';
import { deliveriesAbout } from '../outbox/deliveries.ts';
import { NotFound } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { deliveryRow } from './delivery-row.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

const query = z.object({
  show: z.enum(['errors']).optional().catch(undefined),
  skip: z.coerce.number().int().min(0).max(100_000).catch(0).default(0),
});
const turnForm = z.object({ turn: z.enum(['on', 'off']) });
/** Lines of the log on one page. */
const lines = 200;

/** One learner's attempt: how it stands, what is known of its parts, its grade on the way, and its log. */
export function attemptRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/:id', async (req, res) => {
    const { show, skip } = parse(query, req.query, t('admin.query'));
    const { workspace } = visitorOf(req);
    const inspected = await inspectAttempt(ctx, workspace, req.params.id);
    const [deliveries, log] = await Promise.all([
      gradeOf(workspace, inspected),
      logOf(inspected, { errors: show === 'errors', skip }),
    ]);
    page(req, res, 'admin/attempt', {
      said: req.query.said,
      attempt: withAddresses(attemptView(inspected)),
      deliveries,
      log,
    });
  });

  routes.post('/:id/log', checkForm, async (req, res) => {
    const { workspace, person } = visitorOf(req);
    const { turn } = parse(turnForm, req.body);
    const id = String(req.params.id);
    await switchLog(ctx, workspace, id, { on: turn === 'on', by: person._id });
    res.redirect(303, `/admin/attempts/${id}?said=${turn}#log`);
  });

  routes.post('/:id/log/forget', checkForm, async (req, res) => {
    const { _id } = await attemptOf(visitorOf(req).workspace, req.params.id);
    await forgetLog(ctx, _id);
    res.redirect(303, `/admin/attempts/${_id}?said=forgotten#log`);
  });

  routes.get('/:id/log.json', async (req, res) => {
    const attempt = await attemptOf(visitorOf(req).workspace, req.params.id);
    const log = presentLog(attempt, await readLog(ctx, attempt._id), isLogged(ctx, attempt));
    res
      .attachment(`${attempt._id}-log.json`)
      .type('json')
      .send(JSON.stringify(log, null, 2));
  });

  routes.get('/:id/log.txt', async (req, res) => {
    const { attempt, course } = await inspectAttempt(ctx, visitorOf(req).workspace, req.params.id);
    const log = await readLog(ctx, attempt._id);
    res.attachment(`${attempt._id}-log.txt`).type('text').send(logText(log.lines, course.standard));
  });

  async function attemptOf(workspace: string, id: unknown): Promise<AttemptRecord> {
    const attempt = await findAttempt(ctx, workspace, String(id));
    if (!attempt) throw new NotFound(t('admin.attempt'));
    return attempt;
  }

  /** Deliveries that tell of this learner on this link, whichever attempt decided them. */
  async function gradeOf(workspace: string, { siblings, learner, course }: Inspected) {
    const ids = siblings.map(({ _id }) => _id);
    const [rows, platforms] = await Promise.all([
      deliveriesAbout(ctx, workspace, ids),
      listPlatforms(ctx, workspace),
    ]);
    const names = {
      learners: new Map([[learner._id, learner]]),
      courses: new Map([[course._id, course]]),
      platforms: new Map(platforms.map((platform) => [platform._id, platform])),
    };
    return rows.map((row) => deliveryRow(row, names, ctx.now()));
  }

  async function logOf(
    { attempt, course, activities }: Inspected,
    wanted: { errors: boolean; skip: number },
  ) {
    const [read, names] = await Promise.all([
      readLog(ctx, attempt._id, { ...wanted, limit: lines }),
      namesOfPeople(ctx, attempt.log ? [attempt.log.by] : []),
    ]);
    const at = (to: { errors?: boolean; skip?: number }) => {
      const asked = new URLSearchParams({
        ...((to.errors ?? wanted.errors) && { show: 'errors' }),
        ...(to.skip && { skip: String(to.skip) }),
      });
      return `/admin/attempts/${attempt._id}${asked.size > 0 ? `?${asked}` : ''}#log`;
    };
    return {
      on: isLogged(ctx, attempt),
      until: attempt.log?.until,
      since: attempt.log?.at,
      by:
        attempt.log &&
        (names.get(attempt.log.by) ??
          t(isTeacher(attempt.log.by) ? 'admin.log.byTeacher' : 'admin.log.byKey')),
      total: read.total,
      dropped: read.dropped,
      rows: read.lines.map((line) => {
        const row = logRow(line, course.standard);
        return activities.length > 1 ? row : { ...row, activity: undefined };
      }),
      filtered: wanted.errors,
      tabs: [
        { href: at({ errors: false }), text: t('admin.log.all'), current: !wanted.errors },
        { href: at({ errors: true }), text: t('admin.log.errors'), current: wanted.errors },
      ],
      refresh: at({}),
      newest: wanted.skip > 0 ? at({}) : undefined,
      older: read.older ? at({ skip: wanted.skip + lines }) : undefined,
    };
  }

  return routes;
}

function withAddresses(view: ReturnType<typeof attemptView>) {
  const at = (id: string) => `/admin/attempts/${id}`;
  const { course } = view;
  return {
    ...view,
    address: at(view.id),
    course: { ...course, address: course.gone ? undefined : `/admin/courses/${course.id}` },
    others: view.others.map((other) => ({ ...other, address: at(other.id) })),
  };
}

/** Who switches a log on in an LMS is known by the key of a learner there. */
function isTeacher(by: string): boolean {
  return by.startsWith('lti:');
}
