import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Entry } from 'yauzl';
import type { Context } from '../../src/context.ts';
import { openArchive } from '../../src/packages/archive.ts';
import { courses, versions } from '../../src/packages/course.model.ts';
import { findCourse, findVersion, listVersions, removeCourse } from '../../src/packages/courses.ts';
import { InvalidPackage } from '../../src/packages/errors.ts';
import { ingestPackage, type Upload } from '../../src/packages/ingest.ts';
import { limitsOf } from '../../src/packages/limits.ts';
import { unpack } from '../../src/packages/unpack.ts';
import { AppError, NotFound } from '../../src/web/errors.ts';
import { makeClock } from '../support/clock.ts';
import { makePackage, scorm12Files, scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { openWorld } from '../support/world.ts';
import { rawZip } from './raw-zip.ts';

const workspace = 'wsp_ingest';
const clock = makeClock();
let close: () => Promise<void>;
let ctx: Context;
let folder: string;

before(async () => {
  ({ ctx, close } = await openWorld({ now: clock.now }));
  folder = await mkdtemp(join(tmpdir(), 'coursedock-upload-'));
});
after(async () => {
  await rm(folder, { recursive: true });
  await close();
});

async function ingest(zip: Buffer | string, more: Partial<Upload> = {}, world: Context = ctx) {
  const path = join(await mkdtemp(join(folder, 'u-')), 'upload.zip');
  await writeFile(path, zip);
  return ingestPackage(world, { path, workspace, by: 'usr_author', ...more });
}

const kept = () => readdir(join(ctx.config.dataDir, 'files/versions'));
const staged = () => readdir(join(ctx.config.dataDir, 'files/staging'));

async function contentOf(version: string, path: string): Promise<string | undefined> {
  const file = await ctx.files.find(version, path);
  return file && text(file.stream());
}

/** Nothing on disk and nothing in the store has changed since. */
async function remembering() {
  const count = async () => ({
    kept: await kept(),
    courses: await courses(ctx.db).countDocuments(),
    versions: await versions(ctx.db).countDocuments(),
  });
  const before = await count();
  return async () => {
    assert.deepEqual(await count(), before);
    assert.deepEqual(await staged(), []);
  };
}

describe('an upload', () => {
  it('becomes a course with its first version, and its files are there to be played', async () => {
    const zip = scorm12Package({ title: 'Fire safety', description: 'For everybody' });
    const { course, version } = await ingest(zip);
    assert.deepEqual(await findCourse(ctx, workspace, course._id), course);
    assert.deepEqual(course, {
      _id: course._id,
      workspace,
      title: 'Fire safety',
      description: 'For everybody',
      standard: 'scorm12',
      published: version._id,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
    assert.deepEqual(await findVersion(ctx, version._id), version);
    const { definition, ...rest } = version;
    assert.deepEqual(rest, {
      _id: version._id,
      course: course._id,
      workspace,
      number: 1,
      title: 'Fire safety',
      standard: 'scorm12',
      fileCount: 4,
      bytes: Object.values(scorm12Files({ title: 'Fire safety', description: 'For everybody' })).reduce(
        (sum, file) => sum + Buffer.byteLength(file),
        0,
      ),
      sha256: createHash('sha256').update(zip).digest('hex'),
      warnings: [],
      createdAt: clock.now(),
      createdBy: 'usr_author',
    });
    assert.equal(definition.root.children[0]?.href, 'item_1.html');
    assert.match((await contentOf(version._id, 'item_1.html'))!, /<h1>Fire safety<\/h1>/);
    assert.match((await contentOf(version._id, 'shared/course.js'))!, /LMSInitialize/);
    assert.deepEqual(await staged(), []);
  });

  it('is stored byte for byte, under names that a path has to be decoded for', async () => {
    const picture = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256));
    const files = { ...scorm12Files(), 'Bilder/ein Bild 100% größer.png': picture, 'empty.txt': '' };
    const { version } = await ingest(makePackage(files));
    const file = await ctx.files.find(version._id, 'Bilder/ein Bild 100% größer.png');
    assert.equal(file?.size, picture.length);
    assert.equal(await contentOf(version._id, 'empty.txt'), '');
    const chunks: Buffer[] = [];
    for await (const chunk of file!.stream()) chunks.push(chunk as Buffer);
    assert.deepEqual(Buffer.concat(chunks), picture);
  });

  it('is named after its file if nothing in it has a name', async () => {
    const files = {
      'imsmanifest.xml': '<manifest><resources><resource href="a.html"/></resources></manifest>',
      'a.html': '',
    };
    const { course } = await ingest(makePackage(files), { filename: 'C:\\Users\\me\\Fire_safety  2.ZIP' });
    assert.equal(course.title, 'Fire safety 2');
    assert.equal((await ingest(makePackage(files))).course.title, 'Untitled course');
  });

  it('keeps the warnings for the author', async () => {
    const { version } = await ingest(makePackage({ ...scorm12Files(), 'shared/course.css': '' }));
    assert.deepEqual(version.warnings, []);
    const files = scorm12Files();
    delete files['shared/course.css'];
    const warned = await ingest(makePackage(files));
    assert.deepEqual(warned.version.warnings, [
      'Files that the manifest lists are not in the ZIP (1): shared/course.css.',
    ]);
  });

  it('leaves the uploaded file to its caller', async () => {
    const path = join(folder, 'mine.zip');
    await writeFile(path, scorm12Package());
    await ingestPackage(ctx, { path, workspace, by: 'usr_author' });
    assert.ok((await readdir(folder)).includes('mine.zip'));
  });
});

describe('a new version of a course', () => {
  it('is published at once, and the ones before stay as they were', async () => {
    const first = await ingest(scorm12Package({ title: 'One' }));
    clock.advance(1000);
    const second = await ingest(scorm2004Package({ title: 'Two' }), { course: first.course._id });
    assert.deepEqual(
      { ...second.course, createdAt: 0 },
      {
        ...first.course,
        createdAt: 0,
        title: 'Two',
        standard: 'scorm2004',
        published: second.version._id,
        updatedAt: clock.now(),
      },
    );
    assert.equal(second.version.number, 2);
    assert.deepEqual(await findCourse(ctx, workspace, first.course._id), second.course);
    assert.deepEqual(
      (await listVersions(ctx, first.course._id)).map((one) => one.number),
      [2, 1],
    );
    assert.match((await contentOf(first.version._id, 'item_1.html'))!, /<h1>One<\/h1>/);
    assert.deepEqual(await findVersion(ctx, first.version._id), first.version);
  });

  it('does not rename a course that somebody gave a name', async () => {
    const { course } = await ingest(scorm12Package({ title: 'One' }));
    await courses(ctx.db).updateOne({ _id: course._id }, { $set: { title: 'Mine' } });
    assert.equal(
      (await ingest(scorm12Package({ title: 'Two' }), { course: course._id })).course.title,
      'Mine',
    );
  });

  it('gets a number of its own when several are uploaded at once, and the highest is published', async () => {
    const { course } = await ingest(scorm12Package());
    const zips = Array.from({ length: 6 }, (_, i) => scorm12Package({ title: `Upload ${i}` }));
    const made = await Promise.all(zips.map((zip) => ingest(zip, { course: course._id })));
    assert.deepEqual(made.map((one) => one.version.number).sort(), [2, 3, 4, 5, 6, 7]);
    const highest = made.find((one) => one.version.number === 7)!.version;
    const settled = await findCourse(ctx, workspace, course._id);
    assert.deepEqual([settled?.published, settled?.title], [highest._id, highest.title]);
  });

  it('is refused for a course of another workspace, one that is removed, and one that never was', async () => {
    const { course } = await ingest(scorm12Package());
    const unchanged = await remembering();
    await assert.rejects(ingest(scorm12Package(), { course: course._id, workspace: 'wsp_other' }), NotFound);
    await assert.rejects(ingest(scorm12Package(), { course: 'crs_none' }), NotFound);
    await removeCourse(ctx, workspace, course._id);
    await assert.rejects(ingest(scorm12Package(), { course: course._id }), NotFound);
    await unchanged();
  });

  it('is taken back when the course is removed while it is being unpacked', async () => {
    const { course } = await ingest(scorm12Package());
    const unchanged = await remembering();
    const removing = {
      ...ctx,
      files: {
        ...storeOf(ctx),
        keep: async (version: string, path: string) => {
          await ctx.files.keep(version, path);
          await removeCourse(ctx, workspace, course._id);
        },
      },
    };
    await assert.rejects(ingest(scorm12Package(), { course: course._id }, removing), NotFound);
    await unchanged();
  });
});

describe('an upload that cannot be used', () => {
  const { 'imsmanifest.xml': manifest, ...pages } = scorm12Files();
  const evil = [
    { name: 'imsmanifest.xml', content: manifest },
    ...Object.entries(pages).map(([name, content]) => ({ name, content })),
  ];
  const bad: [what: string, zip: Buffer | string, expected: RegExp][] = [
    ['is not a ZIP', 'not a zip', /not a ZIP/],
    ['has no manifest', makePackage(pages), /no imsmanifest\.xml/],
    [
      'has a manifest that is no XML',
      makePackage({ 'imsmanifest.xml': 'title: my course', ...pages }),
      /imsmanifest\.xml is/,
    ],
    [
      'lacks its launch file',
      makePackage({ 'imsmanifest.xml': manifest!, 'x.html': '' }),
      /item_1\.html, which is not in the ZIP/,
    ],
    [
      'climbs out of its folder',
      rawZip([...evil, { name: '../../evil.html', content: 'x' }]),
      /leads out of the package/,
    ],
    ['is cut short', scorm12Package().subarray(0, 900), /ends too early/],
    [
      'is damaged in the last file',
      rawZip([...evil, { name: 'z.bin', content: 'x'.repeat(1000), crc: 7 }]),
      /z\.bin in the ZIP is damaged/,
    ],
    [
      'holds more than it says',
      rawZip([...evil, { name: 'z.bin', content: 'x'.repeat(9_000_000), size: 9 }]),
      /z\.bin in the ZIP is damaged/,
    ],
    [
      'is a bomb',
      rawZip([...evil, ...[1, 2].map((n) => ({ name: `${n}`, size: 0xfffffff0 }))]),
      /Unpacked, the course has/,
    ],
  ];
  for (const [what, zip, expected] of bad) {
    it(`because it ${what} is a 422 with its faults, and leaves nothing behind`, async () => {
      const unchanged = await remembering();
      await assert.rejects(ingest(zip), (error: unknown) => {
        assert.ok(error instanceof InvalidPackage);
        assert.equal(error.status, 422);
        assert.equal(error.faults?.length, 1, error.faults?.join('\n'));
        assert.match(error.faults[0]!, expected);
        return true;
      });
      await unchanged();
    });
  }

  it('does not touch the course that it was to be a version of', async () => {
    const { course } = await ingest(scorm12Package());
    const unchanged = await remembering();
    await assert.rejects(ingest('rubbish', { course: course._id }), InvalidPackage);
    await unchanged();
    assert.deepEqual(await findCourse(ctx, workspace, course._id), course);
  });
});

describe('an upload that meets a fault of ours', () => {
  it('leaves nothing behind when the files cannot be kept', async () => {
    const unchanged = await remembering();
    const full = { ...ctx, files: { ...storeOf(ctx), keep: () => Promise.reject(new Error('disk broke')) } };
    await assert.rejects(ingest(scorm12Package(), {}, full), /disk broke/);
    await unchanged();
  });

  it('says that the disk is full', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'write' });
    const archive = { pipe: () => Promise.reject(full) };
    const files = [{ path: 'a/b.html', entry: {} as Entry }];
    await assert.rejects(unpack(archive, files, folder), (error: AppError) => {
      assert.deepEqual([error.status, error.code, error.cause], [507, 'disk-full', full]);
      return true;
    });
  });

  it('does not take a full disk for a damaged ZIP', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    const path = join(folder, 'good.zip');
    await writeFile(path, scorm12Package());
    const archive = await openArchive(path, limitsOf(ctx.config));
    await assert.rejects(archive.pipe(archive.entries[0]!, createWriteStream('/dev/full')), {
      code: 'ENOSPC',
    });
    archive.close();
  });

  it('leaves no files without a record when the store refuses the record', async () => {
    const unchanged = await remembering();
    const broken = { ...ctx, now: () => new Date(NaN) };
    await assert.rejects(ingest(scorm12Package(), {}, broken), (error) => !(error instanceof AppError));
    await unchanged();
  });
});

/** The methods of the file store as own properties, to replace one. */
function storeOf({ files }: Context): Context['files'] {
  return {
    stage: () => files.stage(),
    keep: (version, path) => files.keep(version, path),
    find: (version, path) => files.find(version, path),
    remove: (version) => files.remove(version),
  };
}
