import assert from 'node:assert/strict';
import type { Opened, Standing } from '../../src/player/client/opened.ts';
import { questionOf } from '../../src/player/client/question.ts';
import { isCramped } from '../../src/player/client/room.ts';
import { startOf, timeWords } from '../../src/player/client/start.ts';
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

  function ask(
    standing: Partial<Standing>,
    progress: Opened['progress'] = passed,
    more: Pick<Opened, 'grade' | 'platformName'> = {},
  ) {
    const definition = course12(sco('one'));
    const opened = { progress, definition, standing: { ...finished, ...standing }, ...more };
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

  it('says how far the grade has come on its way to the LMS', () => {
    const grade = { keep: 'best', points: 50, given: 40 } as const;
    const said = (state: Opened['grade'], platformName?: string) =>
      ask({ grade }, passed, { grade: state, platformName }).lines.at(-1);
    assert.equal(said('sent', 'Moodle'), 'Your grade is in Moodle. ✓');
    assert.equal(said('waiting'), 'Your grade is on its way to your gradebook.');
    assert.match(said('failed', 'Moodle')!, /could not be sent to Moodle/);
    assert.match(said('none')!, /Your grade so far/);
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

describe('what is told before a course is begun', () => {
  const fresh: Standing = {
    stand: 'new',
    number: 1,
    most: 0,
    ask: false,
    tells: true,
    offers: ['goOn'],
    window: 'here',
  };
  const tell = (standing: Partial<Standing>, course: object = {}) => {
    const definition = { ...course12(sco('one')), ...course };
    return startOf(t, { title: 'Golf', definition, standing: { ...fresh, ...standing } }, () => {});
  };
  const grade = { keep: 'best', points: 50 } as const;

  it('is what it is, how often and how long one may, and what it counts for', () => {
    const two = course12(sco('one', { maxTimeAllowed: '00:30:00' }), sco('two'));
    const { heading, lines, actions } = tell({ most: 3, grade }, { ...two, typicalTime: 5400 });
    assert.equal(heading, 'Golf');
    assert.deepEqual(lines, [
      '2 parts · about 1 h 30 min',
      'You have 3 attempts.',
      'Some parts have a time limit.',
      'Up to 50 points for your grade. Your best attempt counts.',
    ]);
    assert.deepEqual(
      actions.map(({ label }) => label),
      ['Start'],
    );
  });

  it('says nothing of what is not known', () => {
    assert.deepEqual(tell({ most: 1 }).lines, ['You can take it once.']);
    const { root } = course12(sco('one', { maxTimeAllowed: '00:00:45' }));
    assert.deepEqual(tell({}, { root }).lines, ['Time limit: 45 s.']);
    assert.deepEqual(tell({ most: 1, isUngraded: true }).lines.at(-1), 'It gives no grade.');
    assert.deepEqual(tell({ most: 1, grade }).lines.at(-1), 'Up to 50 points for your grade.');
  });

  it('of a later attempt is which one it is, and what there is already', () => {
    const later = tell({ number: 2, most: 3, grade: { ...grade, given: 40 } });
    assert.deepEqual(later.lines, [
      'This is attempt 2 of 3.',
      'Your best attempt counts. Your grade so far: 40 of 50.',
    ]);
    assert.equal(later.actions[0]!.label, 'Start this attempt');
    assert.deepEqual(tell({ number: 3, most: 3 }).lines, ['This is your last attempt, 3 of 3.']);
  });

  it('writes times as people say them', () => {
    const rows: [number, string][] = [
      [30, '30 s'],
      [60, '1 min'],
      [3600, '1 h'],
      [5430, '1 h 31 min'],
    ];
    for (const [seconds, words] of rows) assert.equal(timeWords(t, seconds), words);
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
