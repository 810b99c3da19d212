import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { questionView } from '../../src/teacher/report.ts';
import { lti } from '../lti/platform.ts';
import { openClassroom, type Classroom } from './world.ts';

describe('how questions were answered, on the page of a link', () => {
  let room: Classroom;
  before(async () => {
    room = await openClassroom();
  });
  after(() => room.stop());

  const text = (html: string) =>
    html
      .replace(/<svg.*?<\/svg>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replaceAll('&#39;', "'")
      .replace(/\s+/g, ' ');

  /** A learner opens the link and answers these questions: id, answer, result. */
  const answer = (sub: string, given: [string, string, string][]) => {
    const values = given.flatMap(([id, response, result], i) =>
      Object.entries({ id, type: 'choice', student_response: response, result, latency: '00:00:10' }).map(
        ([name, value]) => [`cmi.interactions.${i}.${name}`, value] as const,
      ),
    );
    return room.play(sub, Object.fromEntries(values), { leave: false });
  };

  it('says that there are none yet', async () => {
    const { visit } = await room.enter();
    const { text: page } = await room.step('report', visit).expect(200);
    assert.match(page, /No answers yet/);
  });

  it('says of each how often it was asked, how many were right, and what was answered', async () => {
    await answer('a', [
      ['peru', 'a', 'correct'],
      ['rivers', 'x', 'wrong'],
    ]);
    await answer('b', [
      ['peru', 'b', 'wrong'],
      ['peru', 'a', 'correct'],
    ]);
    await answer('c', [['peru', 'c', 'wrong']]);
    const { visit } = await room.enter();
    const page = text((await room.step('report', visit).expect(200)).text);
    assert.match(
      page,
      /peru Multiple choice 3 learners 4 tries 10 s on average 66\.7% right \(33\.3% at the first try\)/,
    );
    assert.match(page, /Right: a 1 2 \(66\.7%\)/);
    assert.match(page, /Wrong: c 1 1 \(33\.3%\)/);
    assert.match(page, /rivers Multiple choice 1 learner 10 s on average 0% right/);
  });

  it('is of this link alone', async () => {
    const { visit } = await room.enter({ [lti('resource_link')]: { id: 'quiet', title: 'Quiet' } });
    assert.match((await room.step('report', visit).expect(200)).text, /No answers yet/);
    assert.ok((await attempts(room.app.ctx.db).countDocuments()) >= 3);
  });

  it('adds up what it does not show, and says where nobody can judge', () => {
    const answers = Array.from({ length: 12 }, (_, i) => ({ parts: [`${i}`, 'x'], first: 1, last: 12 - i }));
    const question = {
      activity: 'i',
      title: 'Part',
      id: 'q',
      learners: 100,
      tries: 100,
      others: 22,
      answers,
    };
    const view = questionView({ ...question, first: { judged: 0 }, last: { judged: 0 } }, true);
    assert.deepEqual(
      [view.answers.length, view.answers[0]!.text, view.others],
      [8, '0, x', 22 + 4 + 3 + 2 + 1],
    );
    assert.deepEqual([view.last, view.about, view.heading], [undefined, 'Part', 'q']);
  });
});
