/** A database for ltijs that is none: its least possible. Collections are lists that are indexed by the queries that ltijs asks. */
module.exports = function memory() {
  const collections = new Map();
  const of = (name) => {
    if (!collections.has(name)) collections.set(name, new Map());
    return collections.get(name);
  };
  const matches = (row, query = {}) => Object.entries(query).every(([key, value]) => row[key] === value);
  /** What it looks for one by one (sessions, nonces) is kept by that query; the few platforms and keys are looked through. */
  const keyed = new Set(['idtoken', 'contexttoken', 'nonce', 'state']);
  const find = (name, query) => {
    const rows = of(name);
    if (!keyed.has(name)) return [...rows.values()].filter((row) => matches(row, query));
    const row = rows.get(JSON.stringify(query));
    return row ? [row] : [];
  };
  return {
    setup: async () => true,
    Close: async () => true,
    Get: async (_encrypted, name, query) => {
      const found = find(name, query);
      return found.length > 0 && found;
    },
    Insert: async (_encrypted, name, item, index) => {
      const row = { createdAt: Date.now(), ...index, ...item };
      of(name).set(JSON.stringify(keyed.has(name) ? item : index), row);
      return true;
    },
    Replace: async (_encrypted, name, query, item, index) => {
      of(name).set(JSON.stringify(query), { createdAt: Date.now(), ...index, ...item });
      return true;
    },
    Modify: async (_encrypted, name, query, change) => {
      for (const row of find(name, query)) Object.assign(row, change);
      return true;
    },
    Delete: async (name, query) => {
      for (const [key, row] of of(name)) if (matches(row, query)) of(name).delete(key);
      return true;
    },
  };
};
