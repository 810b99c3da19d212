import assert from 'node:assert/strict';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import { apply, newState, type Session } from '../../src/scorm/player.ts';
import { adlIsHere, launchDataOf, readCase, type Command } from './adl-cases.ts';
import { course2004, play, sco, settings } from './courses.ts';

/** `1`: may be read and written; `2w`: not written; `3r`: not read. */
const maps = (...targets: string[]) =>
  targets.map((text) => ({
    target: `tarID${text[0]}`,
    read: !text.includes('r'),
    write: !text.includes('w'),
  }));
const objective = (id: string) => ({ objectives: [{ id, primary: true }] });

/** The data model cases of ADL's suite, each with its course as its manifest describes it. */
const cases: Record<string, CourseDefinition> = {
  DMI: course2004(
    sco('activity_1', {
      dataFromLms: 'Launch Data Test',
      timeLimitAction: 'continue,message',
      completionThreshold: 0.8,
      data: maps('1', '2w', '3r', '4rw'),
    }),
    sco('activity_2', {
      dataFromLms: adlIsHere ? launchDataOf('DMI', 'activity_2') : '',
      completionThreshold: 1,
      data: maps('1', '2', '3', '4', '5w', '6r', '7'),
    }),
    sco('activity_3', { data: maps('5', '6w', '7r') }),
    sco('activity_4', { data: maps('1', '2', '3', '4', '5', '6', '7', '8') }),
  ),
  DMB: course2004(
    sco('activity_1'),
    sco('activity_2', { completionThreshold: 0.8 }),
    sco('activity_3', { scaledPassingScore: -0.5, ...objective('SEQSUCCESSSTATUSOVERRIDE01') }),
    sco('activity_4', { scaledPassingScore: -0.5, ...objective('SEQSUCCESSSTATUSUNKNOWN01') }),
    sco('activity_5', { scaledPassingScore: 1, ...objective('SEQSCALEDPASSINGSCOREDEFAULT01') }),
    sco('activity_6', {
      completionThreshold: 0.6,
      scaledPassingScore: 0.6,
      ...objective('SCALEDPASSINGSCOREINIT'),
    }),
    sco('activity_7', objective('SEQSCALEDPASSINGSCORENOINIT01')),
    sco('activity_8', objective('SEQSCALEDPASSINGSCORENOINIT02')),
    sco('activity_9'),
  ),
};

describe("ADL's SCORM 2004 4th Edition test suite: the data model", () => {
  before(function () {
    if (!adlIsHere) this.skip();
  });

  for (const [name, definition] of Object.entries(cases)) {
    it(`answers every command of ${name} as it must`, () => {
      // The suite's tester has an id, and a name that the suite does not know.
      const { session, json } = play(definition, undefined, {
        learner: { id: 'm', name: '' },
        mode: 'normal',
      });
      const wrong: string[] = [];
      let commands = 0;
      for (const visit of readCase(name)) {
        session.open(`activity_${visit.activity}`);
        for (const { line, command } of visit.commands) {
          commands += 1;
          const answer = perform(session, definition, visit.activity, command);
          const error = session.call('GetLastError');
          if (isOpen(command) || (isRight(command, answer) && error === command.error)) continue;
          wrong.push(`${line.slice(0, 160)}\n      answered "${answer.slice(0, 80)}", error ${error}`);
        }
        // What the suite's pages do when they are left.
        assert.equal(session.call('Terminate', ''), 'true');
      }
      assert.deepEqual(wrong, []);
      // And the server, told what was done, comes to the same.
      const { state, refused } = apply(definition, newState(definition), settings, session.takeActs());
      assert.deepEqual(refused, []);
      assert.deepEqual(JSON.parse(JSON.stringify(state)), json());
      assert.ok(commands > 200, `${commands} commands`);
    });
  }
});

function perform(session: Session, definition: CourseDefinition, activity: number, command: Command): string {
  if (!('element' in command)) return session.call(command.call, '');
  const element = command.element.replace(/&(.+?)&/, (_, id: string) => {
    const data = definition.root.children[activity - 1]!.data ?? [];
    return String(data.findIndex(({ target }) => target === id));
  });
  return session.call(command.call, element, 'value' in command ? command.value : undefined);
}

/** comments_from_lms may have items or not: the suite takes both. */
const isOpen = ({ result }: Command) => result.startsWith('Returned a valid value or error');

/** Answers are compared as the suite compares them: lists in any order, numbers as numbers, responses by what they mean. */
function isRight(command: Command, answer: string): boolean {
  const { result } = command;
  if (answer === result || command.call !== 'GetValue') return answer === result;
  if (command.element.endsWith('._children')) return sortedList(answer) === sortedList(result);
  if (command.element.endsWith('.scaled')) return answer !== '' && Number(answer) === Number(result);
  return command.type !== '' && meaning(command.type!, answer) === meaning(command.type!, result);
}

const sortedList = (list: string) => list.split(',').toSorted().join();

/** A response without the delimiters that only say the default (RTE 4.1.1.6), and with the others in one order. */
function meaning(type: string, value: string): string {
  const names = { 'fill-in': 'case|order', 'long-fill-in': 'case|lang', performance: 'order' }[type];
  if (!names) return value;
  const said: string[] = [];
  const front = new RegExp(`^\\{(?:${names.replace(/(case|order)/g, '$1_matters')})=[^}]*\\}`);
  let rest = value;
  for (let found = front.exec(rest); found; found = front.exec(rest)) {
    said.push(found[0]);
    rest = rest.slice(found[0].length);
  }
  const defaults = ['{case_matters=false}', '{order_matters=true}', '{lang=en}'];
  return (
    said
      .filter((each) => !defaults.includes(each))
      .toSorted()
      .join('') + rest
  );
}
