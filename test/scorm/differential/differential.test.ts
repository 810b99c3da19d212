import assert from 'node:assert/strict';
import type { Standard } from '../../../src/scorm/course.ts';
import { compare, type Difference } from './compare.ts';
import { rows12 } from './rows12.ts';
import { rows2004 } from './rows2004.ts';
import type { Row } from './rows.ts';

const tables: Record<Standard, Row[]> = { scorm12: rows12, scorm2004: rows2004 };

/** Seeds of stories, and calls in each: enough for every row to occur. */
const stories = 220;
const calls = 45;

describe('beside scorm-again', function () {
  this.timeout(20_000);
  const { info, warn } = console;
  before(() => Object.assign(console, { info: () => {}, warn: () => {} }));
  after(() => Object.assign(console, { info, warn }));

  for (const standard of ['scorm12', 'scorm2004'] as const) {
    it(`${standard} answers alike, or differently for a reason`, () => {
      const table = tables[standard];
      const used = new Set<Row>();
      const strange: string[] = [];
      const judge = (difference: Difference) => {
        const row = table.find(({ is }) => is(difference));
        if (row) used.add(row);
        else strange.push(JSON.stringify(difference).slice(0, 300));
      };
      let asked = 0;
      for (let seed = 1; seed <= stories; seed++) asked += compare(standard, seed, calls, judge);
      assert.ok(asked > 5_000, `${asked} calls`);
      assert.deepEqual(strange.slice(0, 20), [], `${strange.length} differences without a row`);
      const idle = table.filter((row) => !used.has(row)).map(({ what }) => what);
      assert.deepEqual(idle, [], 'these differences are no more');
    });
  }
});
