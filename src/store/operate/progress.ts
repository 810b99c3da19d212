import { inWords } from './folder.ts';

/** Says how far a step is. Steps in bytes say so; `of` may be unknown. */
export type Progress = (step: string, done?: number, of?: number) => void;

/** One line a second, from the first second on: what is quickly done says nothing. */
export function printProgress(
  print: (line: string) => void,
  now: () => number = () => performance.now(),
): Progress {
  let last = now();
  return (step, done, of) => {
    if (now() - last < 1000) return;
    last = now();
    const share =
      done !== undefined && of
        ? `: ${inWords(done)} of ${inWords(of)} (${Math.floor((100 * done) / of)} %)`
        : '';
    print(`${step}${share}`);
  };
}
