import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Launch } from '../lti/verify-launch.ts';
import { getCourse } from '../packages/courses.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { openPreview } from './open-course.ts';
import {
  cancelPick,
  emptyForm,
  openPicker,
  pageOfCourses,
  pickerOf,
  pickerPage,
  returnPicks,
  type PickForm,
} from './picker.ts';

const ticketForm = z.object({ ticket: z.string().max(100) });
const previewForm = ticketForm.extend({ course: z.string().max(100) });
const pickForm = ticketForm
  .extend({
    do: z.enum(['add', 'search', 'more']).catch('add'),
    search: z.string().max(200).catch(''),
    limit: z.coerce.number().int().catch(pageOfCourses),
    shown: z.enum(['iframe', 'window']).catch('iframe'),
    zone: z.string().max(64).catch(''),
    course: z
      .union([
        z.array(z.string().max(100)).max(100),
        z
          .string()
          .max(100)
          .transform((one) => [one]),
      ])
      .default([]),
  })
  .loose();

/** Everything after a picker has been shown: search, more, add, cancel, preview. Plain forms; the ticket is the key to them. */
export function pickRoutes(ctx: Context): Router {
  const router = Router();
  // Five fields for each course on the page.
  const form = express.urlencoded({ extended: false, limit: '1mb', parameterLimit: 5000 });

  router.post('/pick', form, async (req, res) => {
    const body = parse(pickForm, req.body ?? {}, t('launch.form'));
    const picks = readForm(body);
    if (body.do === 'add') {
      const answer = await returnPicks(ctx, body.ticket, picks);
      if (!('fault' in answer)) return void page(req, res, 'launch/returning', answer);
      const launch = await pickerOf(ctx, body.ticket);
      return void page(
        req,
        res.status(422),
        'launch/picker',
        await pickerPage(ctx, launch, body.ticket, picks, answer),
      );
    }
    const more = body.do === 'more' ? pageOfCourses : 0;
    const launch = await pickerOf(ctx, body.ticket);
    page(
      req,
      res,
      'launch/picker',
      await pickerPage(ctx, launch, body.ticket, { ...picks, limit: picks.limit + more }),
    );
  });
  router.post('/pick/cancel', form, async (req, res) => {
    const { ticket } = parse(ticketForm, req.body ?? {}, t('launch.form'));
    page(req, res, 'launch/returning', await cancelPick(ctx, ticket));
  });
  router.post('/preview', form, async (req, res) => {
    const { ticket, course } = parse(previewForm, req.body ?? {}, t('launch.form'));
    const launch = await pickerOf(ctx, ticket);
    // Its "return" would lead the new tab to the LMS's picker; it has none.
    const who = { ...launch, returnUrl: undefined };
    res.redirect(303, await openPreview(ctx, who, await getCourse(ctx, launch.workspace, course)));
  });
  return router;
}

/** The picker, as the answer to a deep linking launch. */
export async function showPicker(ctx: Context, req: Request, res: Response, launch: Launch): Promise<void> {
  const ticket = await openPicker(ctx, launch);
  page(req, res, 'launch/picker', await pickerPage(ctx, launch, ticket, emptyForm));
}

/** `points_<course>`, `label_<course>` and its dates stand beside each course. */
function readForm(body: z.infer<typeof pickForm>): PickForm {
  const beside = (prefix: string) =>
    Object.fromEntries(
      Object.entries(body)
        .filter(([name, value]) => name.startsWith(prefix) && typeof value === 'string')
        .map(([name, value]) => [name.slice(prefix.length), String(value).slice(0, 300)]),
    );
  return {
    search: body.search.trim(),
    limit: body.limit,
    courses: body.course,
    points: beside('points_'),
    labels: beside('label_'),
    dates: { from: beside('from_'), due: beside('due_'), until: beside('until_') },
    zone: body.zone,
    shown: body.shown,
  };
}
