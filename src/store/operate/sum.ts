import { createHash } from 'node:crypto';

/** A sum of documents that is the same in whatever order they come: how many, and the SHA-256 of each, added up. */
export class DocumentSum {
  count = 0;
  bytes = 0;
  readonly #words = new BigUint64Array(4);

  add(document: Uint8Array): void {
    this.count++;
    this.bytes += document.length;
    const digest = createHash('sha256').update(document).digest();
    // Four sums of 64 bits: what is left out, or there twice, shows (an exclusive or would lose pairs).
    for (let i = 0; i < 4; i++) this.#words[i]! += digest.readBigUInt64LE(i * 8);
  }

  /** Hex; the same for the same documents. */
  get checksum(): string {
    return Array.from(this.#words, (word) => word.toString(16).padStart(16, '0')).join('');
  }
}
