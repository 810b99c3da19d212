import { UUID } from 'bson';
import { Conversation } from '../wire/scram.ts';
import { StoreError } from '../faults/errors.ts';
import { maxDocumentSize } from '../values/raw.ts';
import { maxMessageSize } from '../wire/messages.ts';
import type { Command, Commands } from './command.ts';

/** The release whose behaviour this store follows, and its wire version. */
export const release = [8, 0, 0];
const wireVersion = 25;

/** Sessions are taken note of and mean nothing: a standalone server has neither transactions nor retried writes. */
const sessionMinutes = 30;

const hello: Command = {
  open: true,
  run: (store, { args, name }, session) => ({
    helloOk: true,
    ...(name === 'hello' ? {} : { ismaster: true }),
    isWritablePrimary: true,
    maxBsonObjectSize: maxDocumentSize,
    maxMessageSizeBytes: maxMessageSize,
    maxWriteBatchSize: 100_000,
    localTime: store.now(),
    connectionId: session.id,
    instance: session.instance,
    logicalSessionTimeoutMinutes: sessionMinutes,
    minWireVersion: 0,
    maxWireVersion: wireVersion,
    readOnly: false,
    ...(args['saslSupportedMechs'] ? { saslSupportedMechs: ['SCRAM-SHA-256'] } : {}),
    ok: 1,
  }),
};

const saslStart: Command = {
  open: true,
  run: (_store, { args }, session) => {
    session.signedIn = false;
    session.conversation = new Conversation(session.secret, args);
    return { ...session.conversation.first, ok: 1 };
  },
};

const saslContinue: Command = {
  open: true,
  run: (_store, { args }, session) => {
    const { conversation } = session;
    if (!conversation) throw new StoreError(17, 'No SASL session state found');
    session.conversation = undefined;
    const answer = conversation.next(args);
    if (answer['done']) session.signedIn = true;
    else session.conversation = conversation;
    return { ...answer, ok: 1 };
  },
};

/** @throws 20, as a server without a replica set */
export function refuseTransaction(): never {
  throw new StoreError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
}

const ok: Command = { run: () => ({ ok: 1 }) };

export const connectionCommands: Commands = {
  hello,
  isMaster: hello,
  ismaster: hello,
  saslStart,
  saslContinue,
  ping: { ...ok, open: true },
  logout: {
    run: (_store, _message, session) => {
      session.signedIn = false;
      return { ok: 1 };
    },
  },
  startSession: {
    run: () => ({ id: { id: new UUID().toBinary() }, timeoutMinutes: sessionMinutes, ok: 1 }),
  },
  refreshSessions: ok,
  endSessions: ok,
  killSessions: ok,
  killAllSessions: ok,
  commitTransaction: { run: refuseTransaction },
  abortTransaction: { run: refuseTransaction },
  buildInfo: {
    run: () => ({
      version: release.join('.'),
      versionArray: [...release, 0],
      gitVersion: 'coursedock embedded store',
      modules: [],
      bits: 64,
      debug: false,
      maxBsonObjectSize: maxDocumentSize,
      storageEngines: ['sqlite'],
      ok: 1,
    }),
  },
  connectionStatus: {
    run: (_store, _message, { secret }) => ({
      authInfo: {
        authenticatedUsers: [{ user: secret.user, db: 'admin' }],
        authenticatedUserRoles: [{ role: 'root', db: 'admin' }],
      },
      ok: 1,
    }),
  },
  getParameter: {
    run: (_store, { args }) => {
      const known: Record<string, unknown> = {
        featureCompatibilityVersion: { version: '8.0' },
        authenticationMechanisms: ['SCRAM-SHA-256'],
      };
      const asked =
        args['getParameter'] === '*' ? Object.keys(known) : Object.keys(args).filter((name) => name in known);
      if (!asked.length) throw new StoreError(72, 'no option found to get');
      return { ...Object.fromEntries(asked.map((name) => [name, known[name]])), ok: 1 };
    },
  },
};
