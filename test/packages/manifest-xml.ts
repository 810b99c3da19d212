import assert from 'node:assert/strict';
import { makePackage, type Files } from '../support/make-package.ts';
import { readZip } from './read.ts';

export const ns12 =
  'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"';
export const ns2004 =
  'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"';

export type Parts = {
  ns?: string;
  version?: string;
  organizations?: string;
  items?: string;
  resources?: string;
  attributes?: string;
  end?: string;
};

/** A manifest of one SCO unless the parts say otherwise. */
export function manifest(parts: Parts = {}): string {
  const { ns = ns12, version = '1.2', attributes = '', end = '' } = parts;
  const items = parts.items ?? '<item identifier="I1" identifierref="R1"><title>One</title></item>';
  return `<manifest identifier="M" ${ns} ${attributes}><metadata><schema>ADL SCORM</schema>${version && `<schemaversion>${version}</schemaversion>`}</metadata>
${parts.organizations ?? `<organizations default="O"><organization identifier="O"><title>The course</title>${items}</organization></organizations>`}
${parts.resources ?? '<resources><resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="index.html"><file href="index.html"/></resource></resources>'}
${end}</manifest>`;
}

export async function read(xml: string | Buffer, files: Files = { 'index.html': 'x' }) {
  const { read, faults } = await readZip(makePackage({ 'imsmanifest.xml': xml, ...files }));
  assert.ok(read, `was refused: ${faults?.join('\n')}`);
  return read;
}

export async function faultsOf(
  xml: string | Buffer,
  files: Files = { 'index.html': 'x' },
): Promise<string[]> {
  const { faults } = await readZip(makePackage({ 'imsmanifest.xml': xml, ...files }));
  assert.ok(faults, 'was accepted');
  return faults;
}
