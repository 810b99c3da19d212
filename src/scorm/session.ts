import { makeActs } from './acts.ts';
import { closeActivity, initialize, obstacleTo, runOf, terminate } from './activity.ts';
import { failed, methods, outOfTurn, type Turn } from './calls.ts';
import type { CourseDefinition } from './course.ts';
import type { Run } from './elements.ts';
import type { Act, EngineSettings, EngineState } from './engine.ts';
import { codes, errorText } from './errors.ts';
import { noteCompletion } from './outcome.ts';
import { getValue, setValue } from './rte.ts';
import { navigationRequest, type Navigated } from './sequencing/navigate.ts';
import { copyState } from './state.ts';
import { noteElapsed, spentIn } from './time.ts';
import { sequencingOf, upgrade } from './upgrade.ts';
import { openById, requestFor, take, type WayRequest } from './way.ts';

/** One learner in one course, in one browser tab. */
export type Session = {
  /** As it now is. To be read, not changed. */
  readonly state: EngineState;
  /** adl.nav.request of the activity that terminated last, `_none_` if it left none. See destination.ts and way.ts. */
  readonly request: string;
  /** Called after every act that must reach the server; `urgent`: now (Commit, Terminate, a status, a score). */
  onActs?: (urgent: boolean) => void;
  /** Set while nothing can be saved: Commit then answers "false", so that a course may tell its learner. */
  unsaved: boolean;
  /** The activity whose page is to be shown; undefined: none. */
  readonly showing: string | undefined;
  /** Begins or takes up an activity, whose page is shown next. Throws if it is unknown, a cluster or locked. */
  open(activity: string): void;
  /**
   * SCORM 2004: asks the sequencer, and opens what it delivers (then `showing`). `begin` is how a launch begins. A request that
   * is not valid (`exception`) leaves the activity that is shown where it is.
   */
  navigate(request: WayRequest): Navigated;
  /**
   * A call of the course: `LMSSetValue('cmi.core.lesson_status', 'completed')` or `SetValue('cmi.location', '3')`.
   * Whatever it passes is taken as a string; the answer is one. Never throws.
   */
  call(method: string, a?: unknown, b?: unknown): string;
  /** The learner has asked for something and the page is about to go: what it asks for in its last words counts no more. */
  overrule(): void;
  /** Seconds spent in the attempt, up to this moment. */
  readonly spent: number;
  /** The learner is still looking at the page: its time is noted, for courses that never call. */
  stay(): void;
  /** The learner leaves the course by our exit, rather than by closing the window. Recorded where that completes it. */
  exit(): void;
  /** The page is gone. Without Terminate, that is a suspend. */
  close(): void;
  /** Hands over the acts accepted since it was last asked, in order; values that were overwritten since are left out. */
  takeActs(): Act[];
};

/** Opens a session on a copy of the state. `clock` gives milliseconds that only grow, while the learner is looking. In review mode nothing is recorded. */
export function openSession(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  clock: () => number,
): Session {
  return new LiveSession(definition, upgrade(definition, copyState(state)), settings, clock);
}

/** Elements whose change may not wait. */
const urgent = new Set([
  'cmi.core.lesson_status',
  'cmi.core.score.raw',
  'cmi.completion_status',
  'cmi.success_status',
  'cmi.score.scaled',
  'cmi.score.raw',
]);

class LiveSession implements Session {
  readonly state: EngineState;
  request = '_none_';
  onActs?: (urgent: boolean) => void;
  unsaved = false;

  readonly #definition: CourseDefinition;
  readonly #settings: EngineSettings;
  readonly #clock: () => number;
  #run?: Run;
  #begun = 0;
  #overruled = false;
  #error = 0;
  #diagnostic = '';
  readonly #acts = makeActs();

  constructor(
    definition: CourseDefinition,
    state: EngineState,
    settings: EngineSettings,
    clock: () => number,
  ) {
    this.#definition = definition;
    this.state = state;
    this.#settings = settings;
    this.#clock = clock;
  }

  open(activity: string): void {
    const world = sequencingOf(this.#definition, this.state);
    const obstacle =
      obstacleTo(this.#definition, this.state, activity) ??
      (world && !requestFor(world, activity) ? 'locked' : undefined);
    if (obstacle) throw new Error(`The activity "${activity}" cannot be opened: ${obstacle}`);
    this.close();
    openById(this.#definition, this.state, this.#settings, activity);
    this.#record({ do: 'open', activity }, false);
    this.#show(this.state.current);
  }

  get showing(): string | undefined {
    return this.#run?.activity.id;
  }

  navigate(request: WayRequest): Navigated {
    const world = sequencingOf(this.#definition, this.state);
    if (!world) return { exception: 'no-sequencing' };
    if (request.go !== 'begin') {
      const plan = navigationRequest(world, request);
      if ('exception' in plan) return plan;
    }
    this.close();
    const navigated = take(this.#definition, this.state, this.#settings, request);
    const activity = 'target' in request ? { activity: request.target } : {};
    this.#record({ do: 'navigate', go: request.go, ...activity }, false);
    this.#show(navigated.deliver);
    return navigated;
  }

  #show(activity: string | undefined): void {
    this.#run =
      activity === undefined
        ? undefined
        : runOf(this.#definition, this.state, this.#settings, activity, false);
    this.#begun = this.#clock();
    this.request = '_none_';
    this.#overruled = false;
    this.#answer(0, '');
  }

  overrule(): void {
    this.#overruled = true;
  }

  get spent(): number {
    const noted = this.#run?.record.elapsed;
    return spentIn(this.state) + (noted === undefined ? 0 : Math.max(0, this.#elapsed() / 1000 - noted));
  }

  stay(): void {
    const run = this.#run;
    if (run?.record.elapsed === undefined) return;
    const act: Act = { do: 'stay', activity: run.activity.id, ms: this.#elapsed() };
    noteElapsed(run.record, act.ms);
    this.#record(act, false);
  }

  exit(): void {
    if (this.state.left || this.#settings.completion?.by !== 'exit') return;
    this.state.left = true;
    this.#record({ do: 'exit' }, false);
  }

  close(): void {
    const run = this.#run;
    if (run?.record.elapsed === undefined) return;
    const act: Act = { do: 'close', activity: run.activity.id, ms: this.#elapsed() };
    noteElapsed(run.record, act.ms);
    closeActivity(run);
    this.#record(act, true);
  }

  takeActs(): Act[] {
    return this.#acts.take();
  }

  call(method: string, a?: unknown, b?: unknown): string {
    const [first, second] = [asText(a), asText(b)];
    switch (methods.get(method)) {
      case 'initialize':
        return this.#initialize(first);
      case 'terminate':
        return this.#terminate(first);
      case 'get':
        return this.#get(first);
      case 'set':
        return this.#set(first, second);
      case 'commit':
        return this.#commit(first);
      case 'lastError':
        return String(this.#error);
      case 'errorString':
        return errorText(this.#definition.standard, first ?? '');
      case 'diagnostic':
        return this.#explain(first ?? '');
      default:
        return '';
    }
  }

  #initialize(argument: Text): string {
    if (!this.#mayCall('initialize', argument !== '')) return 'false';
    const run = this.#run!;
    initialize(run);
    this.#begun = this.#clock();
    this.#record({ do: 'initialize', activity: run.activity.id }, false);
    return this.#answer(0, '', 'true');
  }

  #terminate(argument: Text): string {
    if (!this.#mayCall('terminate', argument !== '')) return 'false';
    const run = this.#run!;
    const { cmi } = run.record;
    // A learner who is out of time, or logs out, leaves the course (RTE 4.2.8).
    const leaves = cmi['cmi.exit'] === 'time-out' || cmi['cmi.exit'] === 'logout';
    this.request = leaves ? 'exitAll' : (cmi['adl.nav.request'] ?? '_none_');
    const overruled = this.#overruled ? { overruled: true as const } : {};
    const act: Act = { do: 'terminate', activity: run.activity.id, ms: this.#elapsed(), ...overruled };
    noteElapsed(run.record, act.ms);
    terminate(run, this.#overruled);
    this.#record(act, true);
    return this.#answer(0, '', 'true');
  }

  #get(name: Text): string {
    if (!this.#mayCall('get') || !this.#canRead(name)) return '';
    const { error, diagnostic, value } = getValue(this.#run!, name);
    return this.#answer(error, diagnostic, value);
  }

  #set(name: Text, value: Text): string {
    if (!this.#mayCall('set') || !this.#canRead(name) || !this.#canRead(value)) return 'false';
    const run = this.#run!;
    const { error, diagnostic, changed, judgedWith } = setValue(run, name, value);
    this.#answer(error, diagnostic);
    if (error) return 'false';
    const act: Act = { do: 'set', activity: run.activity.id, element: name, value };
    if (changed) this.#record(act, urgent.has(name), judgedWith);
    return 'true';
  }

  #commit(argument: Text): string {
    if (!this.#mayCall('commit', argument !== '')) return 'false';
    const run = this.#run!;
    const act: Act = { do: 'commit', activity: run.activity.id, ms: this.#elapsed() };
    noteElapsed(run.record, act.ms);
    this.#record(act, true);
    if (this.unsaved)
      return this.#refuse(
        failed.commit(this.#definition.standard),
        'The server has not been reached; it is tried again',
      );
    return this.#answer(0, '', 'true');
  }

  #explain(code: string): string {
    if (code === '' || code === String(this.#error))
      return this.#diagnostic || errorText(this.#definition.standard, String(this.#error));
    return errorText(this.#definition.standard, code);
  }

  /**
   * Is it time for this call, and is it without an argument where it must be? If not, the error says what is wrong: what ADL's own
   * run-time looks at first.
   */
  #mayCall(call: Turn, isArgued = false): boolean {
    const { standard } = this.#definition;
    const running = this.#run?.record.running;
    const [wrong, why] = outOfTurn(standard, running, call);
    if (isArgued && running !== 'terminated' && !(wrong && call === 'terminate')) {
      this.#refuse(201, 'An empty string belongs here');
    } else if (wrong) {
      this.#refuse(wrong, why);
    } else if ((call === 'set' || call === 'initialize') && this.#acts.isFull()) {
      const error = call === 'set' ? codes[standard].tooLarge : failed.initialize(standard);
      this.#refuse(error, 'Too much waits to be saved');
    } else {
      return true;
    }
    return false;
  }

  #canRead(text: Text): text is string {
    if (text === undefined) this.#refuse(201, 'What was passed cannot be read as a string');
    return text !== undefined;
  }

  #refuse(error: number, why: string): 'false' {
    this.#answer(error, `${errorText(this.#definition.standard, String(error))}: ${why}`);
    return 'false';
  }

  #answer(error: number, diagnostic: string, value = ''): string {
    this.#error = error;
    this.#diagnostic = diagnostic;
    return value;
  }

  #elapsed(): number {
    return Math.max(0, Math.round(this.#clock() - this.#begun));
  }

  #record(act: Act, isUrgent: boolean, judgedWith?: string): void {
    if (this.#settings.mode === 'review') return;
    this.#acts.add(act, judgedWith);
    this.#noteCompletion(act);
    this.onActs?.(isUrgent);
  }

  #noteCompletion(act: Act): void {
    if (this.state.met) return;
    noteCompletion(this.#definition, this.state, this.#settings, act);
    // The value that did it is not left out for a later one: the server must see it too.
    if (this.state.met) this.#acts.seal();
  }
}

/** What a course passed, as text; undefined: it cannot be read. */
type Text = string | undefined;

/** Courses pass numbers, null and nothing at all. Read once: an object may say something else the next time. */
function asText(value: unknown): Text {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  try {
    return String(value);
  } catch {
    return undefined;
  }
}
