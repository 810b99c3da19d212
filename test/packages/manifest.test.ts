import assert from 'node:assert/strict';
import type { ActivityDefinition } from '../../src/scorm/course.ts';
import { makePackage, scorm12Package, scorm2004Package, type Files } from '../support/make-package.ts';
import { hrefs, openable, readZip } from './read.ts';

const ns12 =
  'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"';
const ns2004 =
  'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"';

type Parts = {
  ns?: string;
  version?: string;
  organizations?: string;
  items?: string;
  resources?: string;
  attributes?: string;
  end?: string;
};

/** A manifest of one SCO unless the parts say otherwise. */
function manifest(parts: Parts = {}): string {
  const { ns = ns12, version = '1.2', attributes = '', end = '' } = parts;
  const items = parts.items ?? '<item identifier="I1" identifierref="R1"><title>One</title></item>';
  return `<manifest identifier="M" ${ns} ${attributes}><metadata><schema>ADL SCORM</schema>${version && `<schemaversion>${version}</schemaversion>`}</metadata>
${parts.organizations ?? `<organizations default="O"><organization identifier="O"><title>The course</title>${items}</organization></organizations>`}
${parts.resources ?? '<resources><resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="index.html"><file href="index.html"/></resource></resources>'}
${end}</manifest>`;
}

async function read(xml: string | Buffer, files: Files = { 'index.html': 'x' }) {
  const { read, faults } = await readZip(makePackage({ 'imsmanifest.xml': xml, ...files }));
  assert.ok(read, `was refused: ${faults?.join('\n')}`);
  return read;
}

async function faultsOf(xml: string | Buffer, files: Files = { 'index.html': 'x' }): Promise<string[]> {
  const { faults } = await readZip(makePackage({ 'imsmanifest.xml': xml, ...files }));
  assert.ok(faults, 'was accepted');
  return faults;
}

const without = (activity: ActivityDefinition): unknown => ({
  [activity.id]: activity.children.length ? activity.children.map(without) : activity.href,
});

describe('a manifest', () => {
  it('of SCORM 1.2 gives the course with all that SCORM 1.2 says of items', async () => {
    const course = await readZip(
      scorm12Package({
        title: 'Größe & <Maß>',
        description: 'What it is about',
        items: [
          {
            id: 'chapter',
            title: 'Chapter',
            items: [
              {
                id: 'a',
                title: 'A',
                masteryScore: 80,
                maxTimeAllowed: '00:10:00',
                timeLimitAction: 'exit,message',
                dataFromLms: ' x=1&y=2 ',
              },
              { id: 'b', title: 'B', prerequisites: 'a&~c|a="passed"', invisible: true },
            ],
          },
        ],
      }),
    );
    assert.deepEqual(course.read?.definition, {
      standard: 'scorm12',
      edition: '1.2',
      title: 'Größe & <Maß>',
      root: {
        id: 'org',
        title: 'Größe & <Maß>',
        kind: 'cluster',
        visible: true,
        children: [
          {
            id: 'chapter',
            title: 'Chapter',
            kind: 'cluster',
            visible: true,
            children: [
              {
                id: 'a',
                title: 'A',
                kind: 'sco',
                href: 'a.html',
                visible: true,
                masteryScore: 80,
                maxTimeAllowed: '00:10:00',
                timeLimitAction: 'exit,message',
                dataFromLms: ' x=1&y=2 ',
                children: [],
              },
              {
                id: 'b',
                title: 'B',
                kind: 'sco',
                href: 'b.html',
                visible: false,
                prerequisites: 'a&~c|a="passed"',
                children: [],
              },
            ],
          },
        ],
      },
    });
    assert.equal(course.read.description, 'What it is about');
    assert.deepEqual(course.read.warnings, []);
  });

  for (const [edition, threshold] of [
    ['2nd', 0.6],
    ['3rd', 0.6],
    ['4th', 0.6],
  ] as const) {
    it(`of SCORM 2004 ${edition} Edition gives thresholds and passing scores`, async () => {
      const { read } = await readZip(
        scorm2004Package({
          edition,
          description: 'About',
          completionThreshold: threshold,
          scaledPassingScore: 0.7,
          dataFromLms: 'd',
          timeLimitAction: 'continue,no message',
        }),
      );
      assert.equal(read?.definition.standard, 'scorm2004');
      assert.equal(read.definition.edition, `2004 ${edition} Edition`);
      assert.equal(read.description, 'About');
      assert.deepEqual(read.warnings, []);
      assert.deepEqual(read.definition.root.children, [
        {
          id: 'item_1',
          title: 'Sample course',
          kind: 'sco',
          href: 'item_1.html',
          visible: true,
          timeLimitAction: 'continue,no message',
          dataFromLms: 'd',
          completionThreshold: threshold,
          scaledPassingScore: 0.7,
          objectives: [{ primary: true }],
          children: [],
        },
      ]);
    });
  }

  const editions: [what: string, parts: Parts, edition: string][] = [
    ['CAM 1.3', { ns: ns2004, version: 'CAM 1.3' }, '2004 2nd Edition'],
    ['2004 2nd Edition', { ns: ns2004, version: '2004 2nd Edition' }, '2004 2nd Edition'],
    ['2004 3rd Edition', { ns: ns2004, version: ' 2004 3rd Edition ' }, '2004 3rd Edition'],
    ['2004 4th Edition', { ns: ns2004, version: '2004 4th Edition' }, '2004 4th Edition'],
    ['only the namespaces of 2004', { ns: ns2004, version: '' }, '2004 3rd Edition'],
    ['only the namespaces of 1.2', { version: '' }, '1.2'],
    ['the version of 1.2 and the namespaces of 2004', { ns: ns2004 }, '1.2'],
    ['nothing at all', { ns: 'xmlns:adlcp="x"', version: '' }, '1.2'],
    ['a version nobody knows', { version: '7' }, '1.2'],
  ];
  for (const [what, parts, edition] of editions) {
    it(`with ${what} is ${edition}`, async () => {
      assert.equal((await read(manifest(parts))).definition.edition, edition);
    });
  }

  it('of a Common Cartridge is refused by its name', async () => {
    const xml = manifest({
      ns: 'xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1" xmlns:adlcp="x"',
      version: '1.1.0',
    });
    assert.match((await faultsOf(xml)).join(), /IMS Common Cartridge/);
  });
});

describe('the text of a manifest', () => {
  const titled = (title: string, declaration = '<?xml version="1.0" encoding="UTF-8"?>\n') =>
    declaration +
    manifest({ items: `<item identifier="I1" identifierref="R1"><title>${title}</title></item>` });
  const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

  const encodings: [what: string, xml: Buffer | string, title: string, warning?: RegExp][] = [
    ['UTF-8', titled('Größe'), 'Größe'],
    ['UTF-8 with a byte order mark', `\ufeff${titled('Größe')}`, 'Größe'],
    [
      'UTF-16LE with a mark',
      Buffer.from(`\ufeff${titled('Zażółć', '<?xml version="1.0" encoding="UTF-16"?>')}`, 'utf16le'),
      'Zażółć',
    ],
    [
      'UTF-16BE with a mark',
      utf16be(`\ufeff${titled('Zażółć', '<?xml version="1.0" encoding="UTF-16"?>')}`),
      'Zażółć',
    ],
    ['UTF-16LE without a mark', Buffer.from(titled('Zażółć'), 'utf16le'), 'Zażółć'],
    ['UTF-16BE without a mark', utf16be(titled('Zażółć')), 'Zażółć'],
    [
      'Latin 1',
      Buffer.from(titled('Größe', '<?xml version="1.0" encoding="ISO-8859-1"?>'), 'latin1'),
      'Größe',
    ],
    [
      'Windows 1251',
      Buffer.concat([
        Buffer.from('<?xml version="1.0" encoding="windows-1251"?>'),
        cp1251(titled('Урок', '')),
      ]),
      'Урок',
    ],
    ['UTF-8 that says UTF-16', titled('Größe', "<?xml version='1.0' encoding='utf-16'?>"), 'Größe'],
    ['Latin 1 that says nothing', Buffer.from(titled('Größe'), 'latin1'), 'Größe', /not written in UTF-8/],
    [
      'UTF-8 that says nonsense',
      titled('Größe', '<?xml version="1.0" encoding="klingon"?>'),
      'Größe',
      /not written in klingon/,
    ],
  ];
  for (const [what, xml, title, warning] of encodings) {
    it(`is read in ${what}`, async () => {
      const course = await read(xml);
      assert.equal(openable(course.definition.root)[0]?.title, title);
      assert.match(course.warnings.join(), warning ?? /^$/);
    });
  }

  const repairs: [what: string, title: string, expected: string, warning: RegExp][] = [
    ['a bare &', 'Q & A', 'Q & A', /should be written "&amp;"/],
    ['a bare & before a word', 'R&D', 'R&D', /should be written "&amp;"/],
    ['HTML entities', 'caf&eacute;&nbsp;&mdash; &ldquo;x&rdquo;', 'café — “x”', /HTML entities/],
    ['an unknown entity', 'a &whatever; b', 'a &whatever; b', /&whatever;, which is not defined/],
    ['character references', '&#65;&#x42;&#0;&#xD800;&#x110000;', 'AB&#0;&#xD800;&#x110000;', /^$/],
    ['the five entities of XML', '&lt;b&gt; &amp;amp; &quot;&apos;', '<b> &amp; "\'', /^$/],
    ['CDATA', '<![CDATA[a & b &amp; <c>]]>', 'a & b &amp; <c>', /^$/],
    ['markup', 'My <b>big</b> title', 'My big title', /^$/],
    ['line breaks', ' a\r\n\t b ', 'a b', /^$/],
    ['comments with &', 'a<!-- & &nbsp; -->b', 'ab', /^$/],
    ['HTML written out', '&lt;script&gt;alert(1)&lt;/script&gt;', '<script>alert(1)</script>', /^$/],
  ];
  for (const [what, title, expected, warning] of repairs) {
    it(`is understood with ${what} in a title`, async () => {
      const course = await read(titled(title));
      assert.equal(openable(course.definition.root)[0]?.title, expected);
      assert.match(course.warnings.join(), warning);
    });
  }

  it('is understood with something before its first line', async () => {
    assert.match((await read(`\n  ${titled('x')}`)).warnings.join(), /before its first line/);
    assert.match((await read(`// made by a tool\n${titled('x')}`)).warnings.join(), /before its first line/);
  });

  it('is understood with prefixes that are not declared, and without namespaces', async () => {
    const course = await read(manifest({ ns: '' }));
    assert.match(course.warnings.join(), /prefix "adlcp" without declaring/);
    assert.equal(openable(course.definition.root)[0]?.kind, 'sco');
  });

  it('is understood with other prefixes for the same things', async () => {
    const xml = manifest({
      ns: 'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:foo="http://www.adlnet.org/xsd/adlcp_rootv1p2"',
    })
      .replaceAll('adlcp:', 'foo:')
      .replaceAll(/<(\/?)(manifest|resource|item)\b/g, '<$1ims:$2')
      .replace('<ims:manifest', '<ims:manifest xmlns:ims="http://www.imsproject.org/xsd/imscp_rootv1p1p2"');
    const course = await read(xml);
    assert.deepEqual([hrefs(course), course.warnings], [['index.html'], []]);
  });

  it('never expands or loads an entity', async () => {
    const doctypes = [
      '<!DOCTYPE manifest [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>',
      '<!DOCTYPE manifest [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; <!ENTITY xxe "]>">]>',
      `<!DOCTYPE manifest [<!ENTITY a "lol">${Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i} "&a;&a;&a;&a;&a;">`).join('')}<!ENTITY xxe "&a29;">]>`,
      '<!DOCTYPE manifest SYSTEM "file:///etc/passwd" [ <!-- ]> --> <!ENTITY xxe "x"> ]>',
    ];
    for (const doctype of doctypes) {
      const course = await read(titled('[&xxe;]', `<?xml version="1.0"?><!-- <!DOCTYPE x> -->${doctype}`));
      assert.equal(openable(course.definition.root)[0]?.title, '[&xxe;]');
      assert.match(course.warnings.join(), /defines entities of its own/);
    }
  });

  const broken: [what: string, xml: string, expected: RegExp][] = [
    ['nothing', '', /is empty/],
    ['only a declaration', '<?xml version="1.0"?>\n', /is empty/],
    ['no XML', 'hello', /not well-formed|is empty/],
    ['JSON', '{"a": "<b>"}', /not well-formed/],
    ['HTML', '<!doctype html><html><body><p>Hi<br></body></html>', /not well-formed XML: .*\(line 1\)/],
    ['another root', '<html></html>', /begins with <html>/],
    [
      'an element that does not end',
      manifest().replace('</organizations>', ''),
      /not well-formed XML: .*\(line \d\)/,
    ],
    ['half of it', manifest().slice(0, 500), /not well-formed/],
    ['elements 200 deep', '<a>'.repeat(200) + '</a>'.repeat(200), /cannot be read: .*nested/i],
    ['a name that is a trap', '<manifest><__proto__/></manifest>', /cannot be read/],
    ['a comment that does not end', '<manifest><!-- </manifest>', /not well-formed/],
    [
      'a document type that does not end',
      '<!DOCTYPE manifest [ <manifest/>',
      /not well-formed|is empty|cannot be read/,
    ],
  ];
  for (const [what, xml, expected] of broken) {
    it(`is refused with ${what}`, async () => {
      const faults = await faultsOf(xml);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0]!, expected);
    });
  }

  it('is read or refused in no time, whatever its megabytes are', async () => {
    const many = 300_000;
    const long = ['<', '&', '<!--', '<![CDATA[', '<?', '<!DOCTYPE [', '<a>', '<a ', "<a b='", '&#', 'x&;'];
    for (const piece of long) {
      const started = process.cpuUsage();
      await readZip(makePackage({ 'imsmanifest.xml': `<manifest>${piece.repeat(many)}` }));
      await readZip(makePackage({ 'imsmanifest.xml': piece.repeat(many) }));
      const { user } = process.cpuUsage(started);
      assert.ok(user < 5_000_000, `${piece} took ${user} µs`);
    }
  }).timeout(60_000);
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

describe('what else a manifest says', () => {
  it('files that are missing are a warning, on other servers they are none', async () => {
    const files = [
      'img/none.png',
      'index.html',
      'https://example.com/x.js',
      'a%20b.js',
      ...Array.from({ length: 9 }, (_, i) => `${i}.js`),
    ];
    const resources = `<resources><resource identifier="R1" adlcp:scormtype="sco" href="index.html">${files.map((file) => `<file href="${file}"/>`).join('')}</resource></resources>`;
    const course = await read(manifest({ resources }), { 'index.html': 'x', 'a b.js': 'y' });
    assert.deepEqual(course.warnings, [
      'Files that the manifest lists are not in the ZIP (10): img/none.png, 0.js, 1.js, 2.js, 3.js and 5 more.',
    ]);
  });

  it('the title is the organization’s, else the metadata’s, else the first item’s, else the file’s', async () => {
    const lom =
      '<metadata><lom><general><title><langstring xml:lang="de">Eins</langstring><langstring xml:lang="en">One</langstring></title></general></lom></metadata>';
    const untitled = (inside: string) =>
      `<organizations><organization>${inside}</organization></organizations>`;
    const items = '<item identifierref="R1"><title>First</title></item>';
    const withLom = (xml: string) => xml.replace(/<metadata>.*<\/metadata>/, lom);
    const titleOf = async (xml: string) => (await read(xml)).definition.title;
    assert.equal(await titleOf(withLom(manifest())), 'The course');
    assert.equal(await titleOf(withLom(manifest({ organizations: untitled(items) }))), 'One');
    assert.equal(await titleOf(manifest({ organizations: untitled(items) })), 'First');
    assert.equal(await titleOf(manifest({ organizations: '' })), 'the file name');
  });

  it('a title that has no end is cut', async () => {
    const course = await read(
      manifest({ items: `<item identifierref="R1"><title>${'x'.repeat(10_000)}</title></item>` }),
    );
    assert.equal(openable(course.definition.root)[0]?.title.length, 500);
  });

  it('sequencing is taken from the collection by IDRef, what is said in place counts more', async () => {
    const end = `<imsss:sequencingCollection><imsss:sequencing ID="C"><imsss:limitConditions attemptAbsoluteDurationLimit="PT1H"/>
      <imsss:objectives><imsss:primaryObjective objectiveID="shared" satisfiedByMeasure="true"/></imsss:objectives></imsss:sequencing></imsss:sequencingCollection>`;
    const own =
      '<imsss:objectives><imsss:objective objectiveID="extra"/><imsss:primaryObjective objectiveID="own" satisfiedByMeasure="false"><imsss:minNormalizedMeasure>0.5</imsss:minNormalizedMeasure></imsss:primaryObjective></imsss:objectives>';
    const items = `<item identifier="i1" identifierref="R1"><title>1</title><imsss:sequencing IDRef="C"/></item>
      <item identifier="i2" identifierref="R1"><title>2</title><imsss:sequencing IDRef="C">${own}</imsss:sequencing></item>
      <item identifier="i3" identifierref="R1"><title>3</title><imsss:sequencing IDRef="nowhere"/></item>`;
    const course = await read(manifest({ ns: ns2004, version: '2004 4th Edition', items, end }));
    const said = course.definition.root.children.map(
      ({ maxTimeAllowed, objectives, scaledPassingScore }) => ({
        maxTimeAllowed,
        objectives,
        scaledPassingScore,
      }),
    );
    assert.deepEqual(said, [
      { maxTimeAllowed: 'PT1H', objectives: [{ id: 'shared', primary: true }], scaledPassingScore: 1 },
      {
        maxTimeAllowed: 'PT1H',
        objectives: [{ id: 'own', primary: true }, { id: 'extra' }],
        scaledPassingScore: undefined,
      },
      { maxTimeAllowed: undefined, objectives: undefined, scaledPassingScore: undefined },
    ]);
  });

  const thresholds: [string, number | undefined][] = [
    ['<adlcp:completionThreshold>0.75</adlcp:completionThreshold>', 0.75],
    ['<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.5"/>', 0.5],
    ['<adlcp:completionThreshold completedByMeasure="true"/>', 1],
    ['<adlcp:completionThreshold completedByMeasure="false" minProgressMeasure="0.5"/>', undefined],
    ['<adlcp:completionThreshold minProgressMeasure="0.5"/>', undefined],
    ['<adlcp:completionThreshold>2</adlcp:completionThreshold>', undefined],
    ['<adlcp:completionThreshold/>', undefined],
  ];
  for (const [written, expected] of thresholds) {
    it(`${written} is ${expected ?? 'no threshold'}`, async () => {
      const items = `<item identifier="i1" identifierref="R1"><title>1</title>${written}</item>`;
      const course = await read(manifest({ ns: ns2004, version: '2004 4th Edition', items }));
      assert.equal(course.definition.root.children[0]?.completionThreshold, expected);
    });
  }
});

describe('where the manifest lies', () => {
  const page = { 'index.html': 'x' };

  it('in a folder that holds everything, the folder is stripped', async () => {
    const { read } = await readZip(
      makePackage({
        'My course/imsmanifest.xml': manifest(),
        'My course/index.html': 'x',
        '__MACOSX/My course/._index.html': 'x',
        '.DS_Store': 'x',
      }),
    );
    assert.deepEqual(
      [hrefs(read), read?.files.map((file) => file.path).sort()],
      [['index.html'], ['imsmanifest.xml', 'index.html']],
    );
    assert.match(read!.warnings.join(), /lies in the folder My course/);
  });

  it('in a folder beside others, its addresses start there', async () => {
    const resources =
      '<resources><resource identifier="R1" adlcp:scormtype="sco" href="../shared/index.html"/></resources>';
    const { read } = await readZip(
      makePackage({ 'a/course/imsmanifest.xml': manifest({ resources }), 'a/shared/index.html': 'x' }),
    );
    assert.deepEqual(
      [hrefs(read), read?.files.map((file) => file.path).sort()],
      [['shared/index.html'], ['course/imsmanifest.xml', 'shared/index.html']],
    );
  });

  it('in capitals, or shallowest of several, it is found', async () => {
    const upper = await readZip(makePackage({ 'IMSMANIFEST.XML': manifest(), ...page }));
    assert.deepEqual(hrefs(upper.read), ['index.html']);
    const several = await readZip(
      makePackage({ 'imsmanifest.xml': manifest(), ...page, 'inner/imsmanifest.xml': '<x/>' }),
    );
    assert.deepEqual(hrefs(several.read), ['index.html']);
  });

  const refused: [what: string, files: Files, expected: RegExp][] = [
    ['it is a folder', { 'imsmanifest.xml/readme.txt': 'x' }, /no imsmanifest\.xml/],
    ['there is none', { 'readme.txt': 'x' }, /no imsmanifest\.xml in the ZIP, so/],
    ['there is a web export', page, /export for the web/],
    ['there is another ZIP', { 'course.zip': 'x' }, /another ZIP: course\.zip/],
    [
      'there are two packages side by side',
      { 'a/imsmanifest.xml': manifest(), 'b/imsmanifest.xml': manifest() },
      /holds 2 packages/,
    ],
    ['it is cmi5', { 'cmi5.xml': '<courseStructure/>', ...page }, /cmi5, which is not supported yet/],
    [
      'it is xAPI',
      { 'tincan.xml': '<tincan/>', ...page },
      /xAPI \(tincan\.xml\), which is not supported yet/,
    ],
    [
      'it is AICC',
      { 'x.CRS': '', 'x.au': '', 'x.des': '', 'x.cst': '', ...page },
      /AICC, which is not supported yet/,
    ],
  ];
  for (const [what, files, expected] of refused) {
    it(`is said if ${what}`, async () => {
      const { faults } = await readZip(makePackage(files));
      assert.equal(faults?.length, 1, faults?.join('\n'));
      assert.match(faults[0]!, expected);
    });
  }
});

/** Text in Windows 1251: ASCII and the Russian letters. */
function cp1251(text: string): Buffer {
  return Buffer.from(
    [...text].map((c) => (c.charCodeAt(0) < 128 ? c.charCodeAt(0) : c.charCodeAt(0) - 0x410 + 0xc0)),
  );
}
