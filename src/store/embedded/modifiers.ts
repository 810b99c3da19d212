/** The update operators, each on the place its path leads to. */
import { Timestamp, type Document } from 'bson';
import { StoreError } from './errors.ts';
import { isDocument, isOperators, isPattern, matchDocument, matchValue } from './filter.ts';
import { keyField, sortKeyOf } from './index-keys.ts';
import { keyOf } from './keys.ts';
import { add, bitwise, isNumeric, multiply, zeroLike } from './numbers.ts';
import { bsonType, rawOf, valueOf, type RawValue } from './raw.ts';
import { shellText } from './shell-text.ts';
import { ArrayNode, nullValue, ObjectNode, open, rawNode, writeTree, type Node } from './tree.ts';

export type Place = {
  parent: ObjectNode | ArrayNode;
  name: string;
  path: string;
  root: ObjectNode;
  now: Date;
};

export type Operator = {
  /** Makes documents that are missing on the way to its field. */
  creates: boolean;
  /** Refuses an argument before any document is touched. */
  check?: (argument: RawValue, path: string) => void;
  apply: (place: Place, argument: RawValue) => void;
  /** Another path that changes with it. */
  alsoChanges?: (argument: RawValue) => string;
};

const set: Operator = {
  creates: true,
  apply: (place, argument) => put(place, argument),
};

const unset: Operator = {
  creates: false,
  apply: ({ parent, name }) => {
    if (parent instanceof ObjectNode) parent.fields.delete(name);
    else if (parent.get(name)) parent.set(name, nullValue);
  },
};

const inc = arithmetic('$inc', 'increment', add, (argument) => argument);
const mul = arithmetic('$mul', 'multiply', multiply, zeroLike);

function arithmetic(
  name: string,
  verb: string,
  combine: (a: RawValue, b: RawValue) => RawValue,
  start: (argument: RawValue) => RawValue,
): Operator {
  return {
    creates: true,
    check: (argument, path) => {
      if (isNumeric(argument)) return;
      throw new StoreError(
        14,
        `Cannot ${verb} with non-numeric argument: {${path}: ${shellText(valueOf(argument))}}`,
      );
    },
    apply: (place, argument) => {
      const now = place.parent.get(place.name);
      if (!now) return put(place, start(argument));
      const raw = rawNode(now);
      if (!isNumeric(raw)) {
        throw new StoreError(
          14,
          `Cannot apply ${name} to a value of non-numeric type. ${whose(place)} has the field '${place.name}' of non-numeric type ${typeName(raw)}`,
        );
      }
      put(place, combine(raw, argument));
    },
  };
}

const extreme = (wanted: -1 | 1): Operator => ({
  creates: true,
  apply: (place, argument) => {
    const now = place.parent.get(place.name);
    if (!now || Buffer.compare(keyOf(argument), keyOf(rawNode(now))) === wanted) put(place, argument);
  },
});

const rename: Operator = {
  creates: false,
  check: (argument, path) => {
    if (argument.type !== bsonType.string) {
      throw new StoreError(
        2,
        `The 'to' field for $rename must be a string: ${path}: ${shellText(valueOf(argument))}`,
      );
    }
    if (/(^|\.)\$/.test(`${path}.${String(valueOf(argument))}`)) {
      throw new StoreError(2, `The source and target field for $rename must not be dynamic: ${path}`);
    }
    if (path === valueOf(argument))
      throw new StoreError(2, `The source and target field for $rename must differ: ${path}`);
  },
  alsoChanges: (argument) => String(valueOf(argument)),
  apply: ({ parent, name, path, root }, argument) => {
    if (parent instanceof ArrayNode)
      throw new StoreError(2, `The source field cannot be an array element, '${path}'`);
    const value = parent.get(name);
    if (!value) return;
    parent.fields.delete(name);
    const target = String(valueOf(argument)).split('.');
    let into = root;
    for (const part of target.slice(0, -1)) {
      const next = into.get(part);
      const opened = next ? open(next) : new ObjectNode();
      if (opened instanceof ArrayNode)
        throw new StoreError(2, 'The destination field cannot be an array element');
      if (!(opened instanceof ObjectNode))
        throw new StoreError(28, `Cannot create field '${part}' in element {${part}: …}`);
      into.set(part, opened);
      into = opened;
    }
    into.fields.delete(target.at(-1)!);
    into.set(target.at(-1)!, value);
  },
};

const push: Operator = {
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

const addToSet: Operator = {
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

const pop: Operator = {
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

const pull: Operator = {
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
  if (isPattern(condition)) return matchValue({ $in: [condition] });
  if (isDocument(condition)) return isOperators(condition) ? matchValue(condition) : matchDocument(condition);
  const key = keyOf(argument);
  return (value) => keyOf(value).equals(key);
}

const pullAll: Operator = {
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

const bit: Operator = {
  creates: true,
  apply: (place, argument) => {
    if (argument.type !== bsonType.object) {
      throw new StoreError(
        2,
        `The $bit modifier is not compatible with a ${typeName(argument)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}}`,
      );
    }
    const current = place.parent.get(place.name);
    let value = current ? rawNode(current) : rawOf(0);
    for (const [operation, node] of ObjectNode.read(argument.buf, argument.at).fields) {
      if (!['and', 'or', 'xor'].includes(operation)) {
        throw new StoreError(
          2,
          `The $bit modifier only supports 'and', 'or', and 'xor', not '${operation}' which is an unknown operator: {${operation}: …}`,
        );
      }
      for (const operand of [value, rawNode(node)]) {
        if (operand.type === bsonType.int || operand.type === bsonType.long) continue;
        throw new StoreError(
          2,
          `Cannot apply $bit to a value of non-integral type. ${whose(place)} has the field ${place.name} of non-integer type ${typeName(operand)}`,
        );
      }
      value = bitwise(value, rawNode(node), operation);
    }
    put(place, value);
  },
};

const currentDate: Operator = {
  creates: true,
  check: (argument) => {
    const wanted = valueOf(argument);
    if (typeof wanted === 'boolean') return;
    if (isDocument(wanted) && ['date', 'timestamp'].includes(String(wanted['$type']))) return;
    throw new StoreError(
      2,
      "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
    );
  },
  apply: (place, argument) => {
    const wanted = valueOf(argument);
    const stamp = isDocument(wanted) && wanted['$type'] === 'timestamp';
    put(place, rawOf(stamp ? new Timestamp({ t: Math.floor(place.now.getTime() / 1000), i: 1 }) : place.now));
  },
};

export const operators: Record<string, Operator | undefined> = {
  $set: set,
  $setOnInsert: set,
  $unset: unset,
  $inc: inc,
  $mul: mul,
  $min: extreme(-1),
  $max: extreme(1),
  $rename: rename,
  $push: push,
  $addToSet: addToSet,
  $pop: pop,
  $pull: pull,
  $pullAll: pullAll,
  $bit: bit,
  $currentDate: currentDate,
};

const maxPosition = 1_500_000;

function put({ parent, name, path, root }: Place, value: Node): void {
  if (parent instanceof ArrayNode) {
    if (!/^\d+$/.test(name)) {
      throw new StoreError(
        28,
        `Cannot create field '${name}' in element {${path}: ${shellText(valueOf(rawNode(parent)))}}`,
      );
    }
    if (Number(name) > parent.items.length + maxPosition) {
      throw new StoreError(2, `can't backfill more than ${maxPosition} elements`);
    }
  }
  void root;
  parent.set(name, value);
}

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

function whose({ root }: Place): string {
  const id = root.get('_id');
  return id ? `{_id: ${shellText(valueOf(rawNode(id)))}}` : '{}';
}

const names: Record<number, string> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  13: 'javascript',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  127: 'maxKey',
  255: 'minKey',
};

function typeName({ type }: RawValue): string {
  return names[type] ?? 'unknown';
}
