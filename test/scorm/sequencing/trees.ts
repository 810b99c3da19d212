import type { ActivityDefinition, CourseDefinition } from '../../../src/scorm/course.ts';
import type { Condition, ConditionName, RollupRule, Rule } from '../../../src/scorm/sequencing/definition.ts';
import { navigate, type NavigationRequest } from '../../../src/scorm/sequencing/navigate.ts';
import { newSequencingState, type ObjectiveInfo } from '../../../src/scorm/sequencing/state.ts';
import { treeOf, type Activity } from '../../../src/scorm/sequencing/tree.ts';
import { track, worldOf, type World } from '../../../src/scorm/sequencing/world.ts';
import { cluster, course2004, sco } from '../courses.ts';

/** A course that flows and lets one choose, of these activities. */
export function flowing(
  children: ActivityDefinition[],
  more: Partial<ActivityDefinition> = {},
): CourseDefinition {
  const definition = course2004(...children);
  return { ...definition, root: { ...definition.root, controls: { flow: true }, ...more } };
}

/** A chapter that flows. */
export function chapter(
  id: string,
  children: ActivityDefinition[],
  more: Partial<ActivityDefinition> = {},
): ActivityDefinition {
  return cluster(id, children, { ...more, controls: { flow: true, ...more.controls } });
}

/** The world of a course in which nothing has happened. */
export function world(definition: CourseDefinition, seed = 1): World {
  return worldOf(definition, newSequencingState(seed));
}

export function at(in_: World, id: string): Activity {
  return in_.tree.byId.get(id)!;
}

/** Goes through requests (`continue`, `choice b`), and says what each came to: an id, `end`, or the exception. */
export function goes(in_: World, ...requests: string[]): string[] {
  return requests.map((text) => {
    const [go, target] = text.split(' ');
    const asked = (target === undefined ? { go } : { go, target }) as NavigationRequest;
    const { deliver, ended, exception } = navigate(in_, asked);
    return deliver ?? (ended ? 'end' : (exception ?? 'nothing'));
  });
}

/** What is known of an activity's primary objective, as if it had been said. */
export function knows(in_: World, id: string, info: ObjectiveInfo, key = ''): void {
  const mine = track(in_, at(in_, id));
  mine.n ??= 1;
  (mine.o ??= {})[key] = info;
}

export const when = (is: ConditionName, more: Partial<Condition> = {}): Condition => ({ is, ...more });

export function pre(
  action: Rule<'skip'>['do'] | 'disabled' | 'hiddenFromChoice' | 'stopForwardTraversal',
  ...conditions: Condition[]
) {
  return { rules: { pre: [{ do: action, when: conditions.length > 0 ? conditions : [when('always')] }] } };
}

export function post(
  action: 'exitParent' | 'exitAll' | 'retry' | 'retryAll' | 'continue' | 'previous',
  ...conditions: Condition[]
) {
  return { rules: { post: [{ do: action, when: conditions.length > 0 ? conditions : [when('always')] }] } };
}

export const rollupRule = (
  action: RollupRule['do'],
  of: RollupRule['of'],
  is: ConditionName,
  more: Partial<RollupRule> = {},
): RollupRule => ({ do: action, of, when: [when(is)], ...more });

export { sco, treeOf };
