import { setCompletion, setSatisfied } from './objectives.ts';
import { overallRollup } from './rollup.ts';
import type { Activity } from './tree.ts';
import { pathUp, seen, track, type World } from './world.ts';

// What is concluded of a part that ended and said nothing: that it is completed and satisfied (UP.4). Sequencing goes by it. Whoever
// set a rule for when the course is complete goes by what was said.

/** Was anything concluded so? */
export function isConcluded(world: World): boolean {
  return world.tracks.some((known) => known?.mute !== undefined);
}

/** The same world aside, as if nothing had been concluded of parts that could have said how it went. */
export function withoutConclusions(world: World): World {
  const copy: World = {
    ...world,
    tracks: world.tracks.map((known) => structuredClone(known)),
    state: {
      ...world.state,
      tracks: Object.create(null) as World['state']['tracks'],
      globals: structuredClone(world.state.globals),
    },
  };
  const mute = world.tree.list.filter(
    ({ index, definition }) => copy.tracks[index]?.mute !== undefined && definition.kind === 'sco',
  );
  for (const activity of mute) unsay(copy, activity);
  // Roll-up leaves a value where no rule says another: what is above begins from nothing.
  for (const cluster of new Set(mute.flatMap(({ parent }) => (parent ? pathUp(parent) : []))))
    forget(copy, cluster, 3);
  for (const activity of mute) overallRollup(copy, activity);
  return copy;
}

function unsay(world: World, activity: Activity): void {
  const { mute = 0 } = seen(world, activity);
  forget(world, activity, mute);
  if (mute & 2) setCompletion(world, activity, activity.objectives[0]!, 'incomplete');
  delete track(world, activity).mute;
}

function forget(world: World, activity: Activity, bits: number): void {
  const primary = activity.objectives[0]!;
  if (bits & 1) setSatisfied(world, activity, primary, undefined);
  if (bits & 2) setCompletion(world, activity, primary, undefined);
}
