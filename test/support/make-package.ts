import AdmZip from 'adm-zip';
import { courseScript } from './sample-sco.ts';

export type Files = Record<string, string | Buffer>;

/** A ZIP of these files. (adm-zip cleans names: an evil one must be written byte by byte.) */
export function makePackage(files: Files): Buffer {
  const zip = new AdmZip();
  for (const [path, content] of Object.entries(files)) zip.addFile(path, Buffer.from(content));
  return zip.toBuffer();
}

/** One entry of the table of contents: a SCO, or with `items` a chapter. What is left out is taken from the package. */
export type SampleItem = {
  /** Default: `item_1`, `item_2` … in document order. */
  id?: string;
  title?: string;
  items?: SampleItem[];
  pages?: number;
  /** 0..100, reported at the end; null: none. */
  score?: number | null;
  /** Set at the end: 1.2 `lesson_status` instead of `completed`; 2004 `success_status` beside `completed`. */
  success?: 'passed' | 'failed';
  /** 1.2 */
  masteryScore?: number;
  prerequisites?: string;
  maxTimeAllowed?: string;
  timeLimitAction?: string;
  /** Both. */
  dataFromLms?: string;
  /** 2004 */
  scaledPassingScore?: number;
  completionThreshold?: number;
  invisible?: boolean;
  /** What stands in its `<imsss:sequencing>`, in the place of what is made here. */
  sequencing?: string;
  /** The player's controls that it wishes away: `continue`, `previous`, `exitAll` … */
  hides?: string[];
};

export type SampleCourse = Omit<SampleItem, 'id' | 'items'> & {
  description?: string;
  /** Default: one SCO with the title of the course. */
  items?: SampleItem[];
  /** 2004: what stands in the `<imsss:sequencing>` of the course as a whole. Default: flow and choice are on. */
  wholeSequencing?: string;
  /** More files, or others in the place of those made here. */
  files?: Files;
};

/**
 * A small real SCORM 1.2 course. Each SCO has `pages` pages (default 3), the buttons `#previous`, `#next` and `#finish`
 * (on the last page), shows "Page 1 of 3" in `#page`, where it stands in `#state` (running, finished, no API) and what the API
 * refused in `#error`. It resumes where it was left, and reports 80 at the end, or the `score` in its address.
 */
export function scorm12Package(course: SampleCourse = {}): Buffer {
  return makePackage(scorm12Files(course));
}

const free = '<imsss:controlMode choice="true" flow="true" />';

/** The same course for SCORM 2004; flow and choice are on where it does not say otherwise. */
export function scorm2004Package(course: SampleCourse & { edition?: '2nd' | '3rd' | '4th' } = {}): Buffer {
  return makePackage(scorm2004Files(course));
}

/** What {@link scorm12Package} packs, to be changed before it is packed. */
export function scorm12Files(course: SampleCourse = {}): Files {
  const { title, items, leaves } = numbered(course);
  const item = (it: NumberedItem): string =>
    `<item identifier="${it.id}"${it.items ? '' : ` identifierref="${it.id}_resource"`}${it.invisible ? ' isvisible="false"' : ''}>
      <title>${xml(it.title)}</title>
      ${it.items?.map(item).join('\n') ?? ''}
      ${it.prerequisites === undefined ? '' : `<adlcp:prerequisites type="aicc_script">${xml(it.prerequisites)}</adlcp:prerequisites>`}
      ${it.maxTimeAllowed === undefined ? '' : `<adlcp:maxtimeallowed>${it.maxTimeAllowed}</adlcp:maxtimeallowed>`}
      ${it.timeLimitAction === undefined ? '' : `<adlcp:timelimitaction>${it.timeLimitAction}</adlcp:timelimitaction>`}
      ${it.dataFromLms === undefined ? '' : `<adlcp:datafromlms>${xml(it.dataFromLms)}</adlcp:datafromlms>`}
      ${it.masteryScore === undefined ? '' : `<adlcp:masteryscore>${it.masteryScore}</adlcp:masteryscore>`}
    </item>`;
  const manifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="sample" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" xmlns:imsmd="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
    ${course.description ? `<imsmd:lom><imsmd:general><imsmd:description><imsmd:langstring>${xml(course.description)}</imsmd:langstring></imsmd:description></imsmd:general></imsmd:lom>` : ''}
  </metadata>
  <organizations default="org">
    <organization identifier="org">
      <title>${xml(title)}</title>
      ${items.map(item).join('\n')}
    </organization>
  </organizations>
  <resources>
    ${leaves.map((it) => resource(it, 'adlcp:scormtype="sco"')).join('\n')}
  </resources>
</manifest>`;
  return {
    'imsmanifest.xml': manifest.replace(/\n\s+(?=\n)/g, ''),
    ...pagesOf(leaves, '1.2'),
    ...course.files,
  };
}

/** What {@link scorm2004Package} packs, to be changed before it is packed. */
export function scorm2004Files(course: SampleCourse & { edition?: '2nd' | '3rd' | '4th' } = {}): Files {
  const { title, items, leaves } = numbered(course);
  const edition = course.edition ?? '4th';
  const threshold = (it: NumberedItem) => {
    if (it.completionThreshold === undefined) return '';
    return edition === '4th'
      ? `<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="${it.completionThreshold}" />`
      : `<adlcp:completionThreshold>${it.completionThreshold}</adlcp:completionThreshold>`;
  };
  const objective = (it: NumberedItem) =>
    it.scaledPassingScore === undefined
      ? ''
      : `<imsss:sequencing><imsss:objectives><imsss:primaryObjective satisfiedByMeasure="true">
          <imsss:minNormalizedMeasure>${it.scaledPassingScore}</imsss:minNormalizedMeasure>
        </imsss:primaryObjective></imsss:objectives></imsss:sequencing>`;
  const item = (it: NumberedItem): string =>
    `<item identifier="${it.id}"${it.items ? '' : ` identifierref="${it.id}_resource"`}${it.invisible ? ' isvisible="false"' : ''}>
      <title>${xml(it.title)}</title>
      ${it.items?.map(item).join('\n') ?? ''}
      ${it.timeLimitAction === undefined ? '' : `<adlcp:timeLimitAction>${it.timeLimitAction}</adlcp:timeLimitAction>`}
      ${it.dataFromLms === undefined ? '' : `<adlcp:dataFromLMS>${xml(it.dataFromLms)}</adlcp:dataFromLMS>`}
      ${threshold(it)}
      ${it.sequencing !== undefined ? `<imsss:sequencing>${it.sequencing}</imsss:sequencing>` : it.items ? `<imsss:sequencing>${free}</imsss:sequencing>` : objective(it)}
      ${it.hides ? `<adlnav:presentation><adlnav:navigationInterface>${it.hides.map((control) => `<adlnav:hideLMSUI>${control}</adlnav:hideLMSUI>`).join('')}</adlnav:navigationInterface></adlnav:presentation>` : ''}
    </item>`;
  const manifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="sample" version="1.0" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"
  xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss"
  xmlns:lom="http://ltsc.ieee.org/xsd/LOM">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>${{ '2nd': 'CAM 1.3', '3rd': '2004 3rd Edition', '4th': '2004 4th Edition' }[edition]}</schemaversion>
    ${course.description ? `<lom:lom><lom:general><lom:description><lom:string language="en">${xml(course.description)}</lom:string></lom:description></lom:general></lom:lom>` : ''}
  </metadata>
  <organizations default="org">
    <organization identifier="org">
      <title>${xml(title)}</title>
      ${items.map(item).join('\n')}
      <imsss:sequencing>${course.wholeSequencing ?? free}</imsss:sequencing>
    </organization>
  </organizations>
  <resources>
    ${leaves.map((it) => resource(it, 'adlcp:scormType="sco"')).join('\n')}
  </resources>
</manifest>`;
  return {
    'imsmanifest.xml': manifest.replace(/\n\s+(?=\n)/g, ''),
    ...pagesOf(leaves, '2004'),
    ...course.files,
  };
}

/** A course of pages that never call anything: assets, as a converted slide show or a folder of PDFs is. */
export function assetPackage(course: SampleCourse = {}): Buffer {
  const files = scorm12Files(course);
  const pages = Object.entries(files).map(([path, content]): [string, string | Buffer] => {
    if (path === 'imsmanifest.xml')
      return [path, String(content).replaceAll('scormtype="sco"', 'scormtype="asset"')];
    return [
      path,
      path.endsWith('.html') ? '<!doctype html><title>Page</title><h1>Only to be read</h1>' : content,
    ];
  });
  return makePackage(Object.fromEntries(pages));
}

type NumberedItem = SampleItem & { id: string; title: string; items?: NumberedItem[] };

function numbered(course: SampleCourse): { title: string; items: NumberedItem[]; leaves: NumberedItem[] } {
  const {
    title = 'Sample course',
    items: given,
    files: _files,
    description: _description,
    wholeSequencing: _wholeSequencing,
    ...defaults
  } = course;
  const leaves: NumberedItem[] = [];
  let count = 0;
  const number = (it: SampleItem): NumberedItem => {
    count += 1;
    const named = { ...it, id: it.id ?? `item_${count}`, title: it.title ?? `Part ${count}` };
    if (it.items) return { ...named, items: it.items.map(number) };
    const leaf: NumberedItem = { ...defaults, ...named, items: undefined };
    leaves.push(leaf);
    return leaf;
  };
  const items = (given ?? [{ title }]).map(number);
  return { title, items, leaves };
}

function resource(it: NumberedItem, type: string): string {
  return `<resource identifier="${it.id}_resource" type="webcontent" ${type} href="${it.id}.html">
      <file href="${it.id}.html" /><file href="shared/course.js" /><file href="shared/course.css" />
    </resource>`;
}

function pagesOf(leaves: NumberedItem[], standard: '1.2' | '2004'): Files {
  const files: Files = {};
  for (const it of leaves) {
    const told = {
      standard,
      title: it.title,
      pages: it.pages ?? 3,
      score: it.score === undefined ? 80 : it.score,
      success: it.success,
    };
    files[`${it.id}.html`] = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${xml(it.title)}</title><link rel="stylesheet" href="shared/course.css"></head>
<body>
<h1>${xml(it.title)}</h1>
<p id="page"></p>
<p><button id="previous">Previous</button> <button id="next">Next</button> <button id="finish">Finish</button></p>
<p id="state"></p>
<p id="error"></p>
<script>var course = ${JSON.stringify(told).replaceAll('<', '\\u003c')};</script>
<script src="shared/course.js"></script>
</body>
</html>
`;
  }
  return {
    ...files,
    'shared/course.js': courseScript,
    'shared/course.css': 'body { font: 16px/1.5 sans-serif; margin: 2em }\n',
  };
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
