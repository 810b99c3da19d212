import type { Act } from '../../scorm/engine.ts';

const patchBytes = 100_000;
const patchActs = 1_000;

/** Cuts a long list of acts into patches of a size one likes to send. */
export function cut(acts: Act[]): Act[][] {
  const patches: Act[][] = [];
  let bytes = 0;
  for (const act of acts) {
    const weight = weigh([act]);
    const patch = patches.at(-1);
    if (patch && patch.length < patchActs && bytes + weight <= patchBytes) {
      patch.push(act);
      bytes += weight;
    } else {
      patches.push([act]);
      bytes = weight;
    }
  }
  return patches;
}

/** Bytes of these acts on their way, near enough and never too few. */
export function weigh(acts: Act[]): number {
  let bytes = 0;
  for (const act of acts) {
    bytes += 64 + 3 * ('activity' in act ? (act.activity?.length ?? 0) : 0);
    if (act.do === 'set')
      bytes += act.element.length + new TextEncoder().encode(JSON.stringify(act.value)).length;
  }
  return bytes;
}
