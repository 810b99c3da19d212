import { ObjectId } from 'bson';

/** A value as MongoDB's messages show it: `{ email: "a@b", n: 1 }`. */
export function shellText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (Array.isArray(value)) return value.length ? `[ ${value.map(shellText).join(', ')} ]` : '[]';
  if (typeof value !== 'object') return String(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  const fields = Object.entries(value).map(([name, inner]) => `${name}: ${shellText(inner)}`);
  return fields.length ? `{ ${fields.join(', ')} }` : '{}';
}
