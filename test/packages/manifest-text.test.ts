import assert from 'node:assert/strict';
import { makePackage } from '../support/make-package.ts';
import { faultsOf, manifest, read } from './manifest-xml.ts';
import { hrefs, openable, readZip } from './read.ts';

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

/** Text in Windows 1251: ASCII and the Russian letters. */
function cp1251(text: string): Buffer {
  return Buffer.from(
    [...text].map((c) => (c.charCodeAt(0) < 128 ? c.charCodeAt(0) : c.charCodeAt(0) - 0x410 + 0xc0)),
  );
}
