import { Scorm12API, Scorm2004API } from 'scorm-again';
import type { ActivityDefinition, CourseDefinition, Standard } from '../../src/scorm/course.ts';
import { controlsOf, entriesOf, newState, openSession, requestOf } from '../../src/scorm/player.ts';

// What it prints while it plays cannot be switched off otherwise, and would count against it.
Object.assign(console, { debug: () => {}, info: () => {}, warn: () => {} });

export type Call = [method: string, element?: string, value?: string];
/** A run-time with one SCO open and initialized. */
export type Calls = (call: Call) => string;
/** A run-time that leads through a course: what it delivers, and what it lets one see and press then. */
export type Way = (request: string, target?: string) => string | undefined;
/** What a run-time keeps of an attempt, as text. */
export type Kept = { sequencing: string; whole: string };

const settings = { learner: { id: 'learner-1', name: 'Doe, Jane' }, mode: 'normal' } as const;
const prefix = (standard: Standard) => (standard === 'scorm12' ? 'LMS' : '');

/** A course of chapters, all of which flow and may be chosen from. */
export function courseOf(standard: Standard, chapters: number, pages: number): CourseDefinition {
  const controls = { choice: true, flow: true };
  const part = (id: string, children: ActivityDefinition[]): ActivityDefinition => ({
    id,
    title: `Title of ${id}`,
    visible: true,
    children,
    ...(children.length > 0
      ? { kind: 'cluster' as const, controls }
      : { kind: 'sco' as const, href: `${id}.html` }),
  });
  const chapter = (c: number) =>
    part(
      `c${c}`,
      Array.from({ length: pages }, (_, p) => part(`c${c}p${p}`, [])),
    );
  const root = part(
    'course',
    Array.from({ length: chapters }, (_, c) => chapter(c)),
  );
  return { standard, edition: standard === 'scorm12' ? '1.2' : '2004 4th Edition', title: 'A course', root };
}

export function ourCalls(standard: Standard): Calls {
  const definition = courseOf(standard, 1, 1);
  const session = openSession(definition, newState(definition), settings, () => performance.now());
  session.open('c0p0');
  session.call(`${prefix(standard)}Initialize`, '');
  let made = 0;
  return ([method, element, value]) => {
    // As often as a player sends what was done.
    if (++made % 1_000 === 0) session.takeActs();
    return session.call(method, element, value);
  };
}

type Api = Record<string, (a?: string, b?: string) => string>;

export function theirCalls(standard: Standard): Calls {
  const api = new (standard === 'scorm12' ? Scorm12API : Scorm2004API)({
    logLevel: 'NONE',
  }) as unknown as Api;
  api[`${prefix(standard)}Initialize`]!('');
  return ([method, element, value]) => api[method]!(element, value);
}

export function ourWay(definition: CourseDefinition): Way & { keep: () => Kept; call: Calls } {
  const session = openSession(definition, newState(definition), settings, () => performance.now());
  const way = (request: string, target?: string) => {
    const asked = target === undefined ? request : `{target=${target}}${request}`;
    const { deliver } = session.navigate(request === 'start' ? { go: 'start' } : requestOf(asked)!);
    controlsOf(definition, session.state);
    entriesOf(definition, session.state);
    return deliver;
  };
  return Object.assign(way, {
    call: (call: Call) => session.call(...call),
    keep: () => ({
      sequencing: JSON.stringify(session.state.seq),
      whole: JSON.stringify(session.state),
    }),
  });
}

/** The same course in the words of scorm-again, whose host must translate the manifest. */
function theirTree({ id, title, children, controls }: ActivityDefinition): Record<string, unknown> {
  return {
    id,
    title,
    ...(controls ? { sequencingControls: controls } : {}),
    ...(children.length > 0 ? { children: children.map(theirTree) } : {}),
  };
}

type Theirs = Api & {
  processNavigationRequest: (request: string, target?: string) => boolean;
  serializeSequencingState: () => string;
  renderCMIToJSONString: () => string;
  reset: () => void;
};

export function theirWay(
  definition: CourseDefinition,
): Way & { keep: () => Kept; call: Calls; leave: () => void } {
  let delivered: string | undefined;
  const onActivityDelivery = ({ id }: { id: string }) => void (delivered = id);
  const eventListeners = { onActivityDelivery, onNavigationValidityUpdate: () => {} };
  const sequencing = { activityTree: theirTree(definition.root), eventListeners };
  const api = new Scorm2004API({ logLevel: 'NONE', sequencing } as never) as unknown as Theirs;
  const pages: string[] = [];
  const way = (request: string, target?: string) => {
    delivered = undefined;
    api.processNavigationRequest(request, target);
    return delivered;
  };
  return Object.assign(way, {
    call: ([method, element, value]: Call) => api[method]!(element, value),
    /** A host keeps what a page said before it makes the API ready for the next. */
    leave: () => {
      pages.push(api.renderCMIToJSONString());
      api.reset();
    },
    keep: () => {
      const state = api.serializeSequencingState();
      return { sequencing: state, whole: state + pages.join('') };
    },
  });
}
