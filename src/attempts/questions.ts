import { answerOf, creditOf } from '../scorm/answers.ts';
import { parseInterval, parseTimespan } from '../scorm/duration.ts';
import type { Asked } from '../scorm/report.ts';

/** How often an answer was given in a learner's first try, and in the last; `right`: undefined where nobody can say. */
export type GivenAnswer = { parts: string[]; first: number; last: number; right?: boolean };

/** Of so many learners whose answer could be judged, this share was right (0 to 1). */
export type Judged = { judged: number; right?: number };

/** A question of a course, and how its learners did. */
export type Question = {
  activity: string;
  /** Of the part of the course it is in. */
  title: string;
  id: string;
  type?: string;
  description?: string;
  /** Learners who answered it, and their tries together. */
  learners: number;
  tries: number;
  first: Judged;
  last: Judged;
  /** Seconds it took on average, where the course says. */
  latency?: number;
  /** The most given first; `others`: learners whose last answer is none of these. */
  answers: GivenAnswer[];
  others: number;
};

/** A course that makes up a question for every call must not fill our memory: more than these are not looked at. */
const most = { questions: 2_000, answersEach: 500, answers: 10_000, shown: 20, triesEach: 10_000 };
/** Seconds: a tab that was left open over night took no longer to answer. */
const longestLatency = 3_600;

type Count = { parts: string[]; first: number; last: number; credit: number; judged: number };
type Tally = { judged: number; credit: number };
type Counted = Pick<Question, 'activity' | 'title' | 'id' | 'type' | 'description' | 'learners' | 'tries'> & {
  first: Tally;
  last: Tally;
  latency: { sum: number; count: number };
  answers: Map<string, Count>;
};

/** What was counted up to now; learner by learner, so that nobody else's answers need be at hand. */
export type Counting = {
  questions: Map<string, Counted>;
  /** Different answers that are kept, of all questions together. */
  answers: number;
};

export function newCounting(): Counting {
  return { questions: new Map(), answers: 0 };
}

/** Counts one learner in; `asked`: all they were asked, in all their attempts, the oldest first. */
export function countLearner(counting: Counting, asked: Asked[]): void {
  const mine = new Map<string, Asked[]>();
  for (const one of asked.slice(0, most.triesEach)) {
    const { id, response, result } = one.interaction;
    if (id === '' || (response === undefined && result === undefined)) continue;
    const name = `${one.activity}\u0000${id}`;
    const { questions } = counting;
    if (!questions.has(name) && questions.size >= most.questions) continue;
    if (!questions.has(name)) questions.set(name, newQuestion(one));
    const tries = mine.get(name) ?? [];
    tries.push(one);
    mine.set(name, tries);
  }
  for (const [name, tries] of mine) countTries(counting, counting.questions.get(name)!, tries);
}

function newQuestion({ activity, title, interaction }: Asked): Counted {
  return {
    activity,
    title,
    id: interaction.id.toWellFormed(),
    learners: 0,
    tries: 0,
    first: { judged: 0, credit: 0 },
    last: { judged: 0, credit: 0 },
    latency: { sum: 0, count: 0 },
    answers: new Map(),
  };
}

function countTries(counting: Counting, question: Counted, tries: Asked[]): void {
  question.learners += 1;
  question.tries += tries.length;
  for (const { interaction } of tries) {
    question.type ??= interaction.type;
    question.description ??= interaction.description?.trim().toWellFormed() || undefined;
    const seconds = secondsOf(interaction.latency);
    if (seconds === undefined) continue;
    question.latency.sum += seconds;
    question.latency.count += 1;
  }
  countTry(counting, question, tries[0]!, 'first');
  countTry(counting, question, tries.at(-1)!, 'last');
}

function countTry(
  counting: Counting,
  question: Counted,
  { interaction }: Asked,
  which: 'first' | 'last',
): void {
  const { type = question.type, response } = interaction;
  const credit = creditOf(type, interaction);
  if (credit !== undefined) {
    question[which].judged += 1;
    question[which].credit += credit;
  }
  if (response === undefined) return;
  const { parts, key } = answerOf(type, response);
  let count = question.answers.get(key);
  if (!count) {
    if (question.answers.size >= most.answersEach || counting.answers >= most.answers) return;
    count = { parts, first: 0, last: 0, credit: 0, judged: 0 };
    question.answers.set(key, count);
    counting.answers += 1;
  }
  count[which] += 1;
  count.credit += credit ?? 0;
  count.judged += credit === undefined ? 0 : 1;
}

/** The questions in the order in which they were met first. */
export function questionsOf(counting: Counting): Question[] {
  return [...counting.questions.values()].map(({ first, last, latency, answers, ...question }) => {
    const byCount = [...answers.values()].toSorted((a, b) => b.last - a.last || b.first - a.first);
    const shown = byCount.slice(0, most.shown);
    return {
      ...question,
      first: judgedOf(first),
      last: judgedOf(last),
      latency: latency.count > 0 ? Math.round((latency.sum / latency.count) * 100) / 100 : undefined,
      answers: shown.map((count) => ({
        parts: count.parts,
        first: count.first,
        last: count.last,
        right: count.judged > 0 ? count.credit / count.judged >= 0.5 : undefined,
      })),
      others: question.learners - shown.reduce((sum, count) => sum + count.last, 0),
    };
  });
}

function judgedOf({ judged, credit }: Tally): Judged {
  return judged > 0 ? { judged, right: Math.round((credit / judged) * 1e4) / 1e4 } : { judged };
}

function secondsOf(latency = ''): number | undefined {
  const seconds = parseTimespan(latency) ?? parseInterval(latency);
  return seconds !== undefined && seconds <= longestLatency ? seconds : undefined;
}
