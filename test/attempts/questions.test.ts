import assert from 'node:assert/strict';
import { readQuestions } from '../../src/attempts/link-questions.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import { countLearner, newCounting, questionsOf, type Question } from '../../src/attempts/questions.ts';
import type { Asked, InteractionReport } from '../../src/scorm/report.ts';
import { course12, course2004, sco } from '../scorm/courses.ts';
import { addCourse, addLearner, addLink, openAttemptsWorld, openTab, type AttemptsWorld } from './world.ts';

const asked = (interaction: Partial<InteractionReport>, activity = 'one'): Asked => ({
  activity,
  title: `Title of ${activity}`,
  interaction: { id: 'q', type: 'choice', correct: [], ...interaction },
});
const reportOn = (learners: Asked[][]): Question[] => {
  const counting = newCounting();
  for (const learner of learners) countLearner(counting, learner);
  return questionsOf(counting);
};

describe('the questions of a course', () => {
  it('say how many answered, how many were right in the first and the last try, and what was answered', () => {
    const wrong = asked({ response: 'a', result: 'wrong', latency: '00:00:10' });
    const right = asked({ response: 'b', result: 'correct', latency: 'PT20S', description: ' How? ' });
    const [question, ...more] = reportOn([
      [wrong, wrong, right],
      [right],
      [wrong],
      [asked({ result: 'neutral' })],
    ]);
    assert.deepEqual(more, []);
    assert.deepEqual(question, {
      activity: 'one',
      title: 'Title of one',
      id: 'q',
      type: 'choice',
      description: 'How?',
      learners: 4,
      tries: 6,
      first: { judged: 3, right: 0.3333 },
      last: { judged: 3, right: 0.6667 },
      latency: 14,
      answers: [
        { parts: ['b'], first: 1, last: 2, right: true },
        { parts: ['a'], first: 2, last: 1, right: false },
      ],
      others: 1,
    });
  });

  it('are apart by their part of the course, and those that nobody answered are none', () => {
    const learner = [
      asked({ response: 'a' }),
      asked({ response: 'a' }, 'two'),
      asked({ id: 'unseen' }),
      asked({ id: '', response: 'a' }),
    ];
    assert.deepEqual(
      reportOn([learner]).map(({ activity, id, first }) => [activity, id, first]),
      [
        ['one', 'q', { judged: 0 }],
        ['two', 'q', { judged: 0 }],
      ],
    );
  });

  it('count the same answer in two notations once', () => {
    const [question] = reportOn([[asked({ response: 'a[,]b' })], [asked({ response: 'b,a' })]]);
    assert.deepEqual(question!.answers, [{ parts: ['a', 'b'], first: 2, last: 2, right: undefined }]);
  });

  it('show the most given answers, and how many gave others', () => {
    const learners = Array.from({ length: 90 }, (_, i) => [
      asked({ type: 'numeric', response: String(i % 60) }),
    ]);
    const [question] = reportOn(learners);
    assert.equal(question!.answers.length, 20);
    assert.ok(question!.answers.every(({ last }) => last === 2));
    assert.equal(question!.others, 50);
  });

  it('believe no latency of a tab that was left open', () => {
    const [question] = reportOn([
      [asked({ response: 'a', latency: '09:00:00' }), asked({ response: 'a', latency: 'soon' })],
      [asked({ response: 'a', latency: 'PT4S' })],
    ]);
    assert.equal(question!.latency, 4);
  });

  it('do not fill the memory, whatever a course makes up', () => {
    const counting = newCounting();
    for (let i = 0; i < 30; i++)
      countLearner(
        counting,
        Array.from({ length: 3_000 }, (_, q) => asked({ id: `q${q}`, response: `${i} ${q}` })),
      );
    assert.deepEqual([counting.questions.size, counting.answers], [2_000, 10_000]);
    const [first] = questionsOf(counting);
    assert.deepEqual(
      [first!.learners, first!.others + first!.answers.reduce((sum, { last }) => sum + last, 0)],
      [30, 30],
    );
  });

  it('throw at nothing, and are always text and sums that add up', () => {
    let state = 20261127;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pick = <T>(from: T[]): T => from[random(from.length)]!;
    const pieces = [
      '__proto__',
      'constructor',
      'a',
      'b',
      '[,]',
      '[.]',
      '[:]',
      ',',
      '.',
      '{',
      '}',
      '{lang=en}',
      '\ud83d',
    ];
    pieces.push(
      '\udc00',
      '😀',
      '\u0000',
      '\u0001',
      ' ',
      '\n',
      '1',
      '-1e9',
      'NaN',
      'x'.repeat(10_240),
      '{case_matters=',
    );
    const text = () => Array.from({ length: random(6) }, () => pick(pieces)).join('');
    const perhaps = () => (random(3) > 0 ? text() : undefined);
    const types = [
      'true-false',
      'choice',
      'fill-in',
      'long-fill-in',
      'matching',
      'performance',
      'sequencing',
    ];
    types.push('likert', 'numeric', 'other', '__proto__', '');
    const some = (): Asked => ({
      activity: pick(['one', '__proto__', 'toString']),
      title: text(),
      interaction: {
        id: text(),
        type: random(5) > 0 ? pick(types) : undefined,
        description: perhaps(),
        response: perhaps(),
        correct: Array.from({ length: random(3) }, text),
        result:
          random(2) > 0
            ? pick(['correct', 'wrong', 'incorrect', 'neutral', '0.3', '1e999', text()])
            : undefined,
        latency: random(2) > 0 ? pick(['PT1S', '00:00:01', 'P1Y', text()]) : undefined,
      },
    });
    for (let round = 0; round < 40; round++) {
      const questions = reportOn(Array.from({ length: 20 }, () => Array.from({ length: random(12) }, some)));
      for (const {
        id,
        description = '',
        learners,
        tries,
        first,
        last,
        latency = 0,
        answers,
        others,
      } of questions) {
        assert.ok(id.isWellFormed() && description.isWellFormed());
        assert.ok(
          answers.every(({ parts }) => parts.every((part) => part.length <= 300 && part.isWellFormed())),
        );
        assert.ok(learners > 0 && tries >= learners && learners <= 20);
        for (const { judged, right = 0 } of [first, last])
          assert.ok(judged <= learners && right >= 0 && right <= 1);
        assert.ok(latency >= 0 && Number.isFinite(latency));
        assert.ok(others >= 0);
        assert.equal(others + answers.reduce((sum, answer) => sum + answer.last, 0), learners);
      }
    }
  });
});

describe("the questions of a link's course", () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  for (const standard of ['1.2', '2004'] as const)
    it(`are read from what learners did, attempt by attempt: SCORM ${standard}`, async () => {
      const { ctx } = world;
      const is12 = standard === '1.2';
      const definition = is12 ? course12(sco('one')) : course2004(sco('one'));
      const course = await addCourse(ctx, definition);
      const link = await addLink(ctx, course);
      const said = [
        ['a', 'wrong'],
        ['b', 'correct'],
      ] as const;
      for (const [response, result] of said) {
        const learner = await addLearner(ctx);
        const attempt = await openAttempt(ctx, { link, learner, course: course._id, graded: true });
        const tab = await openTab(ctx, attempt, definition);
        const call = (name: string, ...args: string[]) =>
          assert.equal(
            tab.session.call(is12 ? `LMS${name}` : name, ...args),
            'true',
            `${name} ${args.join(' ')}`,
          );
        tab.session.open('one');
        call('Initialize', '');
        const set = (element: string, value: string) =>
          call('SetValue', `cmi.interactions.0.${element}`, value);
        set('id', 'q1');
        set('type', 'choice');
        if (!is12) set('description', 'Which one?');
        set(is12 ? 'student_response' : 'learner_response', response);
        set('result', is12 ? result : result.replace('wrong', 'incorrect'));
        set('latency', is12 ? '00:00:05' : 'PT5S');
        await tab.commit();
      }
      const nobodys = await addLearner(ctx);
      await openAttempt(ctx, { link, learner: nobodys, course: course._id, graded: true });
      const [question, ...more] = await readQuestions(ctx, link);
      assert.deepEqual(more, []);
      assert.deepEqual(
        { ...question, answers: question!.answers.toSorted((a, b) => (a.parts[0]! < b.parts[0]! ? -1 : 1)) },
        {
          activity: 'one',
          title: 'Title of one',
          id: 'q1',
          type: 'choice',
          description: is12 ? undefined : 'Which one?',
          learners: 2,
          tries: 2,
          first: { judged: 2, right: 0.5 },
          last: { judged: 2, right: 0.5 },
          latency: 5,
          answers: [
            { parts: ['a'], first: 1, last: 1, right: false },
            { parts: ['b'], first: 1, last: 1, right: true },
          ],
          others: 0,
        },
      );
      assert.deepEqual(await readQuestions(ctx, await addLink(ctx, course)), []);
    });
});
