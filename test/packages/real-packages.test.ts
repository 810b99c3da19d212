import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { leavesOf } from '../../src/scorm/course.ts';
import type { Context } from '../../src/context.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';
import { openWorld } from '../support/world.ts';
import { matchEach, otherPeoples, shared, zipsIn } from './other-peoples.ts';
import { hrefs, openable, readZipFile } from './read.ts';

describe('packages of other people', () => {
  for (const [folder, table] of Object.entries(otherPeoples)) {
    describe(folder, () => {
      for (const [name, expected] of Object.entries(table)) {
        it(`${name} ${'faults' in expected ? 'is refused' : 'is read'}`, async function () {
          const path = join(shared, folder, name);
          if (!existsSync(path)) return this.skip();
          const { read, faults } = await readZipFile(path);
          if ('faults' in expected) {
            assert.ok(faults, 'was accepted');
            matchEach(faults, expected.faults);
            return;
          }
          assert.ok(read, faults?.join('\n'));
          assert.deepEqual(
            typeof expected.opens === 'number' ? hrefs(read).length : hrefs(read),
            expected.opens,
          );
          matchEach(read.warnings, expected.warns ?? []);
          if (expected.edition) assert.equal(read.definition.edition, expected.edition);
          if (expected.kinds)
            assert.equal(
              openable(read.definition.root)
                .map((leaf) => leaf.kind)
                .join(' '),
              expected.kinds,
            );
        });
      }

      it('has none that is not expected here', function () {
        const names = zipsIn(folder);
        if (names.length === 0) return this.skip();
        assert.deepEqual(
          names.filter((name) => !table[name]),
          [],
        );
      });
    });
  }

  it('of ADL’s test suite for SCORM 2004 are all read, with all their activities', async function () {
    const names = zipsIn('adl-2004-4th');
    if (names.length === 0) return this.skip();
    for (const name of names) {
      const { read, faults } = await readZipFile(join(shared, 'adl-2004-4th', name));
      assert.ok(read, `${name}: ${faults?.join('\n')}`);
      const leaves = leavesOf(read.definition.root);
      assert.ok(
        leaves.every((leaf) => leaf.href),
        name,
      );
      assert.match(read.definition.edition, /^2004 4th/, name);
    }
  });

  it('are unpacked whole: every file of a golf course is served as it was packed', async function () {
    const path = join(shared, 'rustici-golf/scorm12__RuntimeBasicCalls_SCORM12.zip');
    if (!existsSync(path)) return this.skip();
    const { ctx, close } = await openWorld();
    try {
      const { version } = await ingestPackage(ctx as Context, {
        path,
        workspace: 'wsp_golf',
        by: 'usr_author',
      });
      const { read } = await readZipFile(path);
      assert.equal(version.fileCount, read!.files.length);
      for (const file of read!.files) {
        const stored = await ctx.files.find(version._id, file.path);
        assert.equal(stored?.size, file.entry.uncompressedSize, file.path);
      }
    } finally {
      await close();
    }
  });
});
