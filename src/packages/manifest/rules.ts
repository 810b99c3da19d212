import type {
  ChildSet,
  Condition,
  ConditionName,
  Consideration,
  PostAction,
  PreAction,
  Rollup,
  RollupAction,
  RollupRule,
  Rule,
  Rules,
} from '../../scorm/sequencing/definition.ts';
import { identifier, isFalse, numberIn, withoutDefaults, wordOf } from './attributes.ts';
import { attribute, child, childrenOf, type Element } from './xml.ts';

const conditions: ConditionName[] = [
  'satisfied',
  'objectiveStatusKnown',
  'objectiveMeasureKnown',
  'objectiveMeasureGreaterThan',
  'objectiveMeasureLessThan',
  'completed',
  'activityProgressKnown',
  'attempted',
  'attemptLimitExceeded',
  'timeLimitExceeded',
  'outsideAvailableTimeRange',
  'always',
  'never',
];
const preActions: PreAction[] = ['skip', 'disabled', 'hiddenFromChoice', 'stopForwardTraversal'];
const postActions: PostAction[] = ['exitParent', 'exitAll', 'retry', 'retryAll', 'continue', 'previous'];
const rollupActions: RollupAction[] = ['satisfied', 'notSatisfied', 'completed', 'incomplete'];
const childSets: ChildSet[] = ['all', 'any', 'none', 'atLeastCount', 'atLeastPercent'];
const considerations: Consideration[] = ['ifNotSuspended', 'ifAttempted', 'ifNotSkipped'];

/** imsss:sequencingRules (CAM 5.1.3), in their order. A rule with an action nobody knows is left out. */
export function rulesOf(element: Element | undefined): Rules | undefined {
  const of = <Action extends string>(name: string, actions: readonly Action[]) => {
    const rules = childrenOf(element, name).flatMap((rule) => ruleOf(rule, actions) ?? []);
    return rules.length > 0 ? rules : undefined;
  };
  return withoutDefaults<Rules>({
    pre: of('preconditionrule', preActions),
    exit: of('exitconditionrule', ['exit']),
    post: of('postconditionrule', postActions),
  });
}

function ruleOf<Action extends string>(
  element: Element,
  actions: readonly Action[],
): Rule<Action> | undefined {
  const action = wordOf(child(element, 'ruleaction'), 'action', actions);
  const group = child(element, 'ruleconditions');
  if (!action) return undefined;
  const any = wordOf(group, 'conditioncombination', ['any', 'all']) === 'any';
  return { do: action, ...(any ? { any } : {}), when: conditionsOf(group, 'rulecondition') };
}

/** A condition nobody knows is never known to be true. */
function conditionsOf(group: Element | undefined, name: string): Condition[] {
  return childrenOf(group, name).map((element) =>
    withoutDefaults<Condition>({
      is: wordOf(element, 'condition', conditions) ?? 'timeLimitExceeded',
      not: wordOf(element, 'operator', ['not', 'noOp']) === 'not' || undefined,
      objective: identifier(attribute(element, 'referencedobjective')),
      than: numberIn(element, 'measurethreshold', -1, 1),
    })!,
  );
}

/** imsss:rollupRules (CAM 5.1.5) and adlseq:rollupConsiderations (CAM 5.1.11). */
export function rollupOf(element: Element | undefined, considered: Element | undefined): Rollup | undefined {
  const rules = childrenOf(element, 'rolluprule').flatMap((rule) => rollupRuleOf(rule) ?? []);
  const weight = numberIn(element, 'objectivemeasureweight', 0, 1);
  const requiredFor: Rollup['requiredFor'] = withoutDefaults({
    satisfied: wordOf(considered, 'requiredforsatisfied', considerations),
    notSatisfied: wordOf(considered, 'requiredfornotsatisfied', considerations),
    completed: wordOf(considered, 'requiredforcompleted', considerations),
    incomplete: wordOf(considered, 'requiredforincomplete', considerations),
  });
  return withoutDefaults<Rollup>({
    rules: rules.length > 0 ? rules : undefined,
    objective: isFalse(element, 'rollupobjectivesatisfied') ? false : undefined,
    progress: isFalse(element, 'rollupprogresscompletion') ? false : undefined,
    weight: weight === 1 ? undefined : weight,
    requiredFor,
    measureSatisfactionIfActive: isFalse(considered, 'measuresatisfactionifactive') ? false : undefined,
  });
}

function rollupRuleOf(element: Element): RollupRule | undefined {
  const action = wordOf(child(element, 'rollupaction'), 'action', rollupActions);
  if (!action) return undefined;
  const of = wordOf(element, 'childactivityset', childSets) ?? 'all';
  const group = child(element, 'rollupconditions');
  const least =
    of === 'atLeastCount'
      ? (numberIn(element, 'minimumcount', 0, Infinity) ?? 0)
      : of === 'atLeastPercent'
        ? (numberIn(element, 'minimumpercent', 0, 1) ?? 0)
        : undefined;
  const all = wordOf(group, 'conditioncombination', ['all', 'any']) === 'all';
  return {
    do: action,
    of,
    ...(least === undefined ? {} : { least }),
    ...(all ? { all } : {}),
    when: conditionsOf(group, 'rollupcondition'),
  };
}
