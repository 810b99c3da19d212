import type { Context } from '../context.ts';
import type { EngineState } from '../scorm/engine.ts';
import { interactionsIn, type Asked } from '../scorm/report.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { definitionOf } from './definitions.ts';
import type { LinkRecord } from './link.model.ts';
import { countLearner, newCounting, questionsOf, type Question } from './questions.ts';

/** Attempts read at a time: each may be large, and thousands need not be in memory together. */
const batchSize = 20;

type Read = Pick<AttemptRecord, 'learner' | 'number' | 'version' | 'state'>;

/** The questions that a link's course asks, and how its learners did: of those whose work counts there, one after the other. */
export async function readQuestions(
  ctx: Pick<Context, 'db'>,
  { _id, kind }: Pick<LinkRecord, '_id' | 'kind'>,
): Promise<Question[]> {
  const counting = newCounting();
  let learner = '';
  let asked: Asked[] = [];
  const all = attempts(ctx.db)
    .find({ link: _id, graded: kind !== 'preview' }, { learner: 1, number: 1, version: 1, state: 1 })
    .sort({ learner: 1, number: 1 })
    .lean<Read>()
    .cursor({ batchSize });
  for await (const attempt of all) {
    if (attempt.learner !== learner) countLearner(counting, asked);
    asked = attempt.learner === learner ? asked : [];
    learner = attempt.learner;
    const definition = await definitionOf(ctx, attempt.version);
    asked = asked.concat(interactionsIn(definition, JSON.parse(attempt.state) as EngineState));
  }
  countLearner(counting, asked);
  return questionsOf(counting);
}
