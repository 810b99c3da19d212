/** The update operators of arrays. https://www.mongodb.com/docs/manual/reference/operator/update-array/ */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { matchPulled } from '../query/filter.ts';
import { keyField, sortKeyOf } from '../values/index-keys.ts';
import { keyOf } from '../values/keys.ts';
import { put, typeName, whose, type Operator, type Place } from './place.ts';
import { bsonType, valueOf, type RawValue } from '../values/raw.ts';
import { shellText } from '../values/shell-text.ts';
import { ArrayNode, ObjectNode, open, rawNode, writeTree, type Node } from '../values/tree.ts';
import { isDocument, isPattern } from '../query/value-tests.ts';

export const push: Operator = {
  creates: true,
  check: (argument) => void pushOptions(argument),
  apply: (place, argument) => {
    const array = arrayAt(place, '$push');
    const { each, slice, sort, position } = pushOptions(argument);
    const at =
      position === undefined
        ? array.items.length
        : position < 0
          ? Math.max(0, array.items.length + position)
          : position;
    array.items.splice(at, 0, ...each);
    if (sort !== undefined) sortItems(array, sort);
    if (slice !== undefined) array.items = slice < 0 ? array.items.slice(slice) : array.items.slice(0, slice);
    if (slice === 0) array.items = [];
    put(place, array);
  },
};

type PushOptions = { each: Node[]; slice?: number; sort?: unknown; position?: number };

function pushOptions(argument: RawValue): PushOptions {
  const options = argument.type === bsonType.object ? ObjectNode.read(argument.buf, argument.at) : undefined;
  const each = options?.get('$each');
  if (!options || !each) return { each: [argument] };
  const list = open(each);
  if (!(list instanceof ArrayNode)) {
    throw new StoreError(
      2,
      `The argument to $each in $push must be an array but it was of type: ${typeName(rawNode(each))}`,
    );
  }
  const known = ['$each', '$slice', '$sort', '$position'];
  for (const name of options.fields.keys()) {
    if (!known.includes(name)) throw new StoreError(2, `Unrecognized clause in $push: ${name}`);
  }
  const number = (name: string) => {
    const node = options.get(name);
    if (!node) return undefined;
    const value = valueOf(rawNode(node));
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    throw new StoreError(
      2,
      `The value for ${name} must be an integer value but was given type: ${typeName(rawNode(node))}`,
    );
  };
  const sort = options.get('$sort');
  return {
    each: list.items,
    slice: number('$slice'),
    position: number('$position'),
    sort: sort && valueOf(rawNode(sort)),
  };
}

function sortItems(array: ArrayNode, sort: unknown): void {
  const byValue = typeof sort === 'number';
  if (byValue ? sort !== 1 && sort !== -1 : !isDocument(sort)) {
    throw new StoreError(
      2,
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  }
  const fields = byValue
    ? [keyField('v', sort)]
    : Object.entries(sort as Document).map(([path, way]) => keyField(path, way));
  const keyed = array.items.map((item) => {
    const raw = rawNode(item);
    if (byValue) return { item, key: keyOf(raw) };
    return {
      item,
      key: sortKeyOf(raw.type === bsonType.object ? documentBytes(raw) : emptyDocument, fields),
    };
  });
  const turn = byValue ? sort : 1;
  array.items = keyed.sort((a, b) => Buffer.compare(a.key, b.key) * turn).map(({ item }) => item);
}

const emptyDocument = writeTree(new ObjectNode());

function documentBytes({ buf, at }: RawValue): Buffer {
  return buf.subarray(at, at + buf.readInt32LE(at));
}

export const addToSet: Operator = {
  creates: true,
  apply: (place, argument) => {
    const array = arrayAt(place, '$addToSet');
    const options =
      argument.type === bsonType.object ? ObjectNode.read(argument.buf, argument.at) : undefined;
    const each = options?.get('$each');
    const list = each && open(each);
    if (each && !(list instanceof ArrayNode)) {
      throw new StoreError(
        14,
        `The argument to $each in $addToSet must be an array but it was of type ${typeName(rawNode(each))}`,
      );
    }
    const there = new Set(array.items.map((item) => keyText(item)));
    for (const item of list instanceof ArrayNode ? list.items : [argument]) {
      if (there.has(keyText(item))) continue;
      there.add(keyText(item));
      array.items.push(item);
    }
    put(place, array);
  },
};

const keyText = (node: Node) => keyOf(rawNode(node)).toString('latin1');

export const pop: Operator = {
  creates: false,
  check: (argument, path) => {
    const end = valueOf(argument);
    if (end !== 1 && end !== -1)
      throw new StoreError(9, `$pop expects 1 or -1, found: ${path}: ${shellText(end)}`);
  },
  apply: (place, argument) => {
    const array = existingArray(
      place,
      '$pop',
      14,
      `Path '${place.path}' contains an element of non-array type`,
    );
    if (!array) return;
    array.items = valueOf(argument) === 1 ? array.items.slice(0, -1) : array.items.slice(1);
    put(place, array);
  },
};

export const pull: Operator = {
  creates: false,
  apply: (place, argument) => {
    const array = existingArray(place, '$pull', 2, 'Cannot apply $pull to a non-array value');
    if (!array) return;
    const goes = pulled(argument);
    array.items = array.items.filter((item) => !goes(rawNode(item)));
    put(place, array);
  },
};

function pulled(argument: RawValue): (value: RawValue) => boolean {
  const condition = valueOf(argument);
  if (isPattern(condition)) return matchPulled({ $in: [condition] });
  if (isDocument(condition)) return matchPulled(condition);
  const key = keyOf(argument);
  return (value) => keyOf(value).equals(key);
}

export const pullAll: Operator = {
  creates: false,
  check: (argument) => {
    if (argument.type !== bsonType.array) {
      throw new StoreError(2, `$pullAll requires an array argument but was given a ${typeName(argument)}`);
    }
  },
  apply: (place, argument) => {
    const array = existingArray(place, '$pullAll', 2, 'Cannot apply $pull to a non-array value');
    if (!array) return;
    const goes = new Set(ArrayNode.read(argument.buf, argument.at).items.map(keyText));
    array.items = array.items.filter((item) => !goes.has(keyText(item)));
    put(place, array);
  },
};

/** The array at a place, or a new one where nothing is. */
function arrayAt(place: Place, operator: string): ArrayNode {
  const now = place.parent.get(place.name);
  if (!now) return new ArrayNode();
  const opened = open(now);
  if (opened instanceof ArrayNode) return opened;
  if (operator === '$addToSet') {
    throw new StoreError(
      2,
      `Cannot apply $addToSet to non-array field. Field named '${place.name}' has non-array type ${typeName(rawNode(now))}`,
    );
  }
  throw new StoreError(
    2,
    `The field '${place.path}' must be an array but is of type ${typeName(rawNode(now))} in document ${whose(place)}`,
  );
}

function existingArray(
  { parent, name }: Place,
  operator: string,
  code: 2 | 14,
  message: string,
): ArrayNode | undefined {
  const now = parent.get(name);
  if (!now) return undefined;
  const opened = open(now);
  if (opened instanceof ArrayNode) return opened;
  throw new StoreError(code, operator === '$pop' ? `${message} '${typeName(rawNode(now))}'` : message);
}
