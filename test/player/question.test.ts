import assert from 'node:assert/strict';
import type { Opened, Standing } from '../../src/player/client/opened.ts';
import { questionOf } from '../../src/player/client/question.ts';
import { isCramped } from '../../src/player/client/room.ts';
import type { Words } from '../../src/player/client/words.ts';
import { t as text } from '../../src/web/text.ts';
import { course12, sco } from '../scorm/courses.ts';

const t: Words = Object.assign(
  (key: string, values?: Record<string, string>) => text(`player.client.${key}`, values),
  {
    number: (value: number) => String(value),
    percent: (share: number) => `${share * 100} %`,
    time: (at: Date) => at.toISOString(),
  },
);

describe('what is asked before a course loads that was begun before', () => {
  const finished: Standing = {
    stand: 'finished',
    number: 1,
    most: 0,
    ask: true,
    offers: ['goOn', 'review', 'again'],
    window: 'here',
  };
  const passed = { completion: 'completed', success: 'passed', score: 0.8, seconds: 0 } as const;
  const begun = { completion: 'incomplete', success: 'unknown', seconds: 0 } as const;

  function ask(standing: Partial<Standing>, progress: Opened['progress'] = passed) {
    const opened = { progress, definition: course12(sco('one')), standing: { ...finished, ...standing } };
    const act = () => {};
    const message = questionOf(t, opened as never, { goOn: act, review: act, again: act }, [
      { label: 'Return', act },
    ]);
    return {
      heading: message.heading,
      lines: message.lines.filter((line) => line !== undefined),
      actions: message.actions.map(({ label, hint }) => (hint ? `${label}: ${hint}` : label)),
    };
  }

  it('offers all three where attempts are not counted', () => {
    assert.deepEqual(ask({}), {
      heading: 'You have passed this course.',
      lines: ['80 %'],
      actions: [
        'Open it again: What you have reached stays, and can only become more.',
        'Look at it again: Nothing you do then is recorded.',
        'Start again: From the beginning. What you have done so far is kept.',
      ],
    });
  });

  it('says which attempt it is, what counts, what it came to, and which version it is', () => {
    const grade = { keep: 'best', points: 50, given: 40 } as const;
    assert.deepEqual(
      ask({ stand: 'judged', offers: ['goOn', 'again'], most: 3, number: 2, grade, version: 4 }),
      {
        heading: 'You have passed this course.',
        lines: [
          'Attempt 2 of 3 · 80 %',
          'Your best attempt counts. Your grade so far: 40 of 50.',
          'The course has been updated since you began; this attempt stays with version 4.',
        ],
        actions: [
          'Go on where you stopped: Everything is as you left it.',
          'Start again (attempt 3 of 3): From the beginning. Your grade can only become better. You get the new version of the course.',
        ],
      },
    );
  });

  it('asks of one that is not finished without calling it more than that', () => {
    const { heading, lines, actions } = ask({ stand: 'begun', offers: ['goOn', 'again'], number: 3 }, begun);
    assert.deepEqual([heading, lines], ['You have begun this course.', ['Attempt 3']]);
    assert.match(actions[0]!, /^Go on where you stopped/);
  });

  it('says that none is left, and shows the way out besides the look back', () => {
    const last = { offers: ['review'] as const, number: 3, most: 3 };
    assert.deepEqual(ask({ ...last, offers: ['review'] }).lines, [
      'Attempt 3 of 3 · 80 %',
      'You have used all 3 attempts.',
    ]);
    assert.deepEqual(ask({ ...last, offers: ['review'] }).actions.slice(1), ['Return']);
    assert.deepEqual(ask({ offers: ['review'], number: 1, most: 1 }).lines, [
      '80 %',
      'This course can be taken once.',
    ]);
  });

  it('says of every rule what starting again does to the grade', () => {
    for (const keep of ['best', 'last', 'first', 'average'] as const) {
      const { lines, actions } = ask({ grade: { keep, points: 10 } });
      assert.match(lines.join(), /counts\.$/);
      assert.match(actions.at(-1)!, /grade/);
    }
  });
});

describe('a frame too small for a course', () => {
  const rows: [what: string, frame: [number, number], screen: [number, number], cramped: boolean][] = [
    ['a column of a page on a desk', [480, 600], [1920, 1080], true],
    ['a low strip', [900, 200], [1920, 1080], true],
    ['half a page', [800, 600], [1920, 1080], false],
    ['most of a phone', [390, 700], [390, 800], false],
    ['a box on a phone', [360, 400], [390, 800], true],
    ['not shown yet', [0, 0], [1920, 1080], false],
    ['a narrow window of its own', [400, 700], [400, 700], false],
  ];
  for (const [what, [width, height], [screenWidth, screenHeight], cramped] of rows) {
    it(`${what}: ${cramped ? 'a window of its own is offered' : 'the course plays there'}`, () => {
      assert.equal(isCramped({ width, height }, { width: screenWidth, height: screenHeight }), cramped);
    });
  }
});
