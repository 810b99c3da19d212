import type { CourseDefinition } from '../../src/scorm/course.ts';
import type { Carried } from '../../src/scorm/engine.ts';
import { treeOf } from '../../src/scorm/sequencing/tree.ts';
import { isRight } from './answers.ts';
import { UnknownLine, type Case, type Command, type Question, type Visit } from './case.ts';
import { Difference, Learner, pressed, type Pressed } from './learner.ts';
import type { Line } from './properties.ts';

/** The course of a part of a case: `` where it has one package. */
export type Courses = (part: string) => Promise<CourseDefinition>;

/**
 * Plays a case. Returns what the learner carries to other courses; throws the first difference. `carried` is what was
 * brought from the cases before.
 */
export async function playCase(found: Case, courses: Courses, carried: Carried): Promise<Carried> {
  const learners = new Map<string, Learner>();
  const learnerIn = async (part: string) => {
    const known = learners.get(part);
    if (known) return known;
    const learner = new Learner(await courses(part), carried);
    learners.set(part, learner);
    return learner;
  };

  let learner = await learnerIn(found.visits[0]!.part);
  learner.launch();
  const first = found.visits[0]!;
  const namesPackage = found.start === found.name + first.part;
  if (found.start !== '.' && !namesPackage) learner.choose(found.start);

  const visits = [...found.visits];
  while (visits.length > 0) {
    const visit = visits.splice(Math.max(0, indexOfNext(visits, learner)), 1)[0]!;
    const following = visits[0];
    try {
      arrive(learner, visit);
      const page = pageOf(learner);
      runPage(learner, visit, page);
      const part = await next(learner, visit, page, following);
      if (part === undefined) continue;
      learner.store();
      learner = await learnerIn(part);
      launchAgain(learner, following!);
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      throw new Difference(`Act${visit.activity}${visit.part}V${visit.visit}: ${error.message}`);
    }
  }
  const brought = learner.store();
  // What a course keeps to itself takes nothing from the others.
  return {
    objectives: { ...carried.objectives, ...brought.objectives },
    stores: { ...carried.stores, ...brought.stores },
  };
}

/** The visits are in the order of the file; where the course draws lots, in that of its activities. */
function indexOfNext(visits: Visit[], { definition, showing }: Learner): number {
  if (!treeOf(definition).isRandom) return 0;
  return visits.findIndex((visit) => isPageOf(visit, actOf(showing?.href ?? '')));
}

/** Is the activity shown whose visit this is? */
function arrive(learner: Learner, visit: Visit): void {
  const { showing } = learner;
  const shown = showing === undefined ? undefined : actOf(showing.href ?? '');
  if (!isPageOf(visit, shown)) {
    const instead = learner.isOver ? 'the session has ended' : `shown is ${shown ?? 'nothing'}`;
    throw new Difference(`expected activity ${visit.activity}, but ${instead}`);
  }
}

/** A page knows itself by its address: `?tc=CASE&act=N`, in a case of several packages mostly with its part, `act=Na`. */
function isPageOf({ activity, part }: Visit, act: string | undefined): boolean {
  return act === activity || act === activity + part;
}

const actOf = (href: string) => /[?&]act=([^&#]+)/.exec(href)?.[1];

/** How the pages of the suite end. */
type Page = { terminates: 'after' | 'on unload'; asks?: string; isBefore?: boolean };

function pageOf(learner: Learner): Page {
  const file = /([^/?#]*)\.html?(?:[?#]|$)/.exec(learner.showing?.href ?? '')?.[1] ?? '';
  switch (file) {
    case 'SequencingTestFail':
      throw new Difference('an activity was shown that never should be');
    case 'SequencingTestSingleDoTerminate':
      return { terminates: 'on unload' };
    case 'SequencingTest_SX09_exitall':
      return { terminates: 'after', isBefore: true };
    default: {
      // `exitAllOnUnload`, `tarAct4OnUnload`: what they ask for when they are taken away.
      const [, target, word] = /^(?:tarAct(\d+)|(\w+))OnUnload$/.exec(file) ?? [];
      if (target) return { terminates: 'on unload', asks: `{target=activity_${target}}choice` };
      return word ? { terminates: 'on unload', asks: word } : { terminates: 'after' };
    }
  }
}

function runPage(learner: Learner, { commands, questions }: Visit, page: Page): void {
  if (!page.isBefore) for (const question of questions) ask(learner, question);
  for (const { command, line } of commands) perform(learner, command, line);
  if (page.terminates === 'after') terminate(learner);
  if (page.isBefore) for (const question of questions) ask(learner, question);
}

function terminate({ session }: Learner): void {
  // A page whose commands never began, or have ended, a session cannot terminate it.
  const answer = session.call('Terminate', '');
  const error = session.call('GetLastError');
  if (answer !== 'true' && !['112', '113'].includes(error))
    throw new Difference(`Terminate answered "${answer}", error ${error}`);
}

function perform(learner: Learner, command: Command, line: Line): void {
  const { session } = learner;
  const differs = (wanted: string, answered: string) =>
    new Difference(
      `line ${line.number}, ${line.value.slice(0, 100)}: expected ${wanted}, answered ${answered}`,
    );
  if (command.what === 'objectives') {
    const ids = valuesOf(learner, 'cmi.objectives');
    if (ids.toSorted().join() !== command.ids.toSorted().join())
      throw differs(command.ids.join(), ids.join() || 'none');
    return;
  }
  const answer =
    command.what === 'call'
      ? session.call(command.method, command.argument)
      : command.what === 'get'
        ? session.call('GetValue', withIndex(learner, command.element))
        : session.call('SetValue', withIndex(learner, command.element), command.value);
  const error = session.call('GetLastError');
  if (!isRight(command, answer, error))
    throw differs(
      `"${command.result.slice(0, 60)}" and error ${command.error}`,
      `"${answer.slice(0, 60)}" and error ${error}`,
    );
}

/** `&id&` → the index of the item that has this id. */
function withIndex(learner: Learner, element: string): string {
  return element.replace(/^(.*?)\.&(.+?)&/, (_, collection: string, id: string) => {
    const index = valuesOf(learner, collection).indexOf(id);
    if (index < 0) throw new Difference(`${collection} has no item with the id "${id}"`);
    return `${collection}.${index}`;
  });
}

/** The ids of a collection, as the page would find them. */
function valuesOf({ session }: Learner, collection: string): string[] {
  const count = Number(session.call('GetValue', `${collection}._count`));
  return Array.from({ length: count }, (_, i) => session.call('GetValue', `${collection}.${i}.id`));
}

/** A question about what the player shows: `continue.enabled`, `toc.enabled.selectable@Activity 3`. */
function ask(learner: Learner, { asked, answer }: Question): void {
  const truth = isSo(learner, asked);
  if ((truth ? 'Y' : 'N') !== answer)
    throw new Difference(`asked "${asked}", expected ${answer}, but it is ${truth ? 'Y' : 'N'}`);
}

function isSo(learner: Learner, asked: string): boolean {
  // The page waits for a click: it is still there.
  if (asked === 'click.button') return learner.showing !== undefined;
  const item = /^toc\.(enabled|disabled)\.selectable@(.+)$/.exec(asked);
  if (item) return learner.isSelectable(item[2]!) === (item[1] === 'enabled');
  const [, control, state] =
    /^(toc|continue|previous|exit|exitAll|abandon|abandonAll|suspendAll)\.(enabled|disabled)$/.exec(asked) ??
    [];
  if (!control) throw new Difference(`nobody knows how to answer "${asked}"`);
  const shown = learner.controls[control === 'toc' ? 'contents' : (control as 'continue')];
  return shown === (state === 'enabled');
}

/** What follows a page: its own request, and what the learner does. Returns the part whose course is launched next, if one is. */
async function next(
  learner: Learner,
  visit: Visit,
  page: Page,
  following: Visit | undefined,
): Promise<string | undefined> {
  const does = visit.next?.does;
  const asked = page.terminates === 'after' && learner.follow();
  if (does === undefined) {
    if (!asked && following) throw new Difference('neither the page nor the learner goes anywhere');
    return undefined;
  }
  const [verb = '', ...rest] = does.split('~');
  const argument = rest.join('~');
  const unload = () => {
    if (page.terminates !== 'on unload') return;
    if (verb !== 'Exit') learner.session.overrule();
    if (page.asks) learner.session.call('SetValue', 'adl.nav.request', page.asks);
    learner.session.call('Terminate', '');
  };
  const control = controlOf(verb);
  if (control) {
    unload();
    learner.press(control);
    // What a learner was to trigger ends the session; so does what leads on, where no visit follows.
    return following && !verb.startsWith('TRIG') ? undefined : mustBeOver(learner);
  }
  switch (verb) {
    case 'Choice':
      unload();
      learner.choose(argument);
      return following ? undefined : mustBeOver(learner);
    case 'HasEnded':
    case 'AutoTest':
      return mustBeOver(learner);
    case 'Exit':
      unload();
      if (following) throw new Difference('the learner has left, and yet there is more to come');
      if (asked && learner.showing) throw new Difference(`the course goes on with ${learner.showing.title}`);
      return undefined;
  }
  if (!following) throw new Difference(`"${does}", and nothing follows`);
  // `DMIt2`: the second Data Model Implementation Test.
  const test = /^DMIt(\d+)$/.exec(verb)?.[1];
  if (test) {
    learner.choose(`Data Model Implementation Test ${test}`);
    return undefined;
  }
  if (verb.startsWith('Root')) {
    learner.choose('the activity that corresponds to the root');
    return undefined;
  }
  if (/^(exitlaunch|autoendrelaunch|re-?launch.*|DMBx(Act)?)$/i.test(verb)) {
    if (asked) mustBeOver(learner);
    else if (!learner.isOver) learner.navigate({ go: 'exitAll' });
    return following.part;
  }
  throw new UnknownLine(visit.next!.line, 'nobody knows what the learner does');
}

/** `Continue`, `TRIGExitAll`: the control that is pressed. A plain `Exit` is the end of the case instead. */
function controlOf(verb: string): Pressed | undefined {
  const word = verb.replace(/^TRIG/, '');
  return verb === 'Exit'
    ? undefined
    : pressed.find((control) => control.toLowerCase() === word.toLowerCase());
}

function mustBeOver(learner: Learner): undefined {
  if (!learner.isOver)
    throw new Difference(
      `expected the session to end, but shown is ${learner.showing?.title ?? 'nothing, and it goes on'}`,
    );
}

/** A launch of a course that was left. Where it shows nothing by itself, the learner chooses what comes next. */
function launchAgain(learner: Learner, following: Visit): void {
  learner.launch();
  if (learner.showing) return;
  const wanted = (function find(activity): typeof activity | undefined {
    if (activity.href && actOf(activity.href) === following.activity) return activity;
    return activity.children.map(find).find(Boolean);
  })(learner.definition.root);
  if (wanted) learner.choose(wanted.title);
}
