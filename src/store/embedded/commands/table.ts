import { asStoreError, StoreError } from '../errors.ts';
import type { Message } from '../wire.ts';
import { bulkWrite } from './bulk-write.ts';
import { collectionCommands } from './collections.ts';
import type { Answer, Command, Commands, Session } from './command.ts';
import { connectionCommands } from './connection.ts';
import { explain } from './explain.ts';
import { findAndModify } from './find-and-modify.ts';
import { operateCommands } from './operate.ts';
import { readCommands } from './reads.ts';
import { writeCommands } from './writes.ts';

const commands: Commands = {
  ...connectionCommands,
  ...readCommands,
  ...writeCommands,
  ...collectionCommands,
  ...operateCommands,
  findAndModify,
  findandmodify: findAndModify,
  bulkWrite,
  explain,
};

/** The command of a message. @throws 13 before signing in, 59 for one that is not there */
export function commandOf({ name }: Message, session: Session): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!session.signedIn && !command?.open)
    throw new StoreError(13, `Command ${name} requires authentication`);
  if (!command) throw new StoreError(59, `no such command: '${name}'`);
  return command;
}

/** How an error stands in an answer. */
export function errorAnswer(error: unknown): Answer {
  const { code, codeName, message, more } = asStoreError(error);
  return { ok: 0, errmsg: message, code, codeName, ...more };
}
