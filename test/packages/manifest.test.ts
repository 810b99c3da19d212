import assert from 'node:assert/strict';
import { makePackage, scorm12Package, scorm2004Package, type Files } from '../support/make-package.ts';
import { manifest, ns2004, read, faultsOf, type Parts } from './manifest-xml.ts';
import { hrefs, openable, readZip } from './read.ts';

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

  for (const [edition, threshold, yields] of [
    ['2nd', 0.6, { thresholdYields: true }],
    ['3rd', 0.6, { thresholdYields: true }],
    ['4th', 0.6, {}],
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
          ...yields,
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

  it('says how long it takes, where its author thinks so, in either way of writing it', async () => {
    const said = async (time: string) =>
      (
        await read(
          manifest().replace(
            /<metadata>.*<\/metadata>/,
            `<metadata><lom><educational><typicalLearningTime>${time}</typicalLearningTime></educational></lom></metadata>`,
          ),
        )
      ).definition.typicalTime;
    const rows: [time: string, seconds: number | undefined][] = [
      ['<datetime>0000-00-00T00:45</datetime>', 2700],
      ['<datetime>01:30:00</datetime>', 5400],
      ['<duration>PT1H30M</duration>', 5400],
      ['<duration>P0Y0M0DT0H20M0S</duration>', 1200],
      ['<datetime>pt20m</datetime>', 1200],
      ['<datetime>0000-00-00T00:00</datetime>', undefined],
      ['<datetime>about an hour</datetime>', undefined],
      ['<duration>P3Y</duration>', undefined],
      ['', undefined],
    ];
    for (const [time, seconds] of rows) assert.equal(await said(time), seconds, time);
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
