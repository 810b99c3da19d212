/** Updates: what `update` and `findAndModify` do to a document. https://www.mongodb.com/docs/manual/reference/operator/update/ */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { keyOf } from '../values/keys.ts';
import type { Collation } from '../values/collation.ts';
import type { Meaning } from '../query/expressions.ts';
import { pipelines } from '../pipeline/on-demand.ts';
import { operators } from './modifiers.ts';
import type { Operator } from './place.ts';
import { compileArrayFilters, namesAt, type Applying } from '../query/positions.ts';
import { withOldTypes, writeComputed } from '../pipeline/types.ts';
import { bsonType, Elements, fieldOf, idName, parse, valueOf, type RawValue } from '../values/raw.ts';
import { shellText } from '../values/shell-text.ts';
import { ArrayNode, ObjectNode, open, rawNode, writeTree, type Node } from '../values/tree.ts';

/** What an update needs to know beside the document. */
export type UpdateContext = {
  /** The query's filter: finds the element that `$` stands for, and the `_id` of an upsert. */
  filter: Document;
  inserting: boolean;
  now: Date;
  collation?: Collation;
};

/** Gives the document as it is to be. The same bytes: nothing changed. */
export type Update = (doc: Buffer, context: UpdateContext) => Buffer;

/**
 * Compiles the `u` of an update: modifiers, a whole document, or a pipeline.
 * @throws 9, 14, 40, 52, 56 for what cannot be an update
 */
export function compileUpdate(u: RawValue, arrayFilters: Document[] = [], meaning: Meaning = {}): Update {
  if (u.type === bsonType.array) return compilePipeline(valueOf(u) as Document[], meaning);
  if (u.type !== bsonType.object)
    throw new StoreError(9, 'Update argument must be either an object or an array');
  const first = new Elements(u.buf, u.at);
  if (!first.next() || !first.name.startsWith('$')) return compileReplacement(u);
  return compileModifiers(u, arrayFilters, meaning);
}

/** Is it modifiers or a pipeline, rather than a whole document? */
export function isModification(u: RawValue): boolean {
  if (u.type === bsonType.array) return true;
  const first = new Elements(u.buf, u.at);
  return first.next() && first.name.startsWith('$');
}

function compileReplacement(u: RawValue): Update {
  const replacement = Buffer.from(u.buf.subarray(u.at, u.at + u.buf.readInt32LE(u.at)));
  const element = new Elements(replacement);
  while (element.next()) {
    const { name } = element;
    if (name.startsWith('$')) throw dollarField(name);
  }
  const id = fieldOf(replacement, 0, idName);
  return (doc) => {
    const old = fieldOf(doc, 0, idName);
    if (!old) return replacement;
    if (id) {
      if (!keyOf(id).equals(keyOf(old)))
        throw immutable(
          `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${shellText(valueOf(id))}`,
        );
    }
    const tree = new ObjectNode();
    tree.set('_id', old);
    for (const [name, value] of ObjectNode.read(replacement).fields)
      if (name !== '_id') tree.set(name, value);
    return writeTree(tree);
  };
}

function dollarField(name: string): StoreError {
  return new StoreError(
    52,
    `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
  );
}

function immutable(message: string): StoreError {
  return new StoreError(66, message);
}

type Action = {
  path: string;
  parts: string[];
  operator: Operator;
  argument: RawValue;
  onInsertOnly: boolean;
  /** It makes a field whose name begins with `$`: only a new document may have that. */
  dollar: boolean;
};

function compileModifiers(u: RawValue, arrayFilters: Document[], meaning: Meaning): Update {
  const actions: Action[] = [];
  const element = new Elements(u.buf, u.at);
  while (element.next()) {
    const { name } = element;
    const operator = operators[name];
    if (!operator) {
      throw new StoreError(
        9,
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (element.type !== bsonType.object) {
      throw new StoreError(
        9,
        `Modifiers operate on fields but we found type ${typeof valueOf(element.raw)} instead. For example: {$mod: {<field>: ...}} not {${name}: ${shellText(valueOf(element.raw))}}`,
      );
    }
    const fields = new Elements(element.raw.buf, element.raw.at);
    while (fields.next()) {
      const path = fields.name;
      checkPath(path);
      operator.check?.(fields.raw, path);
      actions.push({
        path,
        parts: path.split('.'),
        operator,
        argument: fields.raw,
        onInsertOnly: name === '$setOnInsert',
        dollar: operator.creates && path.startsWith('$'),
      });
    }
  }
  refuseConflicts(actions);
  const filters = compileArrayFilters(arrayFilters, actions, meaning);
  return (doc, context) => {
    const tree = ObjectNode.read(doc);
    for (const action of actions) {
      if (action.onInsertOnly && !context.inserting) continue;
      if (action.dollar && !context.inserting) throw dollarField(action.parts[0]!);
      applyAt(tree, action, { doc, arrayFilters: filters, ...context }, context.now);
    }
    const after = writeTree(tree);
    keepId(doc, after, context);
    return after;
  };
}

function keepId(before: Buffer, after: Buffer, { inserting }: UpdateContext): void {
  const [old, now] = [fieldOf(before, 0, idName), fieldOf(after, 0, idName)];
  if (!old && inserting) return;
  if (old && now && keyOf(old).equals(keyOf(now))) return;
  throw immutable("Performing an update on the path '_id' would modify the immutable field '_id'");
}

function checkPath(path: string): void {
  if (path === '') throw new StoreError(56, 'An empty update path is not valid.');
  for (const part of path.split('.')) {
    if (part === '') {
      throw new StoreError(
        56,
        `The update path '${path}' contains an empty field name, which is not allowed.`,
      );
    }
  }
  if (/^\$(\[\w*\])?(\.|$)/.test(path)) {
    throw new StoreError(
      2,
      `Cannot have positional (i.e. '$') element in the first position in path '${path}'`,
    );
  }
}

function refuseConflicts(actions: Action[]): void {
  const paths = actions.flatMap(({ path, operator, argument }) =>
    operator.alsoChanges ? [path, operator.alsoChanges(argument)] : [path],
  );
  const sorted = paths.sort();
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1]!, sorted[i]!];
    if (a !== b && !b.startsWith(`${a}.`)) continue;
    throw new StoreError(40, `Updating the path '${b}' would create a conflict at '${a}'`);
  }
}

/** Follows the action's path, opening and making what lies on it, and lets the operator change its end. */
function applyAt(root: ObjectNode, action: Action, applying: Applying, now: Date): void {
  const { parts, operator, argument } = action;
  const step = (parent: ObjectNode | ArrayNode, index: number, walked: string): void => {
    for (const name of namesAt(parent, parts, index, applying)) {
      const path = walked ? `${walked}.${name}` : name;
      if (index === parts.length - 1) {
        operator.apply({ parent, name, path, root, now }, argument);
        continue;
      }
      let next = parent.get(name);
      if (!next) {
        if (!operator.creates) continue;
        next = new ObjectNode();
      }
      const opened = open(next);
      if (opened instanceof ObjectNode || opened instanceof ArrayNode) {
        const following = parts[index + 1]!;
        if (opened instanceof ArrayNode && !/^\d+$|^\$/.test(following)) {
          if (operator.creates) throw notViable(following, name, opened);
          continue;
        }
        const wasThere = parent.get(name) !== undefined;
        parent.set(name, opened);
        step(opened, index + 1, path);
        if (
          !wasThere &&
          opened instanceof ObjectNode &&
          !opened.fields.size &&
          parent instanceof ObjectNode
        ) {
          parent.fields.delete(name);
        }
      } else if (operator.creates) throw notViable(parts[index + 1]!, name, opened);
    }
  };
  step(root, 0, '');
}

function notViable(field: string, name: string, node: Node): StoreError {
  return new StoreError(
    28,
    `Cannot create field '${field}' in element {${name}: ${shellText(valueOf(rawNode(node)))}}`,
  );
}

const pipelineStages = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

function compilePipeline(stages: Document[], meaning: Meaning): Update {
  for (const stage of stages) {
    const [name = ''] = Object.keys(stage);
    if (!pipelineStages.has(name)) {
      throw new StoreError(72, `${name} is not allowed to be used within an update`);
    }
  }
  return (doc, context) => {
    const [result = {}] = pipelines().aggregateDocuments([parse(doc)], stages, meaning);
    const after = withOldTypes(doc, writeComputed(result));
    keepId(doc, after, context);
    return after;
  };
}
