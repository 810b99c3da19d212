import type { Command } from './case.ts';

/**
 * Is this the answer that was wanted? Compared as ADL's suite compares: lists in any order, scores as numbers, responses
 * by what they mean.
 */
export function isRight(
  command: Exclude<Command, { what: 'objectives' }>,
  answer: string,
  error: string,
): boolean {
  const { result } = command;
  // cmi.comments_from_lms may have items or not.
  if (result.startsWith('Returned a valid value or error')) return ['0', '301', '403'].includes(error);
  if (error !== command.error) return false;
  if (result === 'A characterstring value less than 255 characters')
    return answer.length > 0 && answer.length < 255;
  if (result === 'An empty characterstring value') return answer === '';
  if (answer === result || command.what !== 'get') return answer === result;
  const named = /&(.+)&\.id$/.exec(command.element)?.[1];
  // `GET->c~OB~&obj1&~id->->0`: the item with this id has it.
  if (named !== undefined && result === '') return answer === named;
  if (command.element.endsWith('._children')) return inOrder(answer) === inOrder(result);
  if (/\.(?:scaled|raw|min|max|progress_measure)$/.test(command.element))
    return answer !== '' && result !== '' && Number(answer) === Number(result);
  return command.type !== undefined && meaning(command.type, answer) === meaning(command.type, result);
}

const inOrder = (list: string) => list.split(',').toSorted().join();

/** A response without the delimiters that only say the default (RTE 4.1.1.6), and with the others in one order. */
function meaning(type: string, value: string): string {
  const names = {
    'fill-in': 'case_matters|order_matters',
    'long-fill-in': 'case_matters|lang',
    performance: 'order_matters',
  }[type];
  if (!names) return value;
  const said: string[] = [];
  const front = new RegExp(`^\\{(?:${names})=[^}]*\\}`);
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
