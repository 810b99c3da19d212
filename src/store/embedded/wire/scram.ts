import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Binary, type Document } from 'bson';
import { StoreError } from '../faults/errors.ts';

/** What the server keeps of a password: it can check it, and prove that it knows it. RFC 5802 §3 */
export type Secret = { user: string; salt: Buffer; iterations: number; storedKey: Buffer; serverKey: Buffer };

/** The password is random and lives as long as one start: the least count that drivers accept does. */
const iterations = 4096;

export function makeSecret(user: string, password: string): Secret {
  const salt = randomBytes(28);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  return { user, salt, iterations, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** One client's way through SCRAM-SHA-256 (RFC 7677), as MongoDB wraps it in saslStart and saslContinue. */
export class Conversation {
  readonly #secret: Secret;
  readonly #skipEmpty: boolean;
  readonly #nonce: string;
  readonly #opening: string;
  readonly #user: string;
  readonly first: Document;
  #step: 'proof' | 'empty' | 'over' = 'proof';

  /** Answers saslStart; throws what a driver shows as a failed authentication. */
  constructor(secret: Secret, command: Document) {
    if (command['mechanism'] !== 'SCRAM-SHA-256') {
      throw new StoreError(
        2,
        `Received authentication for mechanism ${String(command['mechanism'])} which is not enabled`,
      );
    }
    this.#secret = secret;
    this.#skipEmpty = Boolean((command['options'] as Document | undefined)?.['skipEmptyExchange']);
    const message = payloadOf(command);
    const bare = /^n,(?:a=[^,]*)?,(n=([^,]*),r=([^,]+))$/.exec(message);
    if (!bare) throw failed();
    this.#user = bare[2]!.replaceAll('=2C', ',').replaceAll('=3D', '=');
    this.#nonce = bare[3]! + randomBytes(24).toString('base64');
    const challenge = `r=${this.#nonce},s=${secret.salt.toString('base64')},i=${secret.iterations}`;
    this.#opening = `${bare[1]},${challenge}`;
    this.first = answer(challenge, false);
  }

  /** Answers saslContinue. `done` in the answer: the client has proved that it knows the password. */
  next(command: Document): Document {
    if (this.#step === 'empty') {
      this.#step = 'over';
      return answer('', true);
    }
    if (this.#step === 'over') throw failed();
    this.#step = 'over';
    const [, unproved, nonce, proof] = /^(c=biws,r=([^,]+)),p=(.+)$/.exec(payloadOf(command)) ?? [];
    if (!unproved || nonce !== this.#nonce || !proof) throw failed();
    const signed = `${this.#opening},${unproved}`;
    const { storedKey, serverKey, user } = this.#secret;
    const signature = hmac(storedKey, signed);
    const given = Buffer.from(proof, 'base64');
    if (given.length !== signature.length) throw failed();
    const clientKey = Buffer.from(given.map((byte, i) => byte ^ signature[i]!));
    const knows = timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
    if (!knows || this.#user !== user) throw failed();
    this.#step = this.#skipEmpty ? 'over' : 'empty';
    return answer(`v=${hmac(serverKey, signed).toString('base64')}`, this.#skipEmpty);
  }
}

function payloadOf(command: Document): string {
  const payload = command['payload'] as unknown;
  if (payload instanceof Binary) return Buffer.from(payload.value()).toString('utf8');
  throw failed();
}

function answer(payload: string, done: boolean): Document {
  return { conversationId: 1, done, payload: new Binary(Buffer.from(payload)) };
}

function failed(): StoreError {
  return new StoreError(18, 'Authentication failed.');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
