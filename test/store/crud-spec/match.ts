/** Comparing what came with what a "unified" test expects, special operators and all. */
import assert from 'node:assert/strict';
import { EJSON } from 'bson';

type Json = Record<string, unknown>;

/** Is the actual value what is expected? Documents at the top may have more fields. */
export function match(expected: unknown, actual: unknown, where: string, top = true): void {
  if (isSpecial(expected)) return matchSpecial(expected, actual, where);
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${where} is an array`);
    assert.equal(actual.length, expected.length, `${where} has ${expected.length} elements`);
    expected.forEach((one, i) => match(one, actual[i], `${where}[${i}]`, top));
    return;
  }
  if (isPlain(expected)) {
    assert.ok(actual && typeof actual === 'object', `${where} is a document, not ${String(actual)}`);
    const doc = (actual instanceof Map ? Object.fromEntries(actual) : actual) as Json;
    for (const [key, value] of Object.entries(expected)) {
      const special = isSpecial(value) ? Object.keys(value)[0] : undefined;
      if (special === '$$exists')
        assert.equal(key in doc, (value as Json)['$$exists'], `${where}.${key} is there`);
      else if (special === '$$unsetOrMatches' && doc[key] === undefined) continue;
      else match(value, doc[key], `${where}.${key}`, false);
    }
    if (!top)
      assert.deepEqual(
        Object.keys(doc).filter((key) => !(key in expected) && key !== 'didUpsert'),
        [],
        `${where} has no more fields`,
      );
    return;
  }
  assert.deepEqual(plain(actual), plain(expected), where);
}

function isSpecial(value: unknown): value is Json {
  return isPlain(value) && Object.keys(value).length === 1 && Object.keys(value)[0]!.startsWith('$$');
}

function matchSpecial(expected: Json, actual: unknown, where: string): void {
  const [[operator, argument]] = Object.entries(expected) as [[string, unknown]];
  if (operator === '$$unsetOrMatches') {
    if (actual !== undefined && actual !== null) match(argument, actual, where, isPlain(argument));
  } else if (operator === '$$type') {
    const allowed = [argument].flat().map(String);
    assert.ok(
      allowed.some((name) => isOfType(name, actual)),
      `${where} is of type ${allowed.join()}`,
    );
  } else if (operator === '$$exists') assert.equal(actual !== undefined, argument, where);
  else throw new Error(`${operator} is not run`);
}

const typeNames: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  int: (value) => typeof value === 'number' && Number.isInteger(value),
  long: (value) => typeof value === 'number' || typeof value === 'bigint' || bsonName(value) === 'Long',
  double: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  objectId: (value) => bsonName(value) === 'ObjectId',
  date: (value) => value instanceof Date,
  null: (value) => value === null,
};

const bsonName = (value: unknown) => (value as { _bsontype?: string } | null | undefined)?._bsontype;

function isOfType(name: string, value: unknown): boolean {
  const test = typeNames[name];
  if (!test) throw new Error(`The type ${name} is not known to the runner`);
  return test(value);
}

function isPlain(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function plain(value: unknown): unknown {
  return JSON.parse(EJSON.stringify({ value }, { relaxed: true }));
}
