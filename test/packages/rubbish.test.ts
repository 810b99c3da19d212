import assert from 'node:assert/strict';
import { makePackage, scorm12Files, scorm2004Files, scorm12Package } from '../support/make-package.ts';
import { openable, readZip } from './read.ts';

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What tends to break readers of XML, of paths, and of numbers. */
const pieces = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '</',
  '/>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '&#0;',
  '&#x110000;',
  '&nbsp;',
  '&lt;',
  '\0',
  '\ufeff',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<item>',
  '</item>',
  '<manifest>',
  '<item identifierref="I1"/>',
  'xml:base="../"',
  '..',
  '/',
  '\\',
  '%',
  '%00',
  '%2e%2e/',
  'javascript:',
  'https://',
  '//',
  '#',
  '?',
  'NaN',
  '-1',
  '1e999',
  '\ud800',
  '\u202e',
  '🙂',
  'x'.repeat(5000),
  '__proto__',
  'constructor',
  '<__proto__ a="b"/>',
  'xmlns="x"',
  'identifier="item_1"',
  '<title>',
  '</title>',
  '<resources>',
  '\n'.repeat(50),
];

/** Takes out, doubles, swaps and puts in, a few times. */
function mutate(text: string, random: () => number): string {
  const at = (length: number) => Math.floor(random() * length);
  let out = text;
  for (let n = 1 + at(6); n > 0; n--) {
    const [from, length] = [at(out.length + 1), at(random() < 0.5 ? 4 : 200)];
    const cut = out.slice(from, from + length);
    const piece = pieces[at(pieces.length)]!;
    const ways = [
      piece,
      '',
      cut + cut,
      out.slice(at(out.length), at(out.length)).slice(0, 300),
      piece + cut,
      cut.toUpperCase(),
    ];
    out = out.slice(0, from) + ways[at(ways.length)]! + out.slice(from + length);
  }
  return out;
}

/** It is read or refused with reasons; and what is read can be played: addresses are inside or on a server, names are unique. */
async function check(zip: Buffer, what: string): Promise<'read' | 'refused'> {
  const { read, faults } = await readZip(zip).catch((error: unknown) => {
    throw new Error(`${what} crashed`, { cause: error });
  });
  if (!read) {
    assert.ok(
      faults && faults.length > 0 && faults.every((fault) => fault.length > 10 && fault.length < 1000),
      what,
    );
    return 'refused';
  }
  const leaves = openable(read.definition.root);
  const paths = new Set(read.files.map((file) => file.path));
  assert.ok(leaves.length > 0, what);
  for (const leaf of leaves) {
    const url = new URL(leaf.href!, 'https://course.invalid/c/');
    assert.match(url.protocol, /^https?:$/, what);
    if (url.host !== 'course.invalid') continue;
    assert.ok(url.pathname.startsWith('/c/'), `${what}: ${leaf.href}`);
    assert.ok(paths.has(decodeURIComponent(url.pathname.slice('/c/'.length))), `${what}: ${leaf.href}`);
  }
  assert.equal(new Set(leaves.map((leaf) => leaf.id)).size, leaves.length, what);
  assert.equal(JSON.stringify(read.definition), JSON.stringify(structuredClone(read.definition)), what);
  return 'read';
}

describe('rubbish', () => {
  const samples = [
    scorm12Files({
      title: 'One & two',
      description: 'About',
      items: [{ items: [{ masteryScore: 50 }, { prerequisites: 'item_2' }] }, {}],
    }),
    scorm2004Files({
      edition: '3rd',
      completionThreshold: 0.5,
      scaledPassingScore: 0.5,
      items: [{}, { items: [{}, {}] }],
    }),
  ];

  it('in a manifest is read or refused with reasons, never worse', async () => {
    const outcomes = { read: 0, refused: 0 };
    for (let seed = 1; seed <= 800; seed++) {
      const random = randomness(seed);
      const files = samples[seed % 2]!;
      const manifest = mutate(String(files['imsmanifest.xml']), random);
      outcomes[
        await check(makePackage({ ...files, 'imsmanifest.xml': manifest }), `manifest of seed ${seed}`)
      ] += 1;
    }
    // Both happen, or this tests nothing.
    assert.ok(outcomes.read > 50 && outcomes.refused > 50, JSON.stringify(outcomes));
  }).timeout(60_000);

  it('in the bytes of a manifest is read or refused with reasons', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomness(seed);
      const bytes = Buffer.from(String(samples[0]!['imsmanifest.xml']), seed % 3 ? 'utf8' : 'utf16le');
      for (let n = 0; n < 5; n++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      await check(makePackage({ ...samples[0], 'imsmanifest.xml': bytes }), `bytes of seed ${seed}`);
    }
  }).timeout(60_000);

  it('in a ZIP is read or refused with reasons', async () => {
    const outcomes = { read: 0, refused: 0 };
    const zip = scorm12Package();
    for (let seed = 1; seed <= 600; seed++) {
      const random = randomness(seed);
      let bytes = Buffer.from(zip);
      // The end and the directory are where it hurts.
      const from = seed % 2 ? 0 : bytes.length - 500;
      for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
        bytes[from + Math.floor(random() * (bytes.length - from))] = Math.floor(random() * 256);
      }
      if (seed % 5 === 0) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
      if (seed % 7 === 0) bytes = Buffer.concat([bytes, bytes.subarray(Math.floor(random() * bytes.length))]);
      outcomes[await check(bytes, `ZIP of seed ${seed}`)] += 1;
    }
    assert.ok(outcomes.read > 20 && outcomes.refused > 20, JSON.stringify(outcomes));
  }).timeout(60_000);

  it('in the place of a ZIP is refused', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = randomness(seed);
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 2000) }, () => Math.floor(random() * 256)),
      );
      assert.equal(await check(bytes, `noise of seed ${seed}`), 'refused');
    }
  });
});
