import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/sandbox/store.ts';

describe('the sandbox LMS: its one file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-store-'));
    file = join(folder, 'deep', 'sandbox.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const used = async () => Object.keys((JSON.parse(await readFile(file, 'utf8')) as { used: object }).used);

  it('has on disk what a change has answered', async () => {
    const store = await openStore(file);
    for (const name of ['a', 'b']) {
      await store.change((draft) => void (draft.used[name] = 1));
      assert.ok((await used()).includes(name));
    }
  });

  it('loses none of many changes at once', async () => {
    const store = await openStore(file);
    const names = Array.from({ length: 200 }, (_, i) => `n${i}`);
    await Promise.all(names.map((name) => store.change((draft) => void (draft.used[name] = 1))));
    assert.deepEqual(await used(), names);
    assert.deepEqual(await readdir(join(folder, 'deep')), ['sandbox.json']);
  });

  it('has everything it answered when its process is killed at any moment', async () => {
    const store = fileURLToPath(new URL('../../src/sandbox/store.ts', import.meta.url));
    const program = `
      const { openStore } = await import(${JSON.stringify(store)});
      const store = await openStore(${JSON.stringify(file)});
      for (let i = 0; ; i++) {
        await store.change((draft) => void (draft.used['n' + i] = 1));
        process.stdout.write(i + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    let answered = -1;
    child.stdout.on('data', (chunk: Buffer) => {
      answered = Number(chunk.toString().trim().split('\n').at(-1));
      if (answered >= 40) child.kill('SIGKILL');
    });
    await once(child, 'close');
    assert.ok(answered >= 40);
    const { state } = await openStore(file);
    for (let i = 0; i <= answered; i++) assert.equal(state.used[`n${i}`], 1);
  });

  it('keeps nothing of a change that threw', async () => {
    const store = await openStore(file);
    await assert.rejects(
      store.change((draft) => {
        draft.used.half = 1;
        throw new Error('no');
      }),
      /no/,
    );
    await store.change((draft) => void (draft.used.whole = 1));
    assert.deepEqual(await used(), ['whole']);
  });

  it('gives up every change that the disk refused, and goes on when it has room again', async () => {
    const store = await openStore(file);
    await store.change((draft) => void (draft.used.before = 1));
    // A folder in the way of the second file: the write fails for anybody, root too.
    await mkdir(`${file}.new`);
    const results = await Promise.allSettled(
      ['x', 'y'].map((name) => store.change((draft) => void (draft.used[name] = 1))),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(Object.keys(store.state.used), ['before']);
    await rm(`${file}.new`, { recursive: true });
    await store.change((draft) => void (draft.used.after = 1));
    assert.deepEqual(await used(), ['before', 'after']);
  });

  it('ignores half a write that a crash left beside it', async () => {
    const store = await openStore(file);
    await store.change((draft) => void (draft.used.a = 1));
    await writeFile(`${file}.new`, '{"version": 1, "used": {"b"');
    await chmod(`${file}.new`, 0o600);
    assert.deepEqual(Object.keys((await openStore(file)).state.used), ['a']);
  });

  it('says what to do when the file is not its own', async () => {
    await mkdir(join(folder, 'deep'));
    for (const text of ['', '{', 'null', '{"version":2}', '[]']) {
      await writeFile(file, text);
      await assert.rejects(openStore(file), /cannot read its data.*Remove that file/, text);
    }
  });
});
