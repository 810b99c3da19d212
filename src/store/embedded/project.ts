import type { Document } from 'bson';
import { StoreError } from './errors.ts';
import { compileShape } from './mingo.ts';
import { Elements, parse, write } from './raw.ts';

/** Shapes a found document as the projection asks; simple ones on the bytes. https://www.mongodb.com/docs/manual/reference/operator/projection/ */
export function compileProjection(
  projection: Document | undefined,
  filter: Document,
): (doc: Buffer) => Buffer {
  const entries = Object.entries(projection ?? {});
  if (!entries.length) return (doc) => doc;
  const isFlag = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';
  const flags = entries
    .filter(([, value]) => isFlag(value))
    .map(([name, value]) => ({ name, keep: Boolean(value) }));
  const kinds = new Set(flags.filter(({ name }) => name !== '_id').map(({ keep }) => keep));
  if (kinds.size > 1) {
    const [first] = flags.filter(({ name }) => name !== '_id');
    const other = flags.find(({ name, keep }) => name !== '_id' && keep !== first!.keep)!;
    const [verb, kind] = other.keep ? ['inclusion', 'exclusion'] : ['exclusion', 'inclusion'];
    throw new StoreError(2, `Cannot do ${verb} on field ${other.name} in ${kind} projection`);
  }
  const simple =
    flags.length === entries.length &&
    flags.every(({ name }) => !name.includes('.') && !name.startsWith('$'));
  if (simple) return onBytes(flags);
  const shape = compileShape(projection!, filter);
  return (doc) => write(shape(parse(doc)));
}

function onBytes(flags: { name: string; keep: boolean }[]): (doc: Buffer) => Buffer {
  const id = flags.find(({ name }) => name === '_id')?.keep;
  const others = flags.filter(({ name }) => name !== '_id');
  const including = others.length ? others[0]!.keep : id === true;
  const named = new Set(others.map(({ name }) => name));
  return (doc) => {
    const parts: Buffer[] = [Buffer.alloc(4)];
    const element = new Elements(doc);
    while (element.next()) {
      const { name } = element;
      const keep = name === '_id' ? id !== false : named.has(name) === including;
      if (keep) parts.push(doc.subarray(element.start, element.end));
    }
    parts.push(Buffer.alloc(1));
    const out = Buffer.concat(parts);
    out.writeInt32LE(out.length);
    return out;
  };
}
