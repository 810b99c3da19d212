import assert from 'node:assert/strict';
import { newId } from '../../src/store/id.ts';
import { randomBytes } from '../../src/store/random.ts';

describe('identifiers', () => {
  it('are 26 letters of 128 random bits, each letter as often as the others', () => {
    const seen = Array.from({ length: 26 }, () => new Map<string, number>());
    const ids = Array.from({ length: 20_000 }, () => newId('crs'));
    for (const id of ids) {
      assert.match(id, /^crs_[0-9a-hjkmnp-tv-z]{25}[0-7]$/);
      for (const [i, counts] of seen.entries()) {
        const letter = id[4 + i]!;
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
      }
    }
    assert.equal(new Set(ids).size, ids.length);
    for (const [i, counts] of seen.entries()) {
      const letters = i < 25 ? 32 : 8;
      assert.equal(counts.size, letters, `position ${i}`);
      for (const count of counts.values())
        assert.ok(Math.abs(count * letters - 20_000) < 8_000, `position ${i}: ${count}`);
    }
  });

  it('are made of bytes that are given once', () => {
    const given = Array.from({ length: 2000 }, (_, i) => randomBytes(8 + (i % 25)));
    assert.equal(new Set(given.map((bytes) => bytes.toString('hex'))).size, given.length);
    for (const bytes of given) assert.ok(bytes.some((byte) => byte !== 0));
    const [a, b] = [randomBytes(8), randomBytes(8)];
    a.fill(1);
    assert.ok(b.some((byte) => byte !== 1));
  });
});
