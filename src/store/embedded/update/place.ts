/** Where an update operator works, and what every operator needs there. */
import { StoreError } from '../faults/errors.ts';
import { valueOf, type RawValue } from '../values/raw.ts';
import { shellText } from '../values/shell-text.ts';
import { ArrayNode, ObjectNode, rawNode, type Node } from '../values/tree.ts';

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

const maxPosition = 1_500_000;

/** @throws 2, 28 where the place is one that an array cannot have */
export function put({ parent, name, path }: Place, value: Node): void {
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
  parent.set(name, value);
}

/** How messages name a document. */
export function whose({ root }: Place): string {
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

export function typeName({ type }: RawValue): string {
  return names[type] ?? 'unknown';
}
