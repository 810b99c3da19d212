import { asStoreError, StoreError } from '../faults/errors.ts';
import type { Message } from '../wire/messages.ts';
import { bulkWrite } from './bulk-write.ts';
import { collectionCommands } from './collections.ts';
import { aggregateOf } from './aggregate.ts';
import type { Answer, Command, Commands, Session } from './command.ts';
import { connectionCommands, refuseTransaction } from './connection.ts';
import { explain } from './explain.ts';
import { findAndModify } from './find-and-modify.ts';
import { indexCommands } from './indexes.ts';
import { operateCommands } from './operate.ts';
import { readCommands } from './reads.ts';
import { statisticsCommands } from './statistics.ts';
import { writeCommands } from './writes.ts';

const commands: Commands = {
  ...connectionCommands,
  ...readCommands,
  ...writeCommands,
  ...collectionCommands,
  ...indexCommands,
  ...statisticsCommands,
  ...operateCommands,
  findAndModify,
  findandmodify: findAndModify,
  bulkWrite,
  explain,
};

/** The command of a message. @throws 2, 13 before signing in, 20 in a transaction, 59 for one that is not there */
export function commandOf(message: Pick<Message, 'name' | 'args'>, session: Session): Command {
  const { name, args } = message;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!session.signedIn && !command?.open)
    throw new StoreError(13, `Command ${name} requires authentication`);
  if (args['txnNumber'] !== undefined) refuseTransaction();
  if (name === 'aggregate') return aggregateOf(message);
  if (!command) throw new StoreError(59, `no such command: '${name}'`);
  if (args['writeConcern'] !== undefined) checkConcern(args['writeConcern']);
  return command;
}

/** @throws 2 for a write that more servers than this one are to acknowledge */
function checkConcern(concern: unknown): void {
  const w = (concern as { w?: unknown } | null)?.w;
  if (typeof w === 'number' && w > 1)
    throw new StoreError(2, "cannot use 'w' > 1 when a host is not replicated");
  if (typeof w === 'string' && w !== 'majority')
    throw new StoreError(
      2,
      `cannot use non-majority 'w' mode "${w}" when a host is not a member of a replica set`,
    );
}

/** How an error stands in an answer. */
export function errorAnswer(error: unknown): Answer {
  const { code, codeName, message, more } = asStoreError(error);
  return { ok: 0, errmsg: message, code, codeName, ...more };
}
