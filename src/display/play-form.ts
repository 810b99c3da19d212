import { usualPlayRules, type PlayRules } from '../packages/play-rules.ts';
import { canReport, type CompletionRule } from '../scorm/completion.ts';
import { leavesOf, type CourseDefinition } from '../scorm/course.ts';
import { t } from '../web/text.ts';

// How a course plays, as a form: choices, and a number where a choice needs one. A link's form has one choice more for each rule:
// as the course has it.

const choices = {
  window: ['here', 'new'],
  limit: ['none', 'some'],
  again: ['never', 'finished', 'always'],
  completion: ['course', 'opened', 'visited', 'time', 'score', 'exit'],
} as const;
const numbers = { attempts: 1_000, minutes: 6_000, percent: 100 };
type Choice = keyof typeof choices;
type Amount = keyof typeof numbers;
/** The choices that want a number. */
const amounts: Record<string, Amount> = {
  'limit-some': 'attempts',
  'completion-time': 'minutes',
  'completion-score': 'percent',
};

/** What stands in the form, also when it cannot be taken. */
export type PlayForm = Record<Choice | Amount, string>;
type Fault = { field: string; text: string };

/** The form as it is for rules that hold. */
export function formOf(rules: PlayRules): PlayForm {
  const { completion } = rules;
  return {
    window: rules.window,
    limit: rules.attempts > 0 ? 'some' : 'none',
    again: rules.again,
    completion: completion.by,
    attempts: rules.attempts > 0 ? String(rules.attempts) : '',
    minutes: completion.by === 'time' ? String(Math.round((completion.seconds / 60) * 100) / 100) : '',
    percent: completion.by === 'score' ? String(Math.round(completion.atLeast * 1e4) / 100) : '',
  };
}

/** The same for a link, whose rules may be the course's. */
export function formOfLink(own: Partial<PlayRules> = {}): PlayForm {
  const form = formOf({ ...usualPlayRules, ...own });
  for (const name of Object.keys(choices) as Choice[]) {
    if (own[ruleOf[name]] === undefined) form[name] = asCourse;
  }
  return form;
}

const asCourse = 'inherit';
const ruleOf = {
  window: 'window',
  limit: 'attempts',
  again: 'again',
  completion: 'completion',
} as const satisfies Record<Choice, keyof PlayRules>;

/** The rules a form asks for, or everything that is wrong with it; and the form, to be shown again. */
export function readPlayForm(body: unknown): { form: PlayForm; rules?: PlayRules; faults: Fault[] } {
  return read(body, false);
}

/** The same of a link's form. Null: as the course has it. */
export function readLinkPlayForm(body: unknown): {
  form: PlayForm;
  rules?: { [Rule in keyof PlayRules]: PlayRules[Rule] | null };
  faults: Fault[];
} {
  const { form, rules, faults } = read(body, true);
  if (!rules) return { form, faults };
  const own = <R extends keyof PlayRules>(name: Choice, rule: R) =>
    form[name] === asCourse ? null : rules[rule];
  return {
    form,
    faults,
    rules: {
      window: own('window', 'window'),
      attempts: own('limit', 'attempts'),
      again: own('again', 'again'),
      completion: own('completion', 'completion'),
    },
  };
}

function read(body: unknown, mayInherit: boolean): { form: PlayForm; rules?: PlayRules; faults: Fault[] } {
  const sent = (body ?? {}) as Record<string, unknown>;
  const text = (name: string) => (typeof sent[name] === 'string' ? sent[name].trim().slice(0, 30) : '');
  const names = [...Object.keys(choices), ...Object.keys(numbers)];
  const form = Object.fromEntries(names.map((name) => [name, text(name)])) as PlayForm;
  const faults: Fault[] = [];
  for (const name of Object.keys(choices) as Choice[]) {
    const isChoice = (choices[name] as readonly string[]).includes(form[name]);
    if (!isChoice && !(mayInherit && form[name] === asCourse))
      faults.push({ field: `${name}-${choices[name][0]}`, text: t(`display.play.fault.${name}`) });
  }
  const amount = (name: Amount, isAsked: boolean): number => {
    const value = Number(form[name].replace(',', '.'));
    const isWhole = name !== 'attempts' || Number.isInteger(value);
    if (isAsked && !(value >= (name === 'attempts' ? 1 : 0.1) && value <= numbers[name] && isWhole))
      faults.push({ field: `play-${name}`, text: t(`display.play.fault.${name}`, { most: numbers[name] }) });
    return value;
  };
  const attempts = amount('attempts', form.limit === 'some');
  const minutes = amount('minutes', form.completion === 'time');
  const percent = amount('percent', form.completion === 'score');
  if (faults.length > 0) return { form, faults };
  const rules: PlayRules = {
    window: form.window as PlayRules['window'],
    attempts: form.limit === 'some' ? attempts : 0,
    again: form.again as PlayRules['again'],
    completion: completionOf(form.completion as CompletionRule['by'], minutes, percent),
  };
  return { form, rules, faults };
}

function completionOf(by: CompletionRule['by'], minutes: number, percent: number): CompletionRule {
  if (by === 'time') return { by, seconds: Math.round(minutes * 60) };
  if (by === 'score') return { by, atLeast: Math.round(percent * 100) / 1e4 };
  return { by };
}

/**
 * The section as the page shows it: each group with its choices, each in a word and a sentence. `course`: the rules of the course,
 * where the form is a link's.
 */
export function playSection(
  definition: CourseDefinition,
  form: PlayForm,
  faults: Fault[],
  course?: PlayRules,
) {
  const reports = canReport(definition);
  const parts = leavesOf(definition.root).filter(({ kind }) => kind !== 'cluster').length;
  const errorOf = (...fields: string[]) => faults.find(({ field }) => fields.includes(field))?.text;
  const option = (name: Choice, value: string) => {
    const id = `${name}-${value}`;
    const amount = amounts[id];
    return {
      id,
      value,
      checked: form[name] === value,
      usual: !course && usualForm[name] === value,
      label: t(`display.play.${name}.${value}`),
      hint: t(`display.play.${name}.${value}.hint${id === 'completion-score' && !reports ? '.silent' : ''}`),
      amount: amount && {
        name: amount,
        id: `play-${amount}`,
        label: t(`display.play.${amount}`),
        unit: t(`display.play.${amount}.unit`),
        value: form[amount],
        error: errorOf(`play-${amount}`),
      },
    };
  };
  const inherited = course && formOf(course);
  const inherit = (name: Choice) => ({
    id: `${name}-${asCourse}`,
    value: asCourse,
    checked: form[name] === asCourse,
    usual: true,
    label: t('display.play.inherit'),
    hint: inherited ? saidOf(name, inherited) : '',
    amount: undefined,
  });
  return {
    faults,
    advice: reports ? undefined : t(parts > 1 ? 'display.play.silent.parts' : 'display.play.silent.one'),
    groups: (Object.keys(choices) as Choice[]).map((name) => ({
      name,
      legend: t(`display.play.${name}`),
      error: errorOf(`${name}-${choices[name][0]}`),
      options: [...(course ? [inherit(name)] : []), ...choices[name].map((value) => option(name, value))],
    })),
  };
}

const usualForm = formOf(usualPlayRules);

/** A choice in a few words: "At most 3 attempts". */
function saidOf(name: Choice, form: PlayForm): string {
  const amount = amounts[`${name}-${form[name]}`];
  const words = t(`display.play.${name}.${form[name]}`);
  return amount ? `${words} ${form[amount]} ${t(`display.play.${amount}.unit`)}` : words;
}
