import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';

/**
 * A key pair costs more than most tests: a process of tests makes some and hands them round. More than any one test has keys of,
 * so that two keys of a test are two.
 */
const most = 12;
const make = promisify(crypto.generateKeyPair) as (type: string, options: object) => Promise<object>;
const made = new Map<string, { pairs: Promise<object>[]; turn: number }>();

function handOut(type: string, options: object): Promise<object> {
  const kind = JSON.stringify([type, options]);
  const kept = made.get(kind) ?? { pairs: [], turn: 0 };
  made.set(kind, kept);
  return (kept.pairs[kept.turn++ % most] ??= make(type, options));
}

const { generateKeyPair } = crypto;
Object.assign(crypto, {
  generateKeyPair: Object.assign(generateKeyPair.bind(crypto), { [promisify.custom]: handOut }),
});
// The name that an import has already bound is changed too.
syncBuiltinESMExports();
