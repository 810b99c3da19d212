import type { Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { StoreError } from '../faults/errors.ts';
import { planFor, type IndexPlan, type Plan } from '../reading/plan.ts';
import { fieldOf, parse, type RawValue } from '../values/raw.ts';
import { matching, type Query } from '../reading/read.ts';
import type { Store } from '../data/store.ts';
import { collationOf, documentArgument, sortFields, type Command } from './command.ts';
import { leading } from './pipeline.ts';
import { resolve } from './views.ts';

/** Says how a command would find its documents: by which index, and how many it would look at. */
export const explain: Command = {
  run: (store, { args, body, db }) => {
    const inner = documentArgument(args, 'explain');
    const [name = ''] = Object.keys(inner);
    const { collection, pipeline } = resolve(store, db, String(inner[name]));
    const query = queryOf(name, inner, fieldOf(body, 0, Buffer.from('explain')), pipeline);
    query.collation = collationOf(inner, collection);
    const namespace = `${db}.${collection?.name ?? String(inner[name])}`;
    if (!collection)
      return { explainVersion: '1', queryPlanner: { namespace, winningPlan: { stage: 'EOF' } }, ok: 1 };
    const plan = planFor(collection, query.filter, query.sort, query.hint, query.collation);
    const queryPlanner = {
      namespace,
      parsedQuery: query.filter,
      winningPlan: shown(plan, query),
      rejectedPlans: [],
    };
    const stats =
      args['verbosity'] === 'queryPlanner'
        ? {}
        : { executionStats: executed(store, collection, query, plan) };
    return { explainVersion: '1', queryPlanner, ...stats, ok: 1 };
  },
};

function queryOf(name: string, inner: Document, raw: RawValue | undefined, view: Document[]): Query {
  const { hint, limit, skip } = inner;
  switch (name) {
    case 'find':
      return {
        filter: documentArgument(inner, 'filter'),
        sort: sortFields(inner['sort']),
        hint,
        limit,
        skip,
      };
    case 'count':
    case 'distinct':
      return { filter: documentArgument(inner, 'query'), hint };
    case 'findAndModify':
      return { filter: documentArgument(inner, 'query'), sort: sortFields(inner['sort']), hint, limit: 1 };
    case 'aggregate':
      return { ...leading([...view, ...((inner['pipeline'] ?? []) as Document[])]).query, hint };
    case 'update':
    case 'delete': {
      const list = raw && fieldOf(raw.buf, raw.at, Buffer.from(`${name}s`));
      const [first] = list
        ? Object.values(parse(list.buf.subarray(list.at, list.at + list.buf.readInt32LE(list.at))))
        : [];
      const statement = (first ?? {}) as Document;
      return { filter: documentArgument(statement, 'q'), hint: statement['hint'] as unknown };
    }
    default:
      throw new StoreError(59, `Explain failed due to unknown command: ${name}`);
  }
}

function shown(plan: Plan, { filter, sort = [] }: Query): Document {
  const found = stageOf(plan, filter);
  const sorted = !sort.length || ('index' in plan && plan.sorted);
  return sorted
    ? found
    : {
        stage: 'SORT',
        sortPattern: Object.fromEntries(sort.map((f) => [f.path, f.descending ? -1 : 1])),
        inputStage: found,
      };
}

function stageOf(plan: Plan, filter: Document): Document {
  if ('everything' in plan)
    return { stage: 'COLLSCAN', filter, direction: plan.reverse ? 'backward' : 'forward' };
  if ('union' in plan)
    return { stage: 'FETCH', filter, inputStage: { stage: 'OR', inputStages: plan.union.map(scanOf) } };
  return { stage: 'FETCH', ...(plan.exact ? {} : { filter }), inputStage: scanOf(plan) };
}

function scanOf({ index, ranges, reverse }: IndexPlan): Document {
  return {
    stage: 'IXSCAN',
    keyPattern: index.spec['key'] as Document,
    indexName: index.name,
    isMultiKey: index.multikey,
    isUnique: index.unique,
    isSparse: index.sparse,
    isPartial: Boolean(index.partial),
    direction: reverse ? 'backward' : 'forward',
    ranges: ranges.length,
  };
}

function executed(store: Store, collection: Collection, query: Query, plan: Plan): Document {
  const stats = { examined: 0 };
  let nReturned = 0;
  for (const _ of matching(store.documents, collection, query, stats)) nReturned++;
  return {
    executionSuccess: true,
    nReturned,
    totalKeysExamined: 'everything' in plan ? 0 : stats.examined,
    totalDocsExamined: stats.examined,
  };
}
