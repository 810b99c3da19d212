import { findActivity, type ActivityDefinition, type CourseDefinition } from '../../src/scorm/course.ts';
import type { Carried, ControlsShown, EngineState } from '../../src/scorm/engine.ts';
import {
  apply,
  carriedFrom,
  controlsOf,
  entriesOf,
  mayChoose,
  newState,
  openSession,
  progressOf,
  requestOf,
  type Session,
} from '../../src/scorm/player.ts';
import type { WayRequest } from '../../src/scorm/way.ts';

/** The controls a learner may press beside the course. */
export const pressed = [
  'continue',
  'previous',
  'exit',
  'exitAll',
  'abandon',
  'abandonAll',
  'suspendAll',
] as const;
export type Pressed = (typeof pressed)[number];

/** What was expected, and what happened instead. */
export class Difference extends Error {}

const settings = { learner: { id: 'm', name: '' }, mode: 'normal' } as const;

/** One learner in one course, as the player and the server have them: the state is stored and read between launches. */
export class Learner {
  readonly definition: CourseDefinition;
  session: Session;
  #stored: EngineState;
  /** The session has ended: nothing is shown, and nothing can be until the next launch. */
  isOver = false;

  constructor(definition: CourseDefinition, carried: Carried) {
    this.definition = definition;
    this.#stored = newState(definition, 7, carried);
    this.session = openSession(definition, this.#stored, settings, () => 0);
  }

  get showing(): ActivityDefinition | undefined {
    const { showing } = this.session;
    return showing === undefined ? undefined : findActivity(this.definition.root, showing);
  }

  /** A new launch, from what the server stored: its own result of the same acts. */
  launch(): void {
    this.store();
    this.session = openSession(this.definition, this.#stored, settings, () => 0);
    this.isOver = false;
    this.navigate({ go: 'begin' });
  }

  navigate(request: WayRequest): void {
    const navigated = this.session.navigate(request);
    if (navigated.ended) this.isOver = true;
  }

  /** Does what the page asked for by adl.nav.request when it terminated. Says whether it asked. */
  follow(): boolean {
    const request = requestOf(this.session.request);
    if (request) this.navigate(request);
    return request !== undefined;
  }

  get controls(): ControlsShown {
    return controlsOf(this.definition, this.session.state);
  }

  /** A press of a control, which must be there. */
  press(control: Pressed): void {
    if (!this.controls[control]) throw new Difference(`the control "${control}" is not enabled`);
    this.navigate({ go: control });
  }

  /** A choice from the table of contents, which must be possible. */
  choose(title: string): void {
    const target = this.titled(title);
    if (!mayChoose(this.definition, this.session.state, target.id))
      throw new Difference(`"${title}" cannot be chosen`);
    this.navigate({ go: 'choice', target: target.id });
  }

  /** Is an activity in the table of contents, and can it be chosen? */
  isSelectable(title: string): boolean {
    const { state } = this.session;
    const { id } = this.titled(title);
    if (!this.controls.contents || !mayChoose(this.definition, state, id)) return false;
    return (
      id === this.definition.root.id || entriesOf(this.definition, state).some((entry) => entry.id === id)
    );
  }

  titled(title: string): ActivityDefinition {
    const { root } = this.definition;
    if (title.startsWith('the activity that corresponds to the root')) return root;
    const find = (activity: ActivityDefinition): ActivityDefinition | undefined =>
      activity.title === title ? activity : activity.children.map(find).find(Boolean);
    const found = find(root);
    if (!found) throw new Difference(`the course has no activity called "${title}"`);
    return found;
  }

  /** Has the server replay what was done. It must refuse nothing and come to the same. */
  store(): Carried {
    const { state, refused } = apply(this.definition, this.#stored, settings, this.session.takeActs());
    if (refused.length > 0)
      throw new Difference(`the server refuses ${JSON.stringify(refused[0]).slice(0, 200)}`);
    const [mine, theirs] = [this.session.state, state].map((one) =>
      JSON.stringify([progressOf(this.definition, one), entriesOf(this.definition, one)]),
    );
    if (mine !== theirs) throw new Difference('the server comes to another result');
    this.#stored = JSON.parse(JSON.stringify(state)) as EngineState;
    return carriedFrom(this.definition, this.#stored);
  }
}
