import { findActivity, leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import type { EngineState } from './engine.ts';
import { outcomeOf, rollUp } from './outcome.ts';

/**
 * Are the prerequisites of an activity met (SCORM 1.2 adlcp:prerequisites, an aicc_script: CAM 1.2 2.3.2.5.3.4)?
 * A script that cannot be read, or names no activity of this course, locks nothing: a learner cannot repair it.
 */
export function isUnlocked(
  definition: CourseDefinition,
  state: EngineState,
  activity: ActivityDefinition,
): boolean {
  const script = activity.prerequisites?.trim();
  if (!script) return true;
  const tokens = script.match(/<>|[&|~=(){},*]|"[^"]*"|[^\s&|~=<>(){},*"]+/g) ?? [];
  try {
    return new Script(tokens, (id) => wordOf(definition, state, id)).isMet();
  } catch {
    return true;
  }
}

/** The status of an activity, or of all below a cluster, in the words a script compares with. */
function wordOf(definition: CourseDefinition, state: EngineState, id: string): string {
  const activity = findActivity(definition.root, id);
  if (!activity) throw new SyntaxError(id);
  const { completion, success } = rollUp(
    leavesOf(activity).map((leaf) => outcomeOf(definition, state, leaf)),
  );
  return success === 'unknown' ? completion : success;
}

const isDone = (word: string) => word === 'passed' || word === 'completed';

/** `A & (B | ~C)`, `A = "passed"`, `A <> failed`, `2*{A,B,C}`, read from left to right; & binds closer than |. */
class Script {
  readonly #tokens: string[];
  readonly #statusOf: (id: string) => string;
  #at = 0;

  constructor(tokens: string[], statusOf: (id: string) => string) {
    this.#tokens = tokens;
    this.#statusOf = statusOf;
  }

  isMet(): boolean {
    const value = this.#expression();
    if (this.#at < this.#tokens.length) throw new SyntaxError(this.#tokens[this.#at]);
    return value;
  }

  #expression(): boolean {
    let value = this.#term();
    while (this.#take('|')) value = this.#term() || value;
    return value;
  }

  #term(): boolean {
    let value = this.#factor();
    while (this.#take('&')) value = this.#factor() && value;
    return value;
  }

  #factor(): boolean {
    if (this.#take('~')) return !this.#factor();
    if (this.#take('(')) {
      const value = this.#expression();
      this.#expect(')');
      return value;
    }
    const word = this.#next();
    if (/^\d+$/.test(word) && this.#take('*')) return this.#atLeast(Number(word));
    const status = this.#statusOf(word);
    if (this.#take('=')) return isSame(status, this.#next());
    if (this.#take('<>')) return !isSame(status, this.#next());
    return isDone(status);
  }

  #atLeast(wanted: number): boolean {
    this.#expect('{');
    let met = this.#expression() ? 1 : 0;
    while (this.#take(',')) met += this.#expression() ? 1 : 0;
    this.#expect('}');
    return met >= wanted;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new SyntaxError(token);
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined || /^(<>|[&|~=(){},*])$/.test(token)) throw new SyntaxError(token);
    return token;
  }
}

/** AICC's words and their first letters: `passed`, `"passed"`, `P`. */
function isSame(status: string, wanted: string): boolean {
  const word = wanted.replaceAll('"', '').trim().toLowerCase();
  return word !== '' && (status === word || status[0] === word);
}
