import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import AdmZip from 'adm-zip';

/** ADL's SCORM 2004 4th Edition test suite, where it is at hand. */
const folder = join(import.meta.dirname, '../../../shared/packages/adl-2004-4th');

export const adlIsHere = existsSync(join(folder, 'Commands.properties'));

export type Command =
  | { call: 'Initialize' | 'Terminate' | 'Commit'; result: string; error: string }
  | { call: 'GetValue'; element: string; type?: string; result: string; error: string }
  | { call: 'SetValue'; element: string; value: string; result: string; error: string };

/** A visit of an activity: what its page calls, and what it is to be answered. */
export type Visit = { activity: number; visit: number; commands: { line: string; command: Command }[] };

/** The visits of a case, in order. Grammar: `ActNVm.commands.i=METHOD->argument->result->error`, with abbreviations. */
export function readCase(name: string): Visit[] {
  const words = readProperties(join(folder, 'Commands.properties'));
  const say = (word: string) => words.get(word) ?? word;
  const visits: Visit[] = [];
  for (const [key, line] of readProperties(join(folder, `cases/${name}.properties`))) {
    const [, activity, visit] = /^Act(\d+)V(\d+)\.commands\.\d+$/.exec(key) ?? [];
    const command = activity && readCommand(line, say);
    if (!command) continue;
    const last = visits.at(-1);
    const at = { activity: Number(activity), visit: Number(visit) };
    const mine = last?.activity === at.activity && last.visit === at.visit ? last : { ...at, commands: [] };
    if (mine !== last) visits.push(mine);
    mine.commands.push({ line: `${key}=${line}`, command });
  }
  return visits;
}

function readProperties(path: string): Map<string, string> {
  const text = readFileSync(path, 'latin1').replace(/\\\r?\n[ \t]*/g, '');
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#') && line.includes('='));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf('=')).trim(),
      unescape(line.slice(line.indexOf('=') + 1)),
    ]),
  );
}

const unescape = (text: string) =>
  text.replace(/\\u([0-9A-Fa-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

function readCommand(line: string, say: (word: string) => string): Command | undefined {
  const [method = '', argument = '', ...answer] = line.split('->');
  const [result, error] = [say(answer.slice(0, -1).join('->')), answer.at(-1)!];
  const cut = argument.indexOf('!');
  const [name, rest] = cut < 0 ? [argument, ''] : [argument.slice(0, cut), argument.slice(cut + 1)];
  switch (say(method)) {
    case 'doInitialize':
      return { call: 'Initialize', result, error };
    case 'doTerminate':
      return { call: 'Terminate', result, error };
    case 'doCommit':
      return { call: 'Commit', result, error };
    case 'doGetValue':
      return { call: 'GetValue', element: elementOf(name, say), type: rest && say(rest), result, error };
    case 'doSetValue':
      return { call: 'SetValue', element: elementOf(name, say), value: valueOf(rest, say), result, error };
    default:
      // DMI has one line without a method.
      return undefined;
  }
}

/** `c~OB~0~ID` → `cmi.objectives.0.id`. `&id&` stands for the index of an item with that id. */
function elementOf(name: string, say: (word: string) => string): string {
  const parts = name.split('~');
  const target = parts.indexOf('tar');
  if (target > 0) parts.splice(target, 2, `{target=${parts[target + 1]}}`);
  return parts.map((part) => (part === 'N.j' ? 'jump' : say(part))).join('.');
}

function valueOf(value: string, say: (word: string) => string): string {
  const [kind, id, request] = value.split('~');
  return kind === 'tar' && request ? `{target=${id}}${say(request)}` : say(value);
}

/** adlcp:dataFromLMS of an item of a case's package: 4,000 characters that need no second copy. */
export function launchDataOf(name: string, item: string): string {
  const manifest = new AdmZip(join(folder, `LMSTestPackage_${name}.zip`)).readAsText('imsmanifest.xml');
  const rest = manifest.slice(manifest.indexOf(`<item identifier="${item}"`));
  return /<adlcp:dataFromLMS>([^<]*)</.exec(rest)![1]!;
}
