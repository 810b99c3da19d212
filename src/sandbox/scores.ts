import express, { Router } from 'express';
import { z } from 'zod';
import { AppError } from '../web/errors.ts';
import { gradeOf } from './gradebook.ts';
import { lineItemUrl } from './claims.ts';
import { getTool } from './initiate.ts';
import { getLineItem } from './line-items.ts';
import type { Lms } from './lms.ts';
import { paged, requireMedia, requireReadable } from './media.ts';
import { learners } from './people.ts';
import { media, scope } from './protocol.ts';
import type { Score } from './state.ts';
import { requireScope } from './token.ts';

/** AGS 2.0 §3.4.2–3.4.8. */
const score = z
  .object({
    userId: z.union([z.string(), z.number()]).transform(String),
    // With a zone, as AGS 2.0 §3.4.3 wants it.
    timestamp: z.iso.datetime({ offset: true }),
    scoreGiven: z.number().nonnegative().optional(),
    scoreMaximum: z.number().positive().optional(),
    comment: z.string().max(10_000).optional(),
    activityProgress: z.enum(['Initialized', 'Started', 'InProgress', 'Submitted', 'Completed']),
    gradingProgress: z.enum(['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady']),
  })
  .refine((sent) => sent.scoreGiven === undefined || sent.scoreMaximum !== undefined, {
    path: ['scoreMaximum'],
    message: 'must come with scoreGiven',
  });

/** Takes scores and shows results: AGS 2.0 §3.3–3.4. As hard to please as Moodle 4.5. */
export function scoreRoutes(lms: Lms): Router {
  const router = Router({ mergeParams: true });

  router.post('/:item/scores', express.json({ type: media.score }), async (req, res) => {
    await requireScope(lms, req, scope.score);
    requireMedia(req, media.score);
    const parsed = score.safeParse(req.body);
    if (!parsed.success) {
      throw new AppError(
        400,
        'invalid_request',
        parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
      );
    }
    const sent = parsed.data;
    if (!learners.some(({ id }) => id === sent.userId))
      throw new AppError(400, 'invalid_request', 'No learner of this course has this userId.');
    await lms.store.change((draft) => {
      const item = getLineItem(draft, req.params.item);
      const before = draft.scores.find((one) => one.lineItem === item.id && one.userId === sent.userId);
      // Whole seconds, as Moodle compares: a second score within one second is refused.
      if (before && wholeSecond(sent.timestamp) <= wholeSecond(before.timestamp)) {
        throw new AppError(
          409,
          'conflict',
          `A score of ${before.timestamp} is already here; this one is not newer.`,
        );
      }
      const now: Score = { ...sent, lineItem: item.id, receivedAt: lms.now().toISOString() };
      draft.scores = [...draft.scores.filter((one) => one !== before), now];
    });
    // Moodle answers nothing, but calls that nothing a score.
    res.type(media.score).status(200).end();
  });

  router.get('/:item/results', async (req, res) => {
    await requireScope(lms, req, scope.result);
    requireReadable(req, media.results);
    const { state } = lms.store;
    const item = getLineItem(state, String(req.params.item));
    const url = lineItemUrl(lms.url, getTool(lms), item.id);
    const results = state.scores
      .filter(
        (one) =>
          one.lineItem === item.id && (req.query.user_id === undefined || one.userId === req.query.user_id),
      )
      .map((one) => ({
        id: url.replace('?', `/results/${one.userId}?`),
        scoreOf: url,
        userId: one.userId,
        resultScore: gradeOf(item, one) ?? undefined,
        resultMaximum: item.scoreMaximum,
        comment: one.comment,
      }));
    res.type(media.results).send(JSON.stringify(paged(lms, req, res, results)));
  });
  return router;
}

function wholeSecond(timestamp: string): number {
  return Math.floor(Date.parse(timestamp) / 1000);
}
