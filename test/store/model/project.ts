import { isPlain, type Doc } from './order.ts';
import type { Projection } from './operations.ts';

/** What a projection of plain paths leaves of a document. https://www.mongodb.com/docs/manual/reference/operator/projection/ */
export function projected(doc: Doc, projection: Projection = {}): Doc {
  const { _id: id, ...others } = projection;
  const paths = Object.keys(others).map((path) => path.split('.'));
  const includes = paths.length ? Object.values(others).includes(1) : id === 1;
  if (!includes) return exclude(doc, id === 0 ? [...paths, ['_id']] : paths) as Doc;
  return include(doc, id === 0 ? paths : [['_id'], ...paths]) as Doc;
}

function exclude(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value)) return value.map((item) => exclude(item, paths));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const further = paths.filter(([first]) => first === name).map((path) => path.slice(1));
      if (further.some((path) => !path.length)) return [];
      return [[name, further.length ? exclude(inner, further) : inner]];
    }),
  );
}

function include(value: unknown, paths: string[][]): unknown {
  if (Array.isArray(value))
    return value.filter((item) => isPlain(item) || Array.isArray(item)).map((item) => include(item, paths));
  if (!isPlain(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const further = paths.filter(([first]) => first === name).map((path) => path.slice(1));
      if (!further.length) return [];
      if (further.some((path) => !path.length)) return [[name, inner]];
      const kept = include(inner, further);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}
