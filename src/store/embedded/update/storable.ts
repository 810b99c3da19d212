/** Documents that are about to be stored: what may not be, and what an upsert begins with. */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { bsonType, checkDocument, Elements, fieldOf, idName, rawOf } from '../values/raw.ts';
import { ObjectNode, open } from '../values/tree.ts';
import { isDocument } from '../query/value-tests.ts';

/** The document that an upsert begins with: what the filter says of equality. */
export function documentOf(filter: Document): ObjectNode {
  const tree = new ObjectNode();
  const put = (path: string, value: unknown) => {
    const parts = path.split('.');
    let parent = tree;
    for (const part of parts.slice(0, -1)) {
      const next = parent.get(part);
      const opened = next && open(next);
      if (opened && !(opened instanceof ObjectNode)) return;
      const child = opened ?? new ObjectNode();
      parent.set(part, child);
      parent = child;
    }
    const last = parts.at(-1)!;
    if (parent.get(last))
      throw new StoreError(54, `cannot infer query fields to set, path '${path}' is matched twice`);
    parent.set(last, rawOf(value));
  };
  const collect = (from: Document) => {
    for (const [name, condition] of Object.entries(from)) {
      if (name === '$and' && Array.isArray(condition)) for (const one of condition) collect(one as Document);
      else if (name === '$or' && Array.isArray(condition) && condition.length === 1)
        collect(condition[0] as Document);
      else if (name.startsWith('$') || condition instanceof RegExp) continue;
      else if (!isDocument(condition) || !Object.keys(condition)[0]?.startsWith('$')) put(name, condition);
      else if ('$eq' in condition) put(name, condition['$eq']);
      else if (Array.isArray(condition['$in']) && condition['$in'].length === 1)
        put(name, condition['$in'][0]);
      else if (Array.isArray(condition['$all']) && condition['$all'].length === 1)
        put(name, condition['$all'][0]);
    }
  };
  collect(filter);
  return tree;
}

/** @throws 52, 53, 10334, 22 for a document that cannot be stored; gives it back otherwise */
export function checkStorable(doc: Buffer): Buffer {
  checkDocument(doc);
  const id = fieldOf(doc, 0, idName);
  if (id?.type === bsonType.array) throw new StoreError(53, "The '_id' value cannot be of type array");
  if (id?.type === bsonType.regex) throw new StoreError(53, "The '_id' value cannot be of type regex");
  if (id?.type === bsonType.undefined)
    throw new StoreError(53, "The '_id' value cannot be of type undefined");
  if (id?.type === bsonType.object) {
    const element = new Elements(id.buf, id.at);
    while (element.next()) {
      if (element.name.startsWith('$')) {
        throw new StoreError(
          52,
          `_id fields may not contain '$'-prefixed fields: ${element.name} is not valid for storage.`,
        );
      }
    }
  }
  return doc;
}
