import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import AdmZip from 'adm-zip';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Context } from '../../src/context.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { buildDispatchZip, dispatchZipName, type DispatchFormat } from '../../src/dispatch/zip.ts';
import { NotFound } from '../../src/web/errors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { scorm12Package } from '../support/make-package.ts';
import { makeDispatch, workspace } from './course.ts';

const nasty = `R&D <b>"quoted"</b> 'it' ]]> </script><script>alert(1)</script> &amp; Ünïcödé 🙂`;
const formats: [DispatchFormat, string][] = [
  ['scorm12', '1.2'],
  ['scorm2004', '2004 3rd Edition'],
  ['scorm2004-4th', '2004 4th Edition'],
];

describe('the dispatch ZIP', () => {
  let server: TestApp;
  let ctx: Context;
  let made: Awaited<ReturnType<typeof makeDispatch>>;

  before(async function () {
    server = await startApp();
    ctx = server.ctx;
    made = await makeDispatch(ctx, scorm12Package({ title: nasty }), nasty);
    assert.ok(existsSync('public/dispatch/shell.js'), 'run `npm run build` first');
  });
  after(() => server?.stop());

  const open = async (format: DispatchFormat) =>
    new AdmZip(await buildDispatchZip(ctx, made.dispatch, format));
  const text = (zip: AdmZip, name: string) => zip.getEntry(name)!.getData().toString('utf8');
  const settingsIn = (html: string) =>
    JSON.parse(
      /<script type="application\/json" id="coursedock">([\s\S]*?)<\/script>/.exec(html)![1]!,
    ) as Record<string, unknown>;

  for (const [format, edition] of formats) {
    it(`is a ${edition} package of one SCO, whatever the course is called`, async () => {
      const zip = await open(format);
      assert.deepEqual(
        zip
          .getEntries()
          .map(({ entryName }) => entryName)
          .sort(),
        ['imsmanifest.xml', 'index.html', 'shell.js'],
      );
      const xml = text(zip, 'imsmanifest.xml');
      assert.equal(XMLValidator.validate(xml), true);
      const { manifest } = new XMLParser({
        ignoreAttributes: false,
        processEntities: true,
        htmlEntities: true,
      }).parse(xml);
      assert.equal(String(manifest.metadata.schemaversion), edition);
      assert.equal(manifest.organizations.organization.title, made.course.title);
      assert.equal(manifest.organizations.organization.item.title, made.course.title);
      const { resource } = manifest.resources;
      assert.equal(resource[format === 'scorm12' ? '@_adlcp:scormtype' : '@_adlcp:scormType'], 'sco');
      assert.equal(resource['@_href'], 'index.html');
      assert.equal(resource['@_identifier'], manifest.organizations.organization.item['@_identifierref']);
      for (const file of resource.file) assert.ok(zip.getEntry(file['@_href']), file['@_href']);
    });

    it(`can be uploaded here again (${edition})`, async () => {
      const { course } = await makeDispatch(ctx, await buildDispatchZip(ctx, made.dispatch, format));
      assert.equal(course.standard, format === 'scorm12' ? 'scorm12' : 'scorm2004');
      assert.equal(course.title, made.course.title);
    });
  }

  it('tells its shell where to go and nothing else', async () => {
    const settings = settingsIn(text(await open('scorm2004'), 'index.html'));
    const { texts, ...rest } = settings;
    assert.deepEqual(rest, {
      v: 1,
      dispatch: made.dispatch._id,
      shellKey: made.dispatch.shellKey,
      base: server.url,
      standard: 'scorm2004',
    });
    for (const key of [
      'loading',
      'noApi.title',
      'noApi.detail',
      'unreachable.title',
      'unreachable.detail',
      'stuck.title',
      'stuck.detail',
      'retry',
      'done.title',
      'done.detail',
      'notSaved.detail',
      'frame',
    ]) {
      assert.ok((texts as Record<string, string>)[key], key);
    }
  });

  it('lets no title out of its place in the page', async () => {
    const html = text(await open('scorm12'), 'index.html');
    assert.equal(html.match(/<script/g)?.length, 2);
    assert.ok(!html.includes('<b>'));
  });

  it('is small, and the same each time', async () => {
    const [one, two] = [
      await buildDispatchZip(ctx, made.dispatch, 'scorm12'),
      await buildDispatchZip(ctx, made.dispatch, 'scorm12'),
    ];
    assert.ok(one.equals(two));
    assert.ok(text(new AdmZip(one), 'shell.js').length <= 15_000);
    assert.ok(one.length < 20_000, String(one.length));
  });

  it('has the time of its dispatch, not of its making', async () => {
    const dispatch = { ...made.dispatch, createdAt: new Date(2020, 1, 2, 3, 4, 6) };
    for (const { header } of new AdmZip(await buildDispatchZip(ctx, dispatch, 'scorm12')).getEntries()) {
      assert.equal(header.time.getTime(), dispatch.createdAt.getTime());
    }
  });

  it('has a script for old browsers: no syntax newer than ES2015', async () => {
    const script = text(await open('scorm12'), 'shell.js');
    assert.doesNotMatch(script, /\?\.|\?\?|\basync\b|\bawait\b|\*\*|\.\.\.[\w$]+\s*}|catch\s*{/);
  });

  it('is not made of a course that was removed', async () => {
    const { course, dispatch } = await makeDispatch(ctx, scorm12Package());
    await removeCourse(ctx, workspace, course._id);
    await assert.rejects(buildDispatchZip(ctx, dispatch, 'scorm12'), NotFound);
  });

  it('has a file name that every disk takes', () => {
    assert.equal(dispatchZipName({ name: 'Überblick: R&D / Q1' }, 'scorm12'), 'uberblick-r-d-q1-scorm12.zip');
    assert.equal(dispatchZipName({ name: '安全' }, 'scorm2004'), 'course-scorm2004.zip');
    assert.equal(
      dispatchZipName({ name: '../../etc/passwd' }, 'scorm2004-4th'),
      'etc-passwd-scorm2004-4th.zip',
    );
  });
});
