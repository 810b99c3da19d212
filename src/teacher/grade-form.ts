import type { LinkRules } from '../attempts/link.model.ts';
import type { LinkRulesChange } from '../attempts/link-rules.ts';
import { t } from '../web/text.ts';

// How attempts become a grade, as a form: choices, and a number where a choice needs one.

/** `mark`: passed from a score on, whatever the course says of passing. */
const choices = {
  counts: ['score', 'completion', 'pass', 'mark'],
  keep: ['best', 'last', 'first', 'average'],
  override: ['keep', 'replace'],
} as const;
type Choice = keyof typeof choices;

/** What stands in the form, also when it cannot be taken. `least`: where the course does not say who has passed. */
export type GradeForm = Record<Choice | 'mark' | 'least' | 'points', string>;
type Fault = { field: string; text: string };
export type GradeChange = Pick<
  LinkRulesChange,
  'counts' | 'keep' | 'override' | 'passMark' | 'passBy' | 'points'
>;

/** The form as it is for rules that hold. */
export function gradeFormOf({
  counts,
  keep,
  override = 'keep',
  passMark,
  passBy,
  points,
}: LinkRules): GradeForm {
  const byMark = counts === 'pass' && passBy === 'mark' && passMark !== undefined;
  const percent = passMark === undefined ? '' : String(Math.round(passMark * 1e4) / 100);
  return {
    counts: byMark ? 'mark' : counts,
    keep,
    override,
    mark: byMark ? percent : '',
    least: byMark ? '' : percent,
    points: String(points),
  };
}

/** The rules a form asks for, or everything that is wrong with it; and the form, to be shown again. `hasPoints`: it asks for them. */
export function readGradeForm(
  body: unknown,
  { hasPoints }: { hasPoints: boolean },
): { form: GradeForm; rules?: GradeChange; faults: Fault[] } {
  const sent = (body ?? {}) as Record<string, unknown>;
  const text = (name: string) => (typeof sent[name] === 'string' ? sent[name].trim().slice(0, 30) : '');
  const names = [...Object.keys(choices), 'mark', 'least', 'points'];
  const form = Object.fromEntries(names.map((name) => [name, text(name)])) as GradeForm;
  const faults: Fault[] = [];
  for (const name of Object.keys(choices) as Choice[]) {
    if (!(choices[name] as readonly string[]).includes(form[name]))
      faults.push({ field: `${name}-${choices[name][0]}`, text: t(`teacher.rules.fault.${name}`) });
  }
  const amount = (name: 'mark' | 'least' | 'points', isAsked: boolean, most: number): number => {
    const value = form[name] === '' ? NaN : Number(form[name].replace(',', '.'));
    if (isAsked && !(value > 0 && value <= most))
      faults.push({ field: `grade-${name}`, text: t(`teacher.rules.fault.${name}`) });
    return value;
  };
  const mark = amount('mark', form.counts === 'mark', 100);
  const least = amount('least', form.counts === 'pass' && form.least !== '', 100);
  const points = amount('points', hasPoints, 100_000);
  if (faults.length > 0) return { form, faults };
  const rules: GradeChange = {
    counts: form.counts === 'mark' ? 'pass' : (form.counts as LinkRules['counts']),
    keep: form.keep as LinkRules['keep'],
    override: form.override as 'keep' | 'replace',
    ...markOf(form, mark, least),
    ...(hasPoints && { points }),
  };
  return { form, rules, faults };
}

/** A mark that does not count is none. */
function markOf(form: GradeForm, mark: number, least: number): Pick<GradeChange, 'passMark' | 'passBy'> {
  const share = (percent: number) => Math.round(percent * 100) / 1e4;
  if (form.counts === 'mark') return { passMark: share(mark), passBy: 'mark' };
  return { passMark: form.counts === 'pass' && form.least !== '' ? share(least) : null, passBy: 'course' };
}

/** The section as the page shows it. */
export function gradeSection(form: GradeForm, faults: Fault[]) {
  const errorOf = (field: string) => faults.find((fault) => fault.field === field)?.text;
  const amounts: Record<string, 'mark' | 'least'> = { 'counts-mark': 'mark', 'counts-pass': 'least' };
  const option = (name: Choice, value: string) => {
    const id = `${name}-${value}`;
    const amount = amounts[id];
    return {
      id,
      value,
      checked: form[name] === value,
      usual: choices[name][0] === value,
      label: t(`teacher.rules.${name}.${value}`),
      hint: t(`teacher.rules.${name}.${value}.hint`),
      amount: amount && {
        name: amount,
        id: `grade-${amount}`,
        label: t(`teacher.rules.${amount}`),
        unit: t('teacher.rules.percent'),
        value: form[amount],
        error: errorOf(`grade-${amount}`),
      },
    };
  };
  return {
    points: { value: form.points, error: errorOf('grade-points') },
    groups: (Object.keys(choices) as Choice[]).map((name) => ({
      name,
      legend: t(`teacher.rules.${name}`),
      error: errorOf(`${name}-${choices[name][0]}`),
      options: choices[name].map((value) => option(name, value)),
    })),
  };
}
