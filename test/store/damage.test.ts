import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEndpoint } from '../../src/store/embedded/process/endpoint.ts';
import { openStore } from '../../src/store/embedded/data/store.ts';
import { damages, type Tally } from './damage.ts';
import { makeRandom } from './random.ts';

const seed = Number(process.env['MODEL_SEED'] ?? 20260801);

describe('a folder that is not as the store left it', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'coursedock-damage-'));
    path = join(dir, 'coursedock.db');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is refused with a sentence where the file cannot be one of ours', () => {
    const nonsense = /coursedock\.db is damaged: .*restore the last backup/s;
    const closed = /coursedock\.db cannot be opened \(.+\)\. It has to be a file/;
    const cases: [what: string, make: () => void, expected: RegExp][] = [
      ['a folder in its place', () => mkdirSync(path), closed],
      ['a folder in the log’s place', () => (sound(), mkdirSync(`${path}-wal`)), closed],
      ['zeros', () => writeFileSync(path, Buffer.alloc(8192)), nonsense],
      [
        'only a beginning',
        () => (sound(), writeFileSync(path, readFileSync(path).subarray(0, 4096))),
        nonsense,
      ],
      [
        'less than a beginning',
        () => (sound(), writeFileSync(path, readFileSync(path).subarray(0, 100))),
        nonsense,
      ],
    ];
    for (const [what, make, expected] of cases) {
      rmSync(dir, { recursive: true });
      mkdirSync(dir);
      make();
      assert.throws(() => openStore(dir), expected, what);
    }
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'a file where the folder should be');
    assert.throws(() => openStore(dir), closed);
  });

  it('is refused where this user may not write', function () {
    if (process.getuid?.() === 0) this.skip(); // to root nothing is forbidden
    mkdirSync(join(dir, 'closed'), { mode: 0o500 });
    assert.throws(() => openStore(join(dir, 'closed')), /cannot be opened/);
  });

  it('is used where the file is empty, as after a disk was full at the very start, or the log is nonsense', () => {
    writeFileSync(path, '');
    openStore(dir).sqlite.close();
    writeFileSync(`${path}-wal`, 'nonsense'.repeat(2000));
    openStore(dir).sqlite.close();
  });

  it('has no owner where the address is one that nobody can have written', async () => {
    for (const text of ['', 'null', '{"port":99999999}', '{"port":9}', '{"port":"x","instance":{}}', '[[[']) {
      writeFileSync(join(dir, 'endpoint.json'), text);
      assert.equal(await findEndpoint(dir), undefined, text);
    }
  });

  it(`gives what was there, or says what is wrong, wherever bytes are changed (MODEL_SEED=${seed})`, async function () {
    this.timeout(60_000);
    if (!existsSync('/proc/self/task')) this.skip(); // as in model-power.ts
    const tally: Tally = { trials: 0, refused: 0, right: 0, withErrors: 0, older: 0, altered: 0 };
    await damages(makeRandom(seed), 3, tally);
    assert.equal(tally.trials, 3);
  });

  function sound(): void {
    openStore(dir).sqlite.close();
  }
});
