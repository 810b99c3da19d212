import assert from 'node:assert/strict';
import type { ActivityDefinition } from '../../src/scorm/course.ts';
import { faultsOf, manifest, ns2004, read } from './manifest-xml.ts';
import { hrefs, openable } from './read.ts';

const without = (activity: ActivityDefinition): unknown => ({
  [activity.id]: activity.children.length ? activity.children.map(without) : activity.href,
});

describe('the items of a manifest', () => {
  const two = { 'a.html': '1', 'b.html': '2' };
  const twoResources =
    '<resources><resource identifier="A" adlcp:scormtype="sco" href="a.html"/><resource identifier="B" adlcp:scormtype="sco" href="b.html"/></resources>';
  const item = (id: string, ref = '', inside = '', more = '') =>
    `<item identifier="${id}"${ref && ` identifierref="${ref}"`} ${more}><title>${id}</title>${inside}</item>`;
  const organization = (id: string, inside: string) =>
    `<organization identifier="${id}"><title>${id}</title>${inside}</organization>`;

  it('come from the default organization', async () => {
    const organizations = `<organizations default="two">${organization('one', item('i', 'A'))}${organization('two', item('j', 'B'))}</organizations>`;
    const course = await read(manifest({ organizations, resources: twoResources }), two);
    assert.deepEqual([course.definition.title, hrefs(course)], ['two', ['b.html']]);
    assert.match(course.warnings.join(), /2 tables of contents; the course plays the default one, "two"/);
  });

  it('come from the first organization if the default is not there, or none is named', async () => {
    const all = organization('one', item('i', 'A')) + organization('two', item('j', 'B'));
    const missing = await read(
      manifest({
        organizations: `<organizations default="three">${all}</organizations>`,
        resources: twoResources,
      }),
      two,
    );
    assert.deepEqual(hrefs(missing), ['a.html']);
    assert.match(missing.warnings.join(), /names "three"/);
    const unnamed = await read(
      manifest({ organizations: `<organizations>${all}</organizations>`, resources: twoResources }),
      two,
    );
    assert.deepEqual(hrefs(unnamed), ['a.html']);
  });

  it('come from the first organization that has any', async () => {
    const organizations = `<organizations default="one">${organization('one', '')}${organization('two', item('j', 'B'))}</organizations>`;
    assert.deepEqual(hrefs(await read(manifest({ organizations, resources: twoResources }), two)), [
      'b.html',
    ]);
  });

  it('are the first SCO where there are none', async () => {
    for (const organizations of [
      '<organizations/>',
      '',
      `<organizations>${organization('o', '')}</organizations>`,
    ]) {
      const course = await read(
        manifest({ organizations, resources: twoResources.replace('"sco"', '"asset"') }),
        two,
      );
      assert.deepEqual(hrefs(course), ['b.html']);
      assert.match(course.warnings.join(), /no table of contents. The course opens b\.html/);
    }
  });

  it('keep their order and nesting', async () => {
    const items = item('c1', '', item('c2', '', item('i1', 'A')) + item('i2', 'B')) + item('i3', 'A');
    const course = await read(manifest({ items, resources: twoResources }), two);
    assert.deepEqual(without(course.definition.root), {
      O: [{ c1: [{ c2: [{ i1: 'a.html' }] }, { i2: 'b.html' }] }, { i3: 'a.html' }],
    });
  });

  it('are left out when they open nothing, with the chapters that are empty then', async () => {
    const items = item('i1', 'A') + item('heading') + item('c', '', item('i2', 'nowhere'));
    const course = await read(manifest({ items, resources: twoResources }), two);
    assert.deepEqual(without(course.definition.root), { O: [{ i1: 'a.html' }] });
    assert.deepEqual(course.warnings, [
      '"heading" opens nothing and is left out.',
      '"i2" refers to the resource nowhere, which is not in the manifest.',
    ]);
  });

  it('are faults when none of them can be opened', async () => {
    const items = item('i1', 'nowhere') + item('i2', 'R');
    assert.deepEqual(
      await faultsOf(manifest({ items, resources: '<resources><resource identifier="R"/></resources>' })),
      [
        '"i1" refers to the resource nowhere, which is not in the manifest.',
        '"i2" refers to the resource R, which names no file to open.',
      ],
    );
    assert.deepEqual(await faultsOf(manifest({ organizations: '', resources: '' })), [
      'The manifest lists nothing that can be opened.',
    ]);
    assert.deepEqual(await faultsOf(manifest({ items: item('heading'), resources: '<resources/>' })), [
      'The manifest lists nothing that can be opened.',
    ]);
  });

  it('that show something and have parts become a chapter that begins with it, in SCORM 1.2', async () => {
    const items = item(
      'i1',
      'A',
      item('i2', 'B') +
        '<adlcp:masteryscore>70</adlcp:masteryscore><adlcp:prerequisites>x</adlcp:prerequisites>',
    );
    const course = await read(manifest({ items, resources: twoResources }), two);
    assert.deepEqual(without(course.definition.root), {
      O: [{ i1: [{ 'i1.content': 'a.html' }, { i2: 'b.html' }] }],
    });
    const [chapter] = course.definition.root.children;
    assert.deepEqual(
      [chapter?.prerequisites, chapter?.masteryScore, chapter?.children[0]?.masteryScore],
      ['x', undefined, 70],
    );
  });

  it('that have parts show nothing themselves, in SCORM 2004', async () => {
    const course = await read(
      manifest({
        ns: ns2004,
        version: '2004 3rd Edition',
        items: item('i1', 'A', item('i2', 'B')),
        resources: twoResources,
      }),
      two,
    );
    assert.deepEqual(without(course.definition.root), { O: [{ i1: [{ i2: 'b.html' }] }] });
    assert.match(course.warnings.join(), /"i1" has parts of its own/);
  });

  it('get identifiers that are unique, and titles', async () => {
    const items = `${item('i', 'A')}${item('i', 'B')}<item identifierref="A"/><item identifier="O" identifierref="B"><title> </title></item>`;
    const course = await read(manifest({ items, resources: twoResources }), two);
    assert.deepEqual(
      openable(course.definition.root).map(({ id, title }) => [id, title]),
      [
        ['i', 'i'],
        ['i-2', 'i'],
        ['item-4', 'Part 3'],
        ['O-2', 'Part 4'],
      ],
    );
  });

  it('may stand for a manifest in the manifest, once, and may use its resources', async () => {
    const inner = (id: string, items: string, resources: string) =>
      `<manifest identifier="${id}" xml:base="sub/">${`<organizations>${organization(`${id}o`, items)}</organizations>`}<resources xml:base="res/">${resources}</resources></manifest>`;
    const end =
      inner(
        'S',
        item('s1', 'SA') + item('loop', 'T'),
        '<resource identifier="SA" adlcp:scormtype="sco" href="a.html"/>',
      ) + inner('T', item('back', 'S') + item('t1', 'B'), '');
    const items = item('i1', 'S') + item('i2', 'SA') + item('i3', 'S');
    const course = await read(manifest({ items, end, resources: twoResources }), {
      ...two,
      'sub/res/a.html': '3',
    });
    assert.deepEqual(without(course.definition.root), {
      O: [{ i1: [{ s1: 'sub/res/a.html' }, { loop: [{ t1: 'b.html' }] }] }, { i2: 'sub/res/a.html' }],
    });
  });

  it('open what parameters and bases make of the address', async () => {
    const resources =
      '<resources xml:base="content/"><resource identifier="A" xml:base="one" adlcp:scormtype="sco" href="a b.html?x=1#top"/><resource identifier="B" adlcp:scormtype="sco" href="one\\a%20b.html"/></resources>';
    const items = item('i1', 'A', '', 'parameters="?y=2#else"') + item('i2', 'B', '', 'parameters="#p"');
    const course = await read(manifest({ items, resources, attributes: 'xml:base="course/"' }), {
      'course/content/one/a b.html': '1',
    });
    assert.deepEqual(hrefs(course), [
      'course/content/one/a%20b.html?x=1&y=2#top',
      'course/content/one/a%20b.html#p',
    ]);
    assert.deepEqual(course.warnings, []);
  });

  it('open a file whose name is written in the wrong case, with a warning', async () => {
    const course = await read(manifest(), { 'Index.HTML': 'x' });
    assert.deepEqual(hrefs(course), ['Index.HTML']);
    assert.match(course.warnings.join(), /opens index\.html, but the file is called Index\.HTML/);
  });

  it('that open a missing file are faults, all of them', async () => {
    const resources = `<resources><resource identifier="A" href="gone/a.html"/><resource identifier="B" href="x.html"/><resource identifier="C" href="b.html"/></resources>`;
    const items = item('i1', 'A') + item('i2', 'B') + item('i3', 'C');
    assert.deepEqual(await faultsOf(manifest({ items, resources }), two), [
      '"i1" opens gone/a.html, which is not in the ZIP. There is a.html, though: is that the one?',
      '"i2" opens x.html, which is not in the ZIP.',
    ]);
  });

  it('that open something outside of the package are faults', async () => {
    for (const [href, expected] of [
      ['../../../etc/passwd', /outside of the package/],
      ['javascript:alert(1)', /not the address of a file/],
    ] as const) {
      const resources = `<resources><resource identifier="A" adlcp:scormtype="sco" href="${href}"/></resources>`;
      const faults = await faultsOf(manifest({ items: item('i1', 'A'), resources }), two);
      assert.equal(faults.length, 1);
      assert.match(faults[0]!, expected);
    }
  });

  it('may be on another server, with a warning', async () => {
    const resources =
      '<resources><resource identifier="A" adlcp:scormtype="sco" href="https://example.com/x?a=1"/><resource identifier="B" adlcp:scormtype="asset" href="//example.com/y"/></resources>';
    const course = await read(
      manifest({ items: item('i1', 'A', '', 'parameters="b=2"') + item('i2', 'B'), resources }),
      two,
    );
    assert.deepEqual(hrefs(course), ['https://example.com/x?a=1&b=2', 'https://example.com/y']);
    assert.match(course.warnings[0]!, /cannot report progress/);
    assert.match(course.warnings[1]!, /another server/);
  });

  const types: [what: string, resources: string, kinds: string[]][] = [
    [
      'SCOs or assets as written, in any case',
      '<resource identifier="A" adlcp:scormType="SCO" href="a.html"/><resource identifier="B" ADLCP:SCORMTYPE="Asset" href="b.html"/>',
      ['sco', 'asset'],
    ],
    [
      'assets where nothing is said',
      '<resource identifier="A" href="a.html"/><resource identifier="B" href="b.html"/>',
      ['asset', 'asset'],
    ],
    [
      'assets where nonsense is said',
      '<resource identifier="A" adlcp:scormtype="sco" href="a.html"/><resource identifier="B" adlcp:scormtype="webcontent" href="b.html"/>',
      ['sco', 'asset'],
    ],
  ];
  for (const [what, resources, kinds] of types) {
    it(`are ${what}`, async () => {
      const course = await read(
        manifest({
          items: item('i1', 'A') + item('i2', 'B'),
          resources: `<resources>${resources}</resources>`,
        }),
        two,
      );
      assert.deepEqual(
        openable(course.definition.root).map((leaf) => leaf.kind),
        kinds,
      );
    });
  }

  it('are SCOs if they all open the same resource, which does not say what it is', async () => {
    const resources =
      '<resources><resource identifier="A" href="a.html"/><resource identifier="B" href="b.html"/></resources>';
    const course = await read(manifest({ items: item('i1', 'A') + item('i2', 'A'), resources }), two);
    assert.deepEqual(
      openable(course.definition.root).map((leaf) => leaf.kind),
      ['sco', 'sco'],
    );
    assert.match(course.warnings.join(), /does not say whether/);
  });

  it('ignore a passing score that is none', async () => {
    for (const [written, expected] of [
      ['80', 80],
      ['72,5', 72.5],
      ['0', 0],
      ['', undefined],
      ['101', undefined],
      ['-1', undefined],
      ['high', undefined],
    ] as const) {
      const course = await read(
        manifest({ items: item('i1', 'R1', `<adlcp:masteryscore>${written}</adlcp:masteryscore>`) }),
      );
      assert.equal(course.definition.root.children[0]?.masteryScore, expected);
      assert.equal(course.warnings.length, written !== '' && expected === undefined ? 1 : 0);
    }
  });

  it('that are too many are refused', async () => {
    const items = Array.from({ length: 40_000 }, (_, i) =>
      item(`an-identifier-that-is-not-short-${i}`, 'R1'),
    ).join('');
    assert.match((await faultsOf(manifest({ items }))).join(), /40000 parts and their data/);
  });

  it('may be as evil as they like: it takes no time to say so', async () => {
    const files = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}/x.html`, '']));
    const sameName = '<item identifier="i" identifierref="A"/>'.repeat(50_000);
    const resources = '<resources><resource identifier="A" href="gone.html"/></resources>';
    const started = process.cpuUsage();
    const faults = await faultsOf(manifest({ items: sameName, resources }), files);
    assert.equal(faults.length, 100);
    const { user } = process.cpuUsage(started);
    assert.ok(user < 8_000_000, `${user} µs`);
  });

  it('may be hundreds', async () => {
    const items = Array.from({ length: 2000 }, (_, i) => item(`i${i}`, 'R1')).join('');
    assert.equal(hrefs(await read(manifest({ items }))).length, 2000);
  });
});
