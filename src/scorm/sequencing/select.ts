import type { Timing } from './definition.ts';
import type { Activity } from './tree.ts';
import { arrange, childrenOf, isLeaf, track, type World } from './world.ts';

// Which children an attempt has, and in which order (SR). The random numbers come from a seed in the state, so that the
// browser and the server draw the same ones.

/** Before the first session: clusters that select or reorder do so, each after the one above it (SN 4.7). */
export function prepareClusters(world: World): void {
  if (world.state.prepared || !world.tree.isRandom) return;
  world.state.prepared = 1;
  const visit = (activity: Activity) => {
    chooseChildren(world, activity);
    for (const child of childrenOf(world, activity)) visit(child);
  };
  visit(world.tree.root);
}

/** Select Children Process (SR.1), then Randomize Children Process (SR.2). `timing`: only what is done at this occasion. */
export function chooseChildren(world: World, cluster: Activity, timing?: Timing): void {
  const { select, reorder } = cluster.definition.randomization ?? {};
  // A count of nought is none at all: a cluster without children could never be entered.
  const isCount = select && select.count > 0 && select.count < cluster.all.length;
  const selects = isCount && (!timing || select.timing === timing);
  const reorders = reorder && (!timing || reorder === timing);
  if (isLeaf(cluster) || (!selects && !reorders)) return;
  let kids = selects ? pick(world, cluster.all, select.count) : [...childrenOf(world, cluster)];
  if (reorders) kids = shuffle(world, kids);
  arrange(world, cluster, kids);
  track(world, cluster).kids = kids.map(({ place }) => place);
}

/** `count` of them, in their order. */
function pick(world: World, all: readonly Activity[], count: number): Activity[] {
  let wanted = count;
  return all.filter((_, i) => {
    const taken = random(world) * (all.length - i) < wanted;
    if (taken) wanted -= 1;
    return taken;
  });
}

function shuffle(world: World, kids: Activity[]): Activity[] {
  for (let i = kids.length - 1; i > 0; i--) {
    const j = Math.floor(random(world) * (i + 1));
    [kids[i], kids[j]] = [kids[j]!, kids[i]!];
  }
  return kids;
}

/** From 0 to 1, without 1 (mulberry32). */
function random({ state }: World): number {
  state.seed = (state.seed + 0x6d2b79f5) >>> 0;
  let t = state.seed;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}
