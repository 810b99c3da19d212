import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import ejs from 'ejs';
import type { Context } from '../context.ts';
import { getCourse } from '../packages/courses.ts';
import { catalogue } from '../web/text.ts';
import type { DispatchRecord } from './dispatch.model.ts';

/** `scorm2004` is the 3rd edition, which most LMSs know best. */
export type DispatchFormat = 'scorm12' | 'scorm2004' | 'scorm2004-4th';

const root = join(import.meta.dirname, '../..');
const formats = {
  scorm12: { standard: 'scorm12', view: 'manifest-scorm12', edition: '1.2' },
  scorm2004: { standard: 'scorm2004', view: 'manifest-scorm2004', edition: '2004 3rd Edition' },
  'scorm2004-4th': { standard: 'scorm2004', view: 'manifest-scorm2004', edition: '2004 4th Edition' },
} as const;

/**
 * The thin package that plays a dispatch's course in another LMS: a manifest with one SCO, a page, and its script. Made the same
 * way each time; whoever has a copy can open launches of this dispatch, and nothing more.
 */
export async function buildDispatchZip(
  ctx: Pick<Context, 'db' | 'config'>,
  dispatch: DispatchRecord,
  format: DispatchFormat,
): Promise<Buffer> {
  const { standard, view, edition } = formats[format];
  const title = forXml((await getCourse(ctx, dispatch.workspace, dispatch.course)).title);
  const identifier = `coursedock-${dispatch._id}`;
  const settings = {
    v: 1,
    dispatch: dispatch._id,
    shellKey: dispatch.shellKey,
    base: ctx.config.publicUrl,
    standard,
    texts: shellTexts(),
  };
  const zip = new AdmZip();
  const add = (name: string, content: string | Buffer) => {
    const entry = zip.addFile(name, Buffer.from(content));
    entry.header.time = dispatch.createdAt;
  };
  add('imsmanifest.xml', await render(view, { identifier, title, edition }));
  add('index.html', await render('index', { title, settings: forScript(settings) }));
  add('shell.js', await readShell());
  return zip.toBuffer();
}

/** A name to save it under: `safety-at-work-scorm12.zip`. */
export function dispatchZipName({ name }: Pick<DispatchRecord, 'name'>, format: DispatchFormat): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  return `${words.slice(0, 60) || 'course'}-${format}.zip`;
}

function render(view: string, data: object): Promise<string> {
  return ejs.renderFile(join(root, 'views/dispatch', `${view}.ejs`), data);
}

async function readShell(): Promise<Buffer> {
  try {
    return await readFile(join(root, 'public/dispatch/shell.js'));
  } catch (cause) {
    throw new Error('public/dispatch/shell.js is not there: `npm run build` makes it', { cause });
  }
}

/** The shell speaks the words of our catalogue, but cannot read it from where it runs. */
function shellTexts(): Record<string, string> {
  const prefix = 'dispatch.shell.';
  const texts = Object.entries(catalogue('en')).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(texts.map(([key, text]) => [key.slice(prefix.length), text]));
}

/** JSON that stays inside its script element, whatever a title or name holds. */
function forScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Without what XML 1.0 §2.2 cannot hold, escaped or not. */
function forXml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
}
