import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { openContext } from '../../src/context.ts';
import { StoreTrouble } from '../../src/store/embedded/faults/trouble.ts';
import { makeBackup, type Backup } from '../../src/store/operate/backup.ts';
import { checkStore } from '../../src/store/operate/check.ts';
import { readManifest, writeManifest } from '../../src/store/operate/manifest.ts';
import { printProgress } from '../../src/store/operate/progress.ts';
import { restoreBackup, undoRestore } from '../../src/store/operate/restore.ts';
import { finishRestore, lockForRestore } from '../../src/store/operate/swap.ts';
import { DataDir } from './stocked.ts';

describe('a backup', () => {
  const pristine = new DataDir();
  const pristineBackup = pristine.beside('backup');
  let data: DataDir;
  let backup: string;
  let made: Backup;
  before(async () => {
    pristine.stock();
    made = await makeBackup(pristine.settings, pristineBackup, { now: () => new Date(0) });
  });
  after(() => pristine.remove());
  beforeEach(() => {
    data = new DataDir();
    data.become(pristine);
    backup = data.beside('backup');
    copy(pristineBackup, backup);
  });
  afterEach(() => data.remove());

  const copy = (from: string, to: string) => cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  const trouble = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreTrouble, String((error as Error).stack));
    assert.match(error.message, pattern);
    return true;
  };
  const count = () => data.count();
  const add = (_id: string) => data.add({ _id });
  /** Everything in a folder, by name. */
  const contentOf = (dir: string) =>
    new Map(
      readdirSync(dir, { recursive: true, encoding: 'utf8' })
        .filter((name) => statSync(join(dir, name)).isFile())
        .sort()
        .map((name) => [name, readFileSync(join(dir, name), 'latin1')]),
    );

  it('holds the database, the files that it knows, the secret, and checksums that sha256sum can check', () => {
    const { manifest, notes, path } = made;
    assert.deepEqual([path, notes], [pristineBackup, []]);
    assert.deepEqual(
      [...contentOf(pristineBackup).keys()],
      [
        'SHA256SUMS',
        'files/versions/ver_1/index.html',
        'files/versions/ver_1/media/ball one.svg',
        'manifest.json',
        'sandbox.json',
        'secret',
        'store/coursedock.db',
      ],
    );
    assert.deepEqual(
      manifest.collections.map(({ name, documents, indexes }) => [name, documents, indexes]).sort(),
      [
        ['attempts', 305, 5],
        ['versions', 1, 1],
      ],
    );
    assert.equal(manifest.createdAt, '1970-01-01T00:00:00.000Z');
    for (const name of ['', 'store', 'store/coursedock.db', 'secret'])
      assert.equal(statSync(join(pristineBackup, name)).mode & 0o077, 0, `${name} is open to others`);
    assert.match(
      execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: pristineBackup, encoding: 'utf8' }),
      /db: OK/,
    );
    assert.ok(!existsSync(`${pristineBackup}.part`));
  });

  it('is made while another has the store, of one moment, and comes back whole', async () => {
    const store = await data.start();
    rmSync(backup, { recursive: true });
    await makeBackup(data.settings, backup);
    await store.close();
    add('later');
    rmSync(data.in('files'), { recursive: true });
    const { aside, manifest } = await restoreBackup(data.settings, backup, { now: () => new Date(0) });
    assert.equal(aside, data.in('before-restore-1970-01-01T00-00-00Z'));
    assert.equal(manifest.contents, 'everything');
    assert.equal(count(), 305);
    assert.equal(readFileSync(data.in('files/versions/ver_1/index.html'), 'utf8'), '<h1>Golf</h1>');
    assert.equal(statSync(data.in('secret')).mode & 0o777, 0o600);
    assert.deepEqual((await checkStore(data.settings)).findings, []);
    await undoRestore(data.settings);
    assert.equal(count(), 306);
    assert.ok(!existsSync(aside));
  });

  it('goes into a folder where nothing is yet', async () => {
    const fresh = { dataDir: data.beside('elsewhere') };
    const { aside, notes } = await restoreBackup(fresh, backup);
    assert.deepEqual([aside, notes], [undefined, []]);
    assert.equal((await checkStore(fresh)).versions, 1);
    await assert.rejects(undoRestore({ dataDir: data.beside('third') }), trouble(/nothing to undo/));
  });

  it('is not put in place while a server runs, nor while one is attached or another restore is under way', async () => {
    const store = await data.start();
    await assert.rejects(restoreBackup(data.settings, backup), trouble(/A server is running on .*Stop it/));
    await store.close();
    assert.equal(count(), 305);
  });

  const damages: [string, RegExp, (backup: string) => void][] = [
    [
      'a changed database',
      /store\/coursedock\.db is not as it was written/,
      (b) => flip(join(b, 'store/coursedock.db')),
    ],
    [
      'a changed course file',
      /index\.html is not as/,
      (b) => flip(join(b, 'files/versions/ver_1/index.html')),
    ],
    [
      'a missing course file',
      /ball one\.svg is missing/,
      (b) => rmSync(join(b, 'files/versions/ver_1/media/ball one.svg')),
    ],
    [
      'a database that was cut short',
      /coursedock\.db is not as/,
      (b) => truncateSync(join(b, 'store/coursedock.db'), 4096),
    ],
    [
      'a manifest that was cut short',
      /manifest\.json is not as/,
      (b) => truncateSync(join(b, 'manifest.json'), 40),
    ],
    ['checksums that were cut short', /SHA256SUMS/, (b) => truncateSync(join(b, 'SHA256SUMS'), 300)],
    ['no manifest', /manifest\.json is missing/, (b) => rmSync(join(b, 'manifest.json'))],
    ['no checksums', /SHA256SUMS is missing/, (b) => rmSync(join(b, 'SHA256SUMS'))],
    [
      'a way out of the folder',
      /which is no part of a backup/,
      (b) => {
        const sums = join(b, 'SHA256SUMS');
        writeFileSync(
          sums,
          readFileSync(sums, 'utf8').replace(
            'files/versions/ver_1/index.html',
            'files/versions/x/../../../../etc',
          ),
        );
      },
    ],
    [
      'a link in the place of a file',
      /secret is missing/,
      (b) => {
        renameSync(join(b, 'secret'), join(b, '../secret'));
        symlinkSync('../secret', join(b, 'secret'));
      },
    ],
  ];
  function flip(path: string): void {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
  }

  it('that is damaged is refused by the name of the file, and nothing is touched', async () => {
    const before = contentOf(data.path);
    for (const [what, pattern, damage] of damages) {
      const damaged = data.beside(what.replaceAll(' ', '-'));
      copy(backup, damaged);
      damage(damaged);
      await assert.rejects(restoreBackup(data.settings, damaged), trouble(pattern), what);
    }
    const after = contentOf(data.path);
    after.delete('restore.lock');
    assert.deepEqual(after, before);
  });

  it('of a newer version is refused', async () => {
    const { manifest, sums } = await readManifest(backup);
    await writeManifest(backup, { ...manifest, version: 99 }, sums);
    await assert.rejects(restoreBackup(data.settings, backup), trouble(/newer version/));
  });

  it('does not take a name that is taken, nor a place among the data', async () => {
    await assert.rejects(makeBackup(data.settings, backup), trouble(/exists already/));
    await assert.rejects(makeBackup(data.settings, data.in('files/versions/b')), trouble(/own data/));
    mkdirSync(data.beside('other.part'));
    await assert.rejects(makeBackup(data.settings, data.beside('other')), trouble(/in the way/));
    assert.ok(existsSync(data.beside('other.part')));
  });

  it('leaves nothing when it fails', async () => {
    const to = data.beside('failed');
    await assert.rejects(makeBackup({ dataDir: data.beside('empty') }, to), trouble(/no store in/));
    data.open(({ sqlite, catalog }) => {
      // A document that is none: the copy is made, and found to be bad.
      sqlite.prepare(`UPDATE d${catalog.find('coursedock', 'versions')!.id} SET id = x'00'`).run();
    });
    await assert.rejects(makeBackup(data.settings, to), trouble(/stands under another _id/));
    assert.deepEqual(readdirSync(data.base).sort(), ['backup', 'data']);
  });

  it('notes a version whose files are not what they were', async () => {
    appendFileSync(data.in('files/versions/ver_1/index.html'), '!');
    const { notes } = await makeBackup(data.settings, data.beside('noted'));
    assert.match(notes.join(), /Version ver_1 should have 2 files with 6013 bytes, but .* has 2 with 6014/);
    assert.deepEqual((await checkStore(data.settings)).findings, notes);
  });

  it('with MONGODB_URL holds the files and the secret, and takes only their place', async () => {
    const settings = { ...data.settings, mongodbUrl: 'mongodb://127.0.0.1:1/x' };
    const files = data.beside('files');
    const { manifest } = await makeBackup(settings, files);
    assert.equal(manifest.contents, 'files');
    assert.equal(existsSync(join(files, 'store')), false);
    add('later');
    rmSync(data.in('files'), { recursive: true });
    await restoreBackup(settings, files);
    assert.equal(count(), 306);
    assert.ok(existsSync(data.in('files/versions/ver_1/index.html')));
    await assert.rejects(restoreBackup(settings, backup), trouble(/without MONGODB_URL/));
  });

  it('says when the secret in use is another', async () => {
    const secret = 'in the environment, 32 characters';
    assert.match((await restoreBackup({ ...data.settings, secret }, backup)).notes.join(), /Unset it/);
    const without = data.beside('without');
    await makeBackup({ ...data.settings, secret, mongodbUrl: 'mongodb://127.0.0.1:1/x' }, without);
    assert.ok(!existsSync(join(without, 'secret')));
    assert.match((await restoreBackup(data.settings, without)).notes.join(), /Set the same SECRET/);
    assert.ok(existsSync(data.in('secret')), 'a secret that the backup does not have stays');
  });

  it('that is being put in place is carried on after a crash between any two renames', async () => {
    add('later');
    const placed = ['store', 'files', 'secret'] as const;
    const swap = {
      fresh: 'restore-new-x',
      aside: 'before-restore-x',
      placed: [...placed],
      removed: ['sandbox.json'],
    };
    const renames = [
      ['sandbox.json', `${swap.aside}/sandbox.json`],
      ...placed.flatMap((entry) => [
        [entry, `${swap.aside}/${entry}`],
        [`${swap.fresh}/${entry}`, entry],
      ]),
    ] as [string, string][];
    const begun = new DataDir();
    try {
      for (let done = 0; done <= renames.length; done++) {
        begun.become(data);
        copy(backup, begun.in(swap.fresh));
        mkdirSync(begun.in(swap.aside));
        writeFileSync(begun.in('restore.json'), JSON.stringify(swap));
        for (const [from, to] of renames.slice(0, done)) renameSync(begun.in(from), begun.in(to));
        await finishRestore(begun.path);
        assert.deepEqual(
          readdirSync(begun.path).sort(),
          [swap.aside, 'files', 'restore.lock', 'secret', 'store'],
          `${done}`,
        );
        assert.equal(begun.count(), 305, `${done} renames`);
        assert.deepEqual(readdirSync(begun.in(swap.aside)).sort(), [
          'files',
          'sandbox.json',
          'secret',
          'store',
        ]);
      }
    } finally {
      begun.remove();
    }
  });

  it('keeps others out while it is put in place', async () => {
    const lock = lockForRestore(data.path);
    mkdirSync(data.in('restore-new-x'));
    await assert.rejects(finishRestore(data.path), trouble(/under way/));
    await assert.rejects(restoreBackup(data.settings, backup), trouble(/under way/));
    await assert.rejects(openContext(readConfig({ DATA_DIR: data.path })), trouble(/under way/));
    lock.release();
    await finishRestore(data.path);
    assert.ok(!existsSync(data.in('restore-new-x')));
  });

  it('prints how far it is once it takes more than a second', () => {
    let now = 0;
    const lines: string[] = [];
    const progress = printProgress(
      (line) => lines.push(line),
      () => now,
    );
    progress('Copying', 1_000_000, 10_000_000);
    now = 1500;
    progress('Copying', 2_500_000, 10_000_000);
    now = 1600;
    progress('Copying', 2_600_000, 10_000_000);
    assert.deepEqual(lines, ['Copying: 2.5 MB of 10 MB (25 %)']);
  });
});
