import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { reportText } from '../../src/teacher/report-file.ts';
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

  it('comes as a file, with formulas disarmed and all answers', async () => {
    const link = { [lti('resource_link')]: { id: 'quiet', title: 'Quiet' } };
    const { visit } = await room.enter();
    const file = await room.step('report/file', visit).expect(200);
    assert.match(
      file.headers['content-disposition']!,
      /attachment; filename=Golf-answers-\d{4}-\d\d-\d\d\.csv/,
    );
    assert.match(file.headers['content-type']!, /^text\/csv/);
    const lines = file.text.replace('\ufeff', '').trimEnd().split('\r\n');
    assert.match(lines[0]!, /^Part,Question,Text,Type,Learners,Tries,Right at the first try \(%\)/);
    assert.match(lines[1]!, /,peru,,choice,3,4,33\.3,66\.7,10,a,yes,1,2$/);
    assert.equal(lines.filter((line) => line.includes(',peru,')).length, 3);
    const none = await room.step('report/file', (await room.enter(link)).visit).expect(200);
    assert.equal(none.text.trimEnd().split('\r\n').length, 1);
    await room.step('report/file', 'nobody').expect(410);

    const bad = { parts: ['=HYPERLINK("x")'], first: 1, last: 1 };
    const question = {
      activity: 'i',
      title: '@part',
      id: '+1',
      description: '-1 "x"',
      type: 'choice',
      learners: 1,
    };
    const rest = { tries: 1, first: { judged: 0 }, last: { judged: 0 }, others: 2, answers: [bad] };
    assert.deepEqual(
      reportText([{ ...question, ...rest }])
        .split('\r\n')
        .slice(1, 3),
      [
        `'@part,'+1,"'-1 ""x""",choice,1,1,,,,"'=HYPERLINK(""x"")",,1,1`,
        `'@part,'+1,"'-1 ""x""",choice,1,1,,,,Other answers,,,2`,
      ],
    );
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
