import type { Standard } from '../../scorm/course.ts';
import { short, type Findings } from '../errors.ts';
import { at, phrase, type Document } from './xml.ts';

export type Edition = { standard: Standard; edition: string };

/** Which SCORM a manifest is: by its schemaversion, else by its namespaces, else 1.2, which is what old tools forget to say. */
export function editionOf({ root, namespaces }: Document, found: Findings): Edition | undefined {
  const schema = phrase(at(root, 'metadata', 'schema')) ?? '';
  const version = phrase(at(root, 'metadata', 'schemaversion')) ?? '';
  const names = namespaces.join(' ');
  if (/common cartridge/i.test(schema) || /\/xsd\/imscc|imsccv\d/i.test(names)) {
    return void found.fault('notYet', { kind: 'IMS Common Cartridge' });
  }
  const stated = versions.find(([pattern]) => pattern.test(version))?.[1];
  if (stated) return stated;
  const meant = spaces.find(([pattern]) => pattern.test(names))?.[1] ?? scorm12;
  if (version || !spaces.some(([pattern]) => pattern.test(names))) {
    found.warn('version.unclear', { version: short(version || '–'), used: `SCORM ${meant.edition}` });
  }
  return meant;
}

const scorm12: Edition = { standard: 'scorm12', edition: '1.2' };
const scorm2004 = (edition: string): Edition => ({
  standard: 'scorm2004',
  edition: `2004 ${edition} Edition`,
});

const versions: [RegExp, Edition][] = [
  [/^(ADL\s*)?(SCORM\s*)?1\.2$/i, scorm12],
  [/2004.*(4th|fourth)|^2004 4/i, scorm2004('4th')],
  [/2004.*(3rd|third)|^2004 3/i, scorm2004('3rd')],
  // CAM 1.3 is the number of the first two editions' book.
  [/2004.*(2nd|second)|^(CAM\s*)?1\.3$/i, scorm2004('2nd')],
];

/** ADL's namespaces before IMS's, which packages without SCORM have too. */
const spaces: [RegExp, Edition][] = [
  [/adlcp_v1p3|adlseq_v1p3|adlnav_v1p3|xsd\/imsss/i, scorm2004('3rd')],
  [/adlcp_rootv1p2|imscp_rootv1p1p2/i, scorm12],
  [/imscp_v1p1/i, scorm2004('3rd')],
];
