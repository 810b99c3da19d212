import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Packages of other people, and odd ones of ours, beside the repository where they are at hand. */
export const shared = join(import.meta.dirname, '../../../shared/packages');

/** Addresses that open the course, in order; or what is wrong with it. And what its author is warned of. */
export type Expected =
  { opens: string[] | number; edition?: string; kinds?: string; warns?: RegExp[] } | { faults: RegExp[] };

const aicc = { faults: [/AICC, which is not supported yet/] };
const cmi5 = { faults: [/cmi5, which is not supported yet/] };
const one = { opens: ['index.html'], edition: '1.2', kinds: 'sco' };

const odd: Record<string, Expected> = {
  'absolute-url-resource.zip': {
    opens: ['https://example.com/course/index.html', 'https://example.com/x.html'],
    warns: [/"a" is shown from another server/, /"b" is shown from another server/],
  },
  'aicc-absolute-url.zip': aicc,
  'aicc-column-order-case-lf.zip': aicc,
  'backslash-zip-entries.zip': { opens: ['content/start.html'] },
  'case-mismatch-href.zip': {
    opens: ['index.html'],
    warns: [/Index\.HTML, but the file is called index\.html/],
  },
  'cp866-names-no-utf8-flag.zip': { opens: [`${encodeURIComponent('Урок')}.html`] },
  'href-dotdot.zip': one,
  'href-escape.zip': { faults: [/"d" opens \.\.\/\.\.\/\.\.\/etc\/passwd, which is outside/] },
  'latin1.zip': one,
  'manifest-directory-named.zip': { faults: [/no imsmanifest\.xml/] },
  'manifest-in-subfolder.zip': { ...one, warns: [/lies in the folder MyCourse/] },
  'manifest-two-levels-deep-plus-macosx.zip': { ...one, warns: [/lies in the folder a\/b/] },
  'manifest-uppercase-name.zip': one,
  'masteryscore-prereq-maxtime.zip': { opens: ['a.html', 'b.html', 'b.html'] },
  'missing-asset-file-only.zip': { ...one, warns: [/not in the ZIP \(1\): img\/none\.png/] },
  'missing-launch-file.zip': { faults: [/"m" opens nope\.html, which is not in the ZIP/] },
  'no-namespace-manifest.zip': { ...one, warns: [/does not say whether/] },
  'no-organizations-resources-only.zip': { ...one, warns: [/no table of contents/] },
  'not-a-package.zip': { faults: [/no imsmanifest\.xml/] },
  'scorm-and-tincan-both.zip': one,
  'scorm2004-idref-collection.zip': {
    opens: ['index.html?n=1', 'index.html?n=2'],
    edition: '2004 4th Edition',
  },
  'scorm2004-unofficial2nd-flow.zip': {
    opens: ['index.html?n=1', 'index.html?n=2'],
    edition: '2004 2nd Edition',
  },
  'spaces-percent-unicode-hrefs.zip': {
    opens: [
      'my%20page.html',
      'my%20other%20page.html',
      '100%25.html',
      'strona-%C5%BC.html',
      'caf%C3%A9.html',
    ],
  },
  'tincan-min.zip': { faults: [/xAPI \(tincan\.xml\), which is not supported yet/] },
  'truncated.zip': { faults: [/ends too early/] },
  'two-organizations.zip': { opens: ['b.html'], warns: [/2 tables of contents/] },
  'undeclared-prefix.zip': { ...one, warns: [/prefix "adlcp" without declaring/] },
  'utf16be-bom.zip': one,
  'xml-base-on-resources.zip': { opens: ['pages/a.html'] },
  'zip-slip.zip': { faults: [/\.\.\/\.\.\/evil\.html/, /\/abs\/evil\.html/, /\.\.\/\.\.\/evil2\.html/] },
};

const fixtures: Record<string, Expected> = {
  'aicc__multiline-description.zip': aicc,
  'aicc__package.zip': aicc,
  'cmi5__masteryscore_framed.zip': cmi5,
  'cmi5__multi_au_framed.zip': cmi5,
  'cmi5__single_au_basic_framed.zip': cmi5,
  'cmi5__single_au_basic_responsive.zip': cmi5,
  'scorm12__ContentPackagingWithMetadata_SCORM12.zip': one,
  'scorm12__InvalidFileReferences_SCORM12.zip': { faults: [/"Test Item" opens content\/nonexistent\.html/] },
  'scorm12__ItemWithNonExistentResourceId_SCORM12.zip': {
    opens: ['content/item2.html'],
    warns: [/"Item 1" refers to the resource non_existent_resource/],
  },
  'scorm12__LaunchUrlFromNestedItem_SCORM12.zip': { opens: ['content/topic1.html', 'content/section2.html'] },
  'scorm12__MultipleItemsWithIdentifierRef_SCORM12.zip': {
    opens: ['content/item1.html', 'content/item2.html', 'content/item3.html'],
  },
  // The missing identifier of the organization would not matter; the missing file does.
  'scorm2004__InvalidMissingOrgIdentifier_SCORM20043rdEdition.zip': {
    faults: [/"Launch" opens index\.html/],
  },
  'zips__aicc.zip': aicc,
  'zips__cmi5.zip': cmi5,
  'zips__scorm2004.zip': { opens: ['shared/launchpage.html'], edition: '2004 3rd Edition', kinds: 'sco' },
};

const moodle: Record<string, Expected> = {
  'RuntimeBasicCalls_SCORM20043rdEdition.zip': {
    opens: ['shared/launchpage.html'],
    edition: '2004 3rd Edition',
  },
  'RuntimeMinimumCalls_SCORM12.zip': { opens: 18, edition: '1.2' },
  'complexscorm.zip': {
    opens: Array.from({ length: 8 }, () => 'index.html'),
    kinds: 'sco sco asset sco sco sco sco sco',
    warns: [/names "SCORMDEbugger555f231e21b982c25d16"/],
  },
  'validaicc.zip': aicc,
  // All it has is an XML declaration: enough for Moodle's check of names, not for a learner.
  'validscorm.zip': { faults: [/imsmanifest\.xml is empty/] },
};

const golf: Record<string, Expected> = {
  'scorm12__ContentPackagingOneFilePerSCO_SCORM12.zip': { opens: 18, edition: '1.2' },
  'scorm12__RuntimeBasicCalls_SCORM12.zip': { opens: ['shared/launchpage.html'], kinds: 'sco' },
  'scorm2004__ContentPackagingSingleSCO_SCORM20043rdEdition.zip': { opens: ['shared/launchpage.html'] },
  'scorm2004__RunTimeAdvancedCalls_SCORM20043rdEdition.zip': { opens: ['shared/launchpage.html'] },
  'scorm2004__RuntimeBasicCalls_SCORM20043rdEdition.zip': { opens: ['shared/launchpage.html'] },
  'scorm2004__RuntimeMinimumCalls_SCORM20043rdEdition.zip': { opens: 18, edition: '2004 3rd Edition' },
  'scorm2004__SequencingPreOrPostTestRollup_SCORM20043rdEdition.zip': {
    opens: ['assessment', 'playing', 'etiquette', 'handicapping', 'havingfun', 'assessment'].map(
      (content) => `shared/launchpage.html?content=${content}`,
    ),
  },
  'scorm2004__SequencingRandomTest_SCORM20043rdEdition.zip': { opens: 8 },
};

/** By folder and name: what is expected of every package of other people. */
export const otherPeoples: Record<string, Record<string, Expected>> = {
  'synthetic-odd': odd,
  'module-parser-fixtures': fixtures,
  moodle,
  'rustici-golf': golf,
};

export function zipsIn(folder: string): string[] {
  return existsSync(join(shared, folder))
    ? readdirSync(join(shared, folder)).filter((name) => name.endsWith('.zip'))
    : [];
}

export function matchEach(texts: string[], patterns: RegExp[]): void {
  assert.equal(texts.length, patterns.length, texts.join('\n'));
  for (const [i, pattern] of patterns.entries()) assert.match(texts[i]!, pattern);
}
