/** The update operators, each on the place its path leads to. */
import { Timestamp } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { isDocument } from '../query/value-tests.ts';
import { keyOf } from '../values/keys.ts';
import { addToSet, pop, pull, pullAll, push } from './array-modifiers.ts';
import { add, bitwise, isNumeric, multiply, zeroLike } from '../values/numbers.ts';
import { put, typeName, whose, type Operator } from './place.ts';
import { bsonType, rawOf, valueOf, type RawValue } from '../values/raw.ts';
import { shellText } from '../values/shell-text.ts';
import { ArrayNode, nullValue, ObjectNode, open, rawNode } from '../values/tree.ts';

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
