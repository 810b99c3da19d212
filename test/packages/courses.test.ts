import assert from 'node:assert/strict';
import { courses, type CourseRecord } from '../../src/packages/course.model.ts';
import {
  findCourse,
  findVersion,
  getCourse,
  getVersion,
  listCourses,
  removeCourse,
} from '../../src/packages/courses.ts';
import { newId } from '../../src/store/id.ts';
import { BadCursor } from '../../src/store/newest-first.ts';
import { NotFound } from '../../src/web/errors.ts';
import type { Context } from '../../src/context.ts';
import { openWorld } from '../support/world.ts';

const workspace = 'wsp_list';
let ctx: Context;
let close: () => Promise<void>;
before(async () => {
  ({ ctx, close } = await openWorld());
});
after(() => close());

async function add(title: string, createdAt: Date, where = workspace): Promise<string> {
  const record: CourseRecord = {
    _id: newId('crs'),
    workspace: where,
    title,
    description: '',
    standard: 'scorm12',
    published: 'ver_none',
    createdAt,
    updatedAt: createdAt,
  };
  await courses(ctx.db).create([record]);
  return record._id;
}

describe('the list of courses', () => {
  it('gives every course of the workspace once, newest first, page by page', async () => {
    const place = newId('wsp');
    const start = Date.UTC(2026, 0, 1);
    // Three at each moment: the time alone does not order them.
    for (let i = 0; i < 24; i++) await add(`Course ${i}`, new Date(start + Math.floor(i / 3) * 1000), place);
    await add('Somebody else’s', new Date(start), newId('wsp'));
    for (const limit of [1, 5, 24, 100]) {
      const seen: CourseRecord[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await listCourses(ctx, place, { limit, cursor });
        assert.ok(page.courses.length <= limit);
        seen.push(...page.courses);
        cursor = page.nextCursor;
        pages += 1;
      } while (cursor !== undefined);
      assert.equal(pages, Math.ceil(24 / limit));
      assert.equal(new Set(seen.map((course) => course._id)).size, 24);
      const sorted = [...seen].sort(
        (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a._id < b._id ? 1 : -1),
      );
      assert.deepEqual(seen, sorted);
    }
  });

  it('does not lose its place when a course is added meanwhile', async () => {
    const place = newId('wsp');
    for (let i = 0; i < 4; i++) await add(`${i}`, new Date(1000 + i), place);
    const first = await listCourses(ctx, place, { limit: 2 });
    await add('new', new Date(5000), place);
    const second = await listCourses(ctx, place, { limit: 2, cursor: first.nextCursor });
    assert.deepEqual(
      [...first.courses, ...second.courses].map((course) => course.title),
      ['3', '2', '1', '0'],
    );
    assert.equal(second.nextCursor, undefined);
  });

  it('finds a part of the title in any case, and takes every character for itself', async () => {
    const place = newId('wsp');
    const titles = ['Fire Safety', 'Feuerschutz (Größe)', 'What? 100% [a-z] \\d+', 'C++ / a|b.*'];
    for (const [i, title] of titles.entries()) await add(title, new Date(1000 + i), place);
    const search = async (text: string) =>
      (await listCourses(ctx, place, { limit: 10, search: text })).courses.map((course) => course.title);
    assert.deepEqual(await search('fire s'), ['Fire Safety']);
    assert.deepEqual(await search('SAFETY'), ['Fire Safety']);
    assert.deepEqual(await search('(größe)'), ['Feuerschutz (Größe)']);
    for (const literal of ['?', '100%', '[a-z]', '\\d+'])
      assert.deepEqual(await search(literal), ['What? 100% [a-z] \\d+']);
    for (const literal of ['++', 'a|b', '.*', ' / '])
      assert.deepEqual(await search(literal), ['C++ / a|b.*']);
    assert.deepEqual(await search('^F'), []);
    assert.deepEqual(await search('('.repeat(1000)), []);
    assert.equal((await search('  ')).length, 4);
  });

  it('refuses a cursor that is none', async () => {
    for (const cursor of [
      '',
      'x',
      '🙂',
      Buffer.from('2026-01-01T00:00:00Z {"$gt":""}').toString('base64url'),
      'a'.repeat(10_000),
    ]) {
      await assert.rejects(listCourses(ctx, workspace, { limit: 5, cursor }), BadCursor, cursor);
    }
  });
});

describe('a course', () => {
  it('is found in its own workspace only', async () => {
    const id = await add('Mine', new Date());
    assert.equal((await getCourse(ctx, workspace, id)).title, 'Mine');
    assert.equal(await findCourse(ctx, 'wsp_other', id), undefined);
    await assert.rejects(getCourse(ctx, 'wsp_other', id), NotFound);
  });

  it('that is removed is gone from lists and look-ups, once', async () => {
    const id = await add('Going', new Date());
    await assert.rejects(removeCourse(ctx, 'wsp_other', id), NotFound);
    await removeCourse(ctx, workspace, id);
    assert.equal(await findCourse(ctx, workspace, id), undefined);
    const { courses: listed } = await listCourses(ctx, workspace, { limit: 100 });
    assert.ok(!listed.some((course) => course._id === id));
    await assert.rejects(removeCourse(ctx, workspace, id), NotFound);
    assert.ok(await courses(ctx.db).exists({ _id: id }));
  });

  it('has versions that are found, or are not', async () => {
    assert.equal(await findVersion(ctx, 'ver_none'), undefined);
    await assert.rejects(getVersion(ctx, 'ver_none'), NotFound);
  });
});
