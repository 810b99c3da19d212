import type { CourseDefinition } from '../course.ts';
import type { SequencingState, Track } from './state.ts';
import { treeOf, type Activity, type Tree } from './tree.ts';

/** The tree and its state while the processes run. They change the state in place; nothing else is kept. */
export type World = {
  readonly tree: Tree;
  readonly state: SequencingState;
  /** Tracks by the activity's index; the same objects as in the state. */
  readonly tracks: (Track | undefined)[];
  /** Available Children where they are not all of them, by the activity's index. */
  readonly kids: (readonly Activity[] | undefined)[];
  /** Place among the available siblings by the activity's index; -1: not available. */
  readonly places: Int32Array;
  /** The Current Activity. */
  current?: Activity;
};

const worlds = new WeakMap<SequencingState, World>();

/** The world of a state. Made once per state, for it is asked for with every call of a course. */
export function worldOf(definition: CourseDefinition, state: SequencingState): World {
  const known = worlds.get(state);
  if (known) return known;
  const tree = treeOf(definition);
  const world: World = {
    tree,
    state,
    tracks: tree.list.map(({ id }) => (Object.hasOwn(state.tracks, id) ? state.tracks[id] : undefined)),
    kids: [],
    places: Int32Array.from(tree.list, ({ place }) => place),
    current: state.at === undefined ? undefined : tree.byId.get(state.at),
  };
  for (const activity of tree.list) {
    const chosen = world.tracks[activity.index]?.kids;
    if (chosen)
      arrange(
        world,
        activity,
        chosen.flatMap((place) => activity.all[place] ?? []),
      );
  }
  worlds.set(state, world);
  return world;
}

/** The same world aside, where one activity's tracking and the global objectives may be changed as if. */
export function aside(world: World, { id, index }: Activity): World {
  const tracks = [...world.tracks];
  const mine = tracks[index] && structuredClone(tracks[index]);
  tracks[index] = mine;
  const globals = structuredClone(world.state.globals);
  return { ...world, tracks, state: { ...world.state, tracks: mine ? { [id]: mine } : {}, globals } };
}

/** Sets what is available of an activity's children, in which order. */
export function arrange(world: World, cluster: Activity, kids: readonly Activity[]): void {
  for (const child of cluster.all) world.places[child.index] = -1;
  for (const [i, child] of kids.entries()) world.places[child.index] = i;
  world.kids[cluster.index] = kids;
}

/** Available Children (SN 4.2.1.5). */
export function childrenOf(world: World, activity: Activity): readonly Activity[] {
  return world.kids[activity.index] ?? activity.all;
}

/** The available sibling before or after an activity. */
export function siblingOf(world: World, activity: Activity, step: 1 | -1): Activity | undefined {
  const place = world.places[activity.index]!;
  return activity.parent && place >= 0 ? childrenOf(world, activity.parent)[place + step] : undefined;
}

export const isAvailable = (world: World, activity: Activity): boolean => world.places[activity.index]! >= 0;

export const isLeaf = (activity: Activity): boolean => activity.all.length === 0;

const nothing: Readonly<Track> = {};

/** What is known of an activity, to be read. */
export function seen(world: World, activity: Activity): Readonly<Track> {
  return world.tracks[activity.index] ?? nothing;
}

/** The same, to be changed. */
export function track(world: World, activity: Activity): Track {
  const known = world.tracks[activity.index];
  if (known) return known;
  const made: Track = {};
  world.tracks[activity.index] = world.state.tracks[activity.id] = made;
  return made;
}

export function setCurrent(world: World, activity: Activity | undefined): void {
  world.current = activity;
  if (activity) world.state.at = activity.id;
  else delete world.state.at;
}

export function setActive(world: World, activity: Activity, active: boolean): void {
  if (active) track(world, activity).on = 1;
  else if (seen(world, activity).on) delete track(world, activity).on;
}

export function setSuspended(world: World, activity: Activity, suspended: boolean): void {
  if (suspended) track(world, activity).susp = 1;
  else if (seen(world, activity).susp) delete track(world, activity).susp;
}

/** From an activity up to, and not including, one of its ancestors; up to the root and including it where none is given. */
export function pathUp(from: Activity, to?: Activity): Activity[] {
  const path: Activity[] = [];
  for (let at: Activity | undefined = from; at && at !== to; at = at.parent) path.push(at);
  return path;
}

/** From the root down to an activity. */
export function pathDown(to: Activity): Activity[] {
  const path: Activity[] = [];
  for (let at: Activity | undefined = to; at; at = at.parent) path.unshift(at);
  return path;
}

/** The deepest activity that has both below it or is one of them. */
export function commonAncestor(a: Activity, b: Activity): Activity {
  let [x, y] = [a, b];
  while (x !== y) {
    if (x.depth >= y.depth && x.parent) x = x.parent;
    else if (y.parent) y = y.parent;
    else return x;
  }
  return x;
}
