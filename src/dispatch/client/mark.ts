/**
 * What we leave in the LMS's suspend_data: who we said the learner was, where the LMS gives no id, and how many whole
 * seconds of the attempt its total time has been told of. Plain letters, because some LMSs mangle quotes there.
 */
export type Mark = { hint: string; seconds: number };

export function writeMark({ hint, seconds }: Mark): string {
  return `coursedock;v=1;h=${hint};s=${seconds}`;
}

/** Undefined: nothing of ours is there, so this LMS begins afresh. */
export function readMark(suspendData: string): Mark | undefined {
  const found = /^coursedock;v=1;h=([\w-]{0,64});s=(\d{1,10})$/.exec(suspendData);
  return found ? { hint: found[1]!, seconds: Number(found[2]) } : undefined;
}
