import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { findTogether, insertTogether } from '../store/together.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { learners, type LearnerRecord } from './learner.model.ts';

export type LearnerFacts = Pick<LearnerRecord, 'workspace' | 'key' | 'sub' | 'name' | 'email'>;

/** The key of who is called `sub` by a platform, our id of which it is. */
export function keyOfLearner(platform: string, sub: string): string {
  return `lti:${platform}:${sub}`;
}

/** The learner of this key, made if new; the name and address are the latest the platform told, if it tells any. */
export async function rememberLearner(
  ctx: Pick<Context, 'db' | 'now'>,
  who: LearnerFacts,
): Promise<LearnerRecord> {
  return (await meetLearner(ctx, who)).learner;
}

/** The same, and whether they were made just now: then there is nothing of theirs anywhere. */
export async function meetLearner(
  ctx: Pick<Context, 'db' | 'now'>,
  who: LearnerFacts,
): Promise<{ learner: LearnerRecord; isNew: boolean }> {
  const found = await findByKey(ctx, who.key);
  if (found) return { learner: await bringUpToDate(ctx, found, who), isNew: false };
  const learner: LearnerRecord = { ...who, _id: newId('lrn'), createdAt: ctx.now() };
  try {
    await insertTogether(learners(ctx.db), learner);
    return { learner, isNew: true };
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return { learner: await bringUpToDate(ctx, (await findByKey(ctx, who.key))!, who), isNew: false };
  }
}

/** The learner that a platform calls by this key, if we have met them in this workspace. */
export async function findLearnerBy(
  ctx: Pick<Context, 'db'>,
  { workspace, key }: Pick<LearnerFacts, 'workspace' | 'key'>,
): Promise<LearnerRecord | undefined> {
  const found = await findByKey(ctx, key);
  return found?.workspace === workspace ? found : undefined;
}

export async function findLearner(ctx: Pick<Context, 'db'>, id: string): Promise<LearnerRecord | undefined> {
  return findTogether<LearnerRecord>(learners(ctx.db), { _id: id });
}

export async function getLearner(ctx: Pick<Context, 'db'>, id: string): Promise<LearnerRecord> {
  const learner = await findLearner(ctx, id);
  if (!learner) throw new NotFound(t('attempts.learner'));
  return learner;
}

function findByKey(ctx: Pick<Context, 'db'>, key: string): Promise<LearnerRecord | undefined> {
  return findTogether<LearnerRecord>(learners(ctx.db), { key });
}

async function bringUpToDate(
  ctx: Pick<Context, 'db'>,
  found: LearnerRecord,
  who: LearnerFacts,
): Promise<LearnerRecord> {
  // A platform that stopped telling names takes none away: the gradebook of last year still reads well.
  const now = { name: who.name || found.name, email: who.email || found.email };
  if (now.name === found.name && now.email === found.email) return found;
  await learners(ctx.db).updateOne({ _id: found._id }, { $set: now });
  return { ...found, ...now };
}
