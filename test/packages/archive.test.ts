import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '../../src/packages/archive.ts';
import { InvalidPackage } from '../../src/packages/errors.ts';
import { makePackage, scorm12Files, scorm12Package } from '../support/make-package.ts';
import { rawZip, type RawEntry } from './raw-zip.ts';
import { hrefs, limits, readZip } from './read.ts';

const { 'imsmanifest.xml': manifest, 'item_1.html': page } = scorm12Files();
const course: RawEntry[] = [
  { name: 'imsmanifest.xml', content: manifest },
  { name: 'item_1.html', content: page },
];

async function faultsOf(zip: Buffer | string, within = limits): Promise<string[]> {
  const { faults } = await readZip(zip, within);
  assert.ok(faults, 'was accepted');
  return faults;
}

describe('reading a ZIP', () => {
  const unreadable: [string, Buffer | string, RegExp][] = [
    ['an empty file', '', /file is empty/],
    ['something else', 'hello', /not a ZIP/],
    ['a manifest by itself', manifest!, /text, XML or web page/],
    ['a RAR archive', 'Rar!\x1a\x07\x00', /RAR/],
    ['a 7z archive', Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), /7z/],
    ['a gzip archive', Buffer.from('\x1f\x8b\x08', 'latin1'), /gzip/],
    ['a PDF', '%PDF-1.7', /PDF/],
    ['an old Office document', Buffer.from('\xd0\xcf\x11\xe0', 'latin1'), /Office/],
    ['a ZIP that was cut short', scorm12Package().subarray(0, 700), /ends too early/],
    ['the first part of a split ZIP', Buffer.from('PK\x07\x08PK\x03\x04'), /one part of a ZIP/],
    ['the last part of a split ZIP', rawZip(course, { disks: 1 }), /one part of a ZIP/],
    ['an encrypted ZIP', rawZip([{ ...course[0]!, flags: 1 }, course[1]!]), /password/],
    ['a strongly encrypted ZIP', rawZip([{ ...course[0]!, flags: 0x41 }, course[1]!]), /password/],
    ['a packing method nobody reads', rawZip([course[0]!, { ...course[1]!, method: 9 }]), /item_1\.html/],
    ['no files', rawZip([]), /no files/],
    ['folders only', rawZip([{ name: 'a/' }, { name: 'b\\' }]), /no files/],
  ];
  for (const [what, zip, expected] of unreadable) {
    it(`says what is wrong with ${what}`, async () => {
      const faults = await faultsOf(zip);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0]!, expected);
    });
  }

  it('reads a ZIP64 as any other', async () => {
    const { read } = await readZip(rawZip(course, { zip64: true }));
    assert.deepEqual(hrefs(read), ['item_1.html']);
  });

  it('names the file whose data are damaged', async () => {
    const zip = rawZip([{ ...course[0]!, crc: 1 }, course[1]!]);
    assert.deepEqual(await faultsOf(zip), [
      'The file imsmanifest.xml in the ZIP is damaged and cannot be unpacked. Export the course again.',
    ]);
  });

  const evil: [string, RawEntry[], RegExp][] = [
    ['climbs out', [{ name: '../evil.html' }], /leads out/],
    ['climbs out in the middle', [{ name: 'a/../../evil.html' }], /leads out/],
    ['climbs out with backslashes', [{ name: '..\\..\\evil.html' }], /leads out/],
    ['is absolute', [{ name: '/etc/evil' }], /path of a disk/],
    ['is absolute with a backslash', [{ name: '\\evil' }], /path of a disk/],
    ['has a drive letter', [{ name: 'C:\\evil.html' }], /path of a disk/],
    ['has a NUL', [{ name: 'page.html\0.png' }], /cannot be shown/],
    ['has a line break', [{ name: 'page\n.html' }], /cannot be shown/],
    ['is longer than a disk can hold', [{ name: 'x'.repeat(256) }], /too long/],
    ['is nothing but dots', [{ name: './.' }], /empty or too long/],
    [
      'comes twice with other content',
      [
        { name: 'a', content: '1' },
        { name: './a', content: '2' },
      ],
      /two different files/,
    ],
    [
      'is a file and a folder',
      [
        { name: 'a', content: '1' },
        { name: 'a/b', content: '2' },
      ],
      /file and a folder/,
    ],
    ['is a symbolic link', [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }], /links in the place/],
    ['is a device', [{ name: 'tty', mode: 0o020666 }], /links in the place/],
  ];
  for (const [what, entries, expected] of evil) {
    it(`refuses a name that ${what}`, async () => {
      const faults = await faultsOf(rawZip([...course, ...entries]));
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0]!, expected);
    });
  }

  it('tells all faults at once: of names and of the manifest', async () => {
    const broken = String(manifest).replaceAll('item_1.html', 'gone.html');
    const faults = await faultsOf(
      rawZip([{ name: 'imsmanifest.xml', content: broken }, { name: '../a' }, { name: '/b' }]),
    );
    assert.equal(faults.length, 3, faults.join('\n'));
    assert.match(faults.join(), /\.\.\/a.*\/b.*gone\.html/);
  });

  it('takes a file that is there twice with the same content', async () => {
    const { read } = await readZip(rawZip([...course, course[1]!]));
    assert.equal(read?.files.length, 2);
  });

  describe('names', () => {
    const named = (bytes: string | Buffer, href: string, flags = 0) =>
      readZip(
        rawZip([
          { name: 'imsmanifest.xml', content: String(manifest).replaceAll('item_1.html', href) },
          { name: bytes, content: page, flags },
        ]),
      );
    const cases: [string, string | Buffer, string, number][] = [
      ['with backslashes', 'content\\start.html', 'content/start.html', 0],
      ['in UTF-8 with the flag', 'Größe/ż.html', 'Größe/ż.html', 0x800],
      ['in UTF-8 without the flag', 'Größe.html', 'Größe.html', 0],
      [
        'in the code page of DOS',
        Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65, 0x2e, 0x68, 0x74, 0x6d]),
        'Größe.htm',
        0,
      ],
      ['in Windows Latin', Buffer.from('Größe.htm', 'latin1'), 'Größe.htm', 0],
      [
        'in the Russian code page of DOS',
        Buffer.from([0x93, 0xe0, 0xae, 0xaa, 0x2e, 0x68, 0x74, 0x6d]),
        'Урок.htm',
        0,
      ],
      ['in Shift JIS', Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x2e, 0x68, 0x74, 0x6d]), '日本.htm', 0],
      ['decomposed, as macOS writes them', 'cafe\u0301.html', 'caf\u00e9.html', 0x800],
    ];
    for (const [what, bytes, href, flags] of cases) {
      it(`are understood ${what}`, async () => {
        const { read, faults } = await named(bytes, href, flags);
        assert.ok(read, faults?.join('\n'));
        const [path] = hrefs(read);
        assert.equal(decodeURIComponent(path!).normalize('NFC'), href.normalize('NFC'));
        assert.ok(read.files.some((file) => file.path === decodeURIComponent(path!)));
      });
    }
  });
});

describe('bombs', () => {
  it('are refused by what they say they become, before a byte is unpacked', async () => {
    const zip = rawZip([
      ...course,
      { name: 'big.bin', content: 'x', size: 0xfffffff0 },
      { name: 'big2.bin', content: 'x', size: 0xfffffff0 },
    ]);
    assert.match((await faultsOf(zip)).join(), /Unpacked, the course has 8,192 MB/);
  });

  it('are refused by how much they grow', async () => {
    const zip = makePackage({ 'imsmanifest.xml': manifest!, 'zeros.bin': Buffer.alloc(60 * 1024 * 1024) });
    assert.match((await faultsOf(zip)).join(), /would become 60 MB/);
  });

  it('are refused by the number of their files', async () => {
    const zip = rawZip(Array.from({ length: 30 }, (_, i) => ({ name: `${i}` })));
    assert.match((await faultsOf(zip, { ...limits, entries: 20 })).join(), /has 30 files; the most is 20/);
  });

  it('are refused when their files share their bytes', async () => {
    const kernel = { name: 'kernel', content: Buffer.alloc(100_000, 'ab'), method: 0 };
    const copies = Array.from({ length: 50 }, (_, i) => ({ ...kernel, name: `copy${i}`, sharedWith: 2 }));
    assert.match((await faultsOf(rawZip([...course, kernel, ...copies]))).join(), /overlap/);
  });

  it('are stopped when a manifest is larger than a manifest can be', async () => {
    const zip = rawZip([{ name: 'imsmanifest.xml', content: ' '.repeat(3000) }]);
    assert.match(
      (await faultsOf(zip, { ...limits, manifestBytes: 2000 })).join(),
      /imsmanifest\.xml is larger/,
    );
  });

  it('are stopped in the middle when a file becomes larger than it says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coursedock-bomb-'));
    try {
      const path = join(folder, 'upload.zip');
      await writeFile(path, rawZip([{ name: 'liar.bin', content: Buffer.alloc(5_000_000), size: 1000 }]));
      const archive = await openArchive(path, limits);
      const target = createWriteStream(join(folder, 'out'));
      await assert.rejects(archive.pipe(archive.entries[0]!, target), InvalidPackage);
      assert.ok(target.bytesWritten <= 1000, `${target.bytesWritten} bytes were written`);
      archive.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
