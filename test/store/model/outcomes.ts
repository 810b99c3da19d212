/** What an operation may do to the reference. */
import type { Answer } from './send.ts';
import { ModelList, type Change } from './list.ts';
import type { Operation, Statement } from './operations.ts';
import { compareValues, type Doc } from './order.ts';
import { projected } from './project.ts';
import { Refused } from './update.ts';

/** How the list is then, and what is answered. */
export type Outcome = { after: ModelList; answer: Answer };

/** Everything that a write may rightly do. */
export function outcomes(list: ModelList, operation: Operation): Outcome[] {
  switch (operation.do) {
    case 'insertMany':
      return inRow(
        list,
        operation.docs.map((doc) => ({ do: 'insertOne', doc })),
        operation.ordered,
      );
    case 'bulkWrite':
      return inRow(list, operation.statements, operation.ordered);
    case 'createIndex': {
      const name = Object.entries(operation.key).flat().join('_');
      return [trying(list, (after) => (after.createIndex({ ...operation, name }), {}))];
    }
    case 'findOneAndUpdate':
    case 'findOneAndReplace':
    case 'findOneAndDelete':
      return [trying(list, (after) => ({ doc: findAndModify(after, operation) }))];
    case 'updateOne':
    case 'replaceOne':
    case 'deleteOne': {
      const sort = operation.do === 'updateOne' ? operation.sort : undefined;
      const found = list.matching(operation.filter, sort);
      const targets = found.length ? found.slice(0, sort ? 1 : undefined) : [undefined];
      return targets.flatMap((target) => inRow(list, [operation], true, target));
    }
    default:
      return inRow(list, [operation as Statement], true);
  }
}

export function trying(list: ModelList, run: (after: ModelList) => Record<string, unknown>): Outcome {
  const after = list.copy();
  try {
    return { after, answer: run(after) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { after: list, answer: { codes: error.codes } };
  }
}

/** Statements one after another, up to the first that is refused when they are `ordered`. */
function inRow(list: ModelList, statements: Statement[], ordered: boolean, target?: Doc): Outcome[] {
  let after = list.copy();
  const answer = { inserted: 0, matched: 0, modified: 0, upserted: 0, deleted: 0, refused: [] as number[] };
  for (const [index, statement] of statements.entries()) {
    const before = after.copy();
    try {
      const done = runOne(after, statement, target);
      for (const name of ['inserted', 'matched', 'modified', 'upserted', 'deleted'] as const) {
        answer[name] += done[name] ?? 0;
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      after = before;
      answer.refused.push(index);
      if (ordered) break;
    }
  }
  return [{ after, answer }];
}

type Done = Partial<Record<'inserted' | 'matched' | 'modified' | 'upserted' | 'deleted', number>>;

function runOne(list: ModelList, statement: Statement, target?: Doc): Done {
  if (statement.do === 'insertOne') {
    list.insert(statement.doc);
    return { inserted: 1 };
  }
  const found = target ? [target] : list.matching(statement.filter);
  if (!('doc' in statement) && !('update' in statement)) {
    const gone = statement.do === 'deleteOne' ? found.slice(0, 1) : found;
    gone.forEach((doc) => list.remove(doc));
    return { deleted: gone.length };
  }
  const [first] = found;
  if ('doc' in statement) return replaceOne(list, statement, first);
  refuseAlways(statement);
  if (!first && !statement.upsert) return {};
  if (!first) {
    list.upsert(statement);
    return { upserted: 1 };
  }
  const after = list.change(first, statement);
  return { matched: 1, modified: compareValues(first, after) ? 1 : 0 };
}

/** An update that contradicts itself is refused also where there is nothing to update. */
export function refuseAlways(change: Change): void {
  try {
    new ModelList().upsert({ ...change, filter: { _id: 0 } });
  } catch (error) {
    if (error instanceof Refused && error.codes.includes(40)) throw error;
  }
}

function replaceOne(
  list: ModelList,
  { filter, doc, upsert }: Statement & { do: 'replaceOne' },
  found?: Doc,
): Done {
  if (found) {
    const after = { _id: found._id, ...structuredClone(doc) };
    list.put(found, after);
    return { matched: 1, modified: compareValues(found, after) ? 1 : 0 };
  }
  if (!upsert) return {};
  list.insert({ _id: filter['_id'], ...structuredClone(doc) });
  return { upserted: 1 };
}

type FindAndModify = Operation & { do: `findOneAnd${string}` };

function findAndModify(list: ModelList, operation: FindAndModify): unknown {
  const { filter, sort, upsert, returnDocument } = operation;
  if (operation.do === 'findOneAndUpdate') refuseAlways(operation);
  const [found] = list.matching(filter, sort);
  const shown = (doc: Doc | undefined) => (doc ? projected(doc, operation.projection) : null);
  if (operation.do === 'findOneAndDelete') {
    if (found) list.remove(found);
    return shown(found);
  }
  let after: Doc | undefined;
  if (operation.do === 'findOneAndReplace') {
    if (found) list.put(found, (after = { _id: found._id, ...structuredClone(operation.doc) }));
    else if (upsert) list.insert((after = { _id: filter['_id'], ...structuredClone(operation.doc) }));
  } else if (found) after = list.change(found, operation);
  else if (upsert) after = list.upsert(operation);
  return shown(returnDocument === 'after' ? after : found);
}
