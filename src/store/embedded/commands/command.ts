import type { Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { readCollation, type Collation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import { keyField, type KeyField } from '../values/index-keys.ts';
import type { Deadline } from '../reading/read.ts';
import { isDocument } from '../query/value-tests.ts';
import type { Conversation, Secret } from '../wire/scram.ts';
import type { Store } from '../data/store.ts';
import type { Message } from '../wire/messages.ts';

/** One connection: who it is, as far as it has said. */
export type Session = {
  id: number;
  instance: string;
  secret: Secret;
  conversation?: Conversation;
  signedIn: boolean;
};

/** A document, or the bytes of one in pieces. */
export type Answer = Document | Buffer[];

export type Command = {
  run: (store: Store, message: Message, session: Session) => Answer;
  /** `alone`: all of it or nothing (a failure undoes what it did). */
  writes?: true | 'alone';
  /** Answered before the client has signed in. */
  open?: true;
};

export type Commands = Record<string, Command>;

/** The collection a command names: the value of its first field. @throws 73 */
export function collectionName({ args, name }: Message): string {
  const value = args[name] as unknown;
  if (typeof value !== 'string') throw new StoreError(73, `collection name has invalid type ${typeof value}`);
  if (!value) throw new StoreError(73, `Invalid namespace specified '${String(args['$db'])}.'`);
  return value;
}

/** A document among the arguments; `{}` where it is missing. @throws 14 */
export function documentArgument(args: Document, name: string): Document {
  const value = args[name] as unknown;
  if (value === undefined || value === null) return {};
  if (!isDocument(value))
    throw new StoreError(14, `BSON field '${name}' is the wrong type, expected type 'object'`);
  return value;
}

/** A whole number among the arguments. @throws 2, 14 */
export function numberArgument(args: Document, name: string): number | undefined {
  const value = args[name] as unknown;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number')
    throw new StoreError(14, `BSON field '${name}' is the wrong type, expected a number`);
  if (value < 0 && name !== 'limit') {
    throw new StoreError(2, `BSON field '${name}' value must be >= 0, actual value '${value}'`);
  }
  return Math.trunc(value);
}

/** @throws 2 for a direction that is none */
export function sortFields(sort: unknown, collation?: Collation): KeyField[] {
  if (sort === undefined || sort === null) return [];
  if (!isDocument(sort))
    throw new StoreError(14, "BSON field 'sort' is the wrong type, expected type 'object'");
  return Object.entries(sort)
    .filter(([path]) => path !== '$natural')
    .map(([path, direction]) => {
      if (direction !== 1 && direction !== -1)
        throw new StoreError(2, `$sort key ordering must be 1 (for ascending) or -1 (for descending)`);
      return keyField(path, direction, collation);
    });
}

const maxStatements = 100_000;

/** The statements of a write command, as bytes. @throws 16, 40414 */
export function statementsOf({ lists, name }: Message, list: string): Buffer[] {
  const statements = lists.get(list);
  if (!statements)
    throw new StoreError(40414, `BSON field '${name}.${list}' is missing but a required field`);
  if (!statements.length || statements.length > maxStatements) {
    throw new StoreError(
      16,
      `Write batch sizes must be between 1 and ${maxStatements}. Got ${statements.length} operations.`,
    );
  }
  return statements;
}

/** Runs the statements one after another until one fails (`ordered`) or all have been tried. Gives what failed. */
export function eachStatement(
  { args }: Message,
  statements: Buffer[],
  one: (statement: Buffer, index: number) => void,
): { index: number; error: StoreError }[] {
  const failed: { index: number; error: StoreError }[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      one(statement, index);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failed.push({ index, error });
      if (args['ordered'] !== false) break;
    }
  }
  return failed;
}

/** How text compares in a command: as it says, else as its collection does. @throws 2, 9, 14 */
export function collationOf(args: Document, collection?: Collection): Collation | undefined {
  const given = args['collation'] as unknown;
  return given === undefined ? collection?.collation : readCollation(given);
}

/** When a command with `maxTimeMS` is to give up. */
export function deadlineOf(args: Document): Deadline | undefined {
  if (args['maxTimeMS'] === undefined) return undefined;
  const limit = numberArgument(args, 'maxTimeMS');
  return limit ? { at: performance.now() + limit } : undefined;
}
