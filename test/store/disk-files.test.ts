import assert from 'node:assert/strict';
import { mkdtemp, mkdir, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DiskFiles } from '../../src/store/disk-files.ts';

describe('course files on disk', () => {
  let dir: string;
  let files: DiskFiles;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coursedock-files-'));
    files = await DiskFiles.open(dir);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** A version with these files. */
  async function keep(version: string, content: Record<string, string>): Promise<void> {
    const { path } = await files.stage();
    for (const [name, data] of Object.entries(content)) {
      await mkdir(join(path, name, '..'), { recursive: true });
      await writeFile(join(path, name), data);
    }
    await files.keep(version, path);
  }

  const read = async (version: string, path: string, range?: { start: number; end: number }) => {
    const found = await files.find(version, path);
    return found && (await text(found.stream(range)));
  };

  it('are found by version and path once they are kept', async () => {
    await keep('ver_1', { 'index.html': 'hello', 'a/b c/ü.txt': 'deep' });
    assert.equal(await read('ver_1', 'index.html'), 'hello');
    assert.equal(await read('ver_1', 'a/b c/ü.txt'), 'deep');
    assert.equal((await files.find('ver_1', 'index.html'))!.size, 5);
    assert.ok((await files.find('ver_1', 'index.html'))!.modified instanceof Date);
  });

  it('are read in part', async () => {
    await keep('ver_1', { 'a.txt': '0123456789' });
    assert.equal(await read('ver_1', 'a.txt', { start: 2, end: 4 }), '234');
  });

  it('are not found before they are kept, nor in another version', async () => {
    const { path } = await files.stage();
    await writeFile(join(path, 'a.txt'), 'staged');
    assert.equal(await files.find('ver_1', 'a.txt'), undefined);
    await files.keep('ver_1', path);
    assert.equal(await files.find('ver_2', 'a.txt'), undefined);
  });

  it('never lead out of their version', async () => {
    await keep('ver_1', { 'a.txt': 'mine', 'sub/b.txt': 'mine' });
    await keep('ver_10', { 'a.txt': 'theirs' });
    await writeFile(join(dir, 'secret.txt'), 'secret');
    const paths = [
      '../ver_10/a.txt',
      '../../secret.txt',
      'sub/../../ver_10/a.txt',
      '/etc/passwd',
      '..',
      '.',
      '',
      'sub',
      'sub/',
      '..\\ver_10\\a.txt',
      'a.txt\0.html',
      'a.txt/',
      './../../secret.txt',
    ];
    for (const path of paths) assert.equal(await files.find('ver_1', path), undefined, JSON.stringify(path));
    assert.equal(await read('ver_1', 'sub/../a.txt'), 'mine');
  });

  it('do not follow links out of their version', async () => {
    await writeFile(join(dir, 'secret.txt'), 'secret');
    const { path } = await files.stage();
    await symlink(join(dir, 'secret.txt'), join(path, 'link.txt'));
    await symlink(dir, join(path, 'folder'));
    await files.keep('ver_1', path);
    assert.equal(await files.find('ver_1', 'link.txt'), undefined);
    assert.equal(await files.find('ver_1', 'folder/secret.txt'), undefined);
  });

  it('refuse a version that is none', async () => {
    for (const version of ['', '..', 'a/b', 'A', 'a b', '../x']) {
      await assert.rejects(files.find(version, 'a.txt'), /Not a version/, JSON.stringify(version));
      await assert.rejects(files.remove(version), /Not a version/);
    }
  });

  it('are kept once: a version does not change', async () => {
    await keep('ver_1', { 'a.txt': 'first' });
    await assert.rejects(keep('ver_1', { 'a.txt': 'second' }), /already/);
    assert.equal(await read('ver_1', 'a.txt'), 'first');
  });

  it('go when their version is removed, and when a staged folder is discarded', async () => {
    await keep('ver_1', { 'a.txt': 'x' });
    await files.remove('ver_1');
    assert.equal(await files.find('ver_1', 'a.txt'), undefined);
    await files.remove('ver_1');
    const { path, discard } = await files.stage();
    await writeFile(join(path, 'a.txt'), 'x');
    await discard();
    await assert.rejects(stat(path), { code: 'ENOENT' });
    assert.deepEqual(await readdir(join(dir, 'staging')), []);
  });

  it('that an interrupted upload left are cleared a day later, not before', async () => {
    const [old, recent] = [await files.stage(), await files.stage()];
    await writeFile(join(old.path, 'a.txt'), 'x');
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(old.path, yesterday, yesterday);
    await DiskFiles.open(dir);
    await assert.rejects(stat(old.path), { code: 'ENOENT' });
    assert.ok((await stat(recent.path)).isDirectory());
  });

  it('that an interrupted upload left are cleared at once by who is alone with them', async () => {
    const { path } = await files.stage();
    await writeFile(join(path, 'a.txt'), 'half');
    await DiskFiles.open(dir, { isAlone: true });
    assert.deepEqual(await readdir(join(dir, 'staging')), []);
  });
});
