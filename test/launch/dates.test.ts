import assert from 'node:assert/strict';
import { readDates, windowsOf, type DateFaults } from '../../src/launch/dates.ts';
import { isTimeZone, momentsOf, timeZones } from '../../src/launch/time-zones.ts';

type Typed = { from?: string; due?: string; until?: string };

describe('dates of a picked course', () => {
  const rows: [what: string, zone: string, typed: Typed, is: Record<string, string>][] = [
    ['winter', 'Europe/Berlin', { due: '2027-01-31T23:59' }, { due: '2027-01-31T22:59:00Z' }],
    ['summer', 'Europe/Berlin', { due: '2027-07-31T23:59' }, { due: '2027-07-31T21:59:00Z' }],
    ['a half hour', 'Asia/Kolkata', { from: '2027-01-01T00:00' }, { from: '2026-12-31T18:30:00Z' }],
    ['far east', 'Pacific/Kiritimati', { from: '2027-01-01T00:00' }, { from: '2026-12-31T10:00:00Z' }],
    ['far west', 'Pacific/Niue', { until: '2026-12-31T23:59' }, { until: '2027-01-01T10:59:00Z' }],
    ['leap day', 'UTC', { due: '2028-02-29T12:00' }, { due: '2028-02-29T12:00:00Z' }],
    ['typed by hand', 'UTC', { due: ' 2027-03-01 09:30 ' }, { due: '2027-03-01T09:30:00Z' }],
    ['seconds', 'UTC', { due: '2027-03-01T09:30:59.999' }, { due: '2027-03-01T09:30:00Z' }],
    ['nothing', 'UTC', { due: '', from: '  ' }, {}],
    ['first of two', 'Europe/Berlin', { from: '2027-10-31T02:30' }, { from: '2027-10-31T00:30:00Z' }],
    ['second of two', 'Europe/Berlin', { due: '2027-10-31T02:30' }, { due: '2027-10-31T01:30:00Z' }],
  ];
  for (const [what, zone, typed, is] of rows) {
    it(`reads ${what} (${JSON.stringify(typed)}, ${zone})`, () => {
      const { dates, faults } = readDates(typed, zone);
      assert.deepEqual(faults, {});
      const { available = {}, submission = {} } = windowsOf(dates);
      const found = {
        from: available.startDateTime,
        due: submission.endDateTime,
        until: available.endDateTime,
      };
      assert.deepEqual(JSON.parse(JSON.stringify(found)), is);
    });
  }

  const wrong: [typed: Typed, zone: string | undefined, faults: DateFaults][] = [
    [{ due: '2027-03-28T02:30' }, 'Europe/Berlin', { due: 'gap' }],
    [{ due: '2027-03-14T02:30' }, 'America/New_York', { due: 'gap' }],
    [{ from: '10000-01-01T00:00' }, 'UTC', { from: 'year' }],
    [{ from: '0027-01-01T00:00' }, 'UTC', { from: 'year' }],
    [{ from: '2027-02-29T00:00' }, 'UTC', { from: 'unreadable' }],
    [{ from: '2027-01-01T24:00' }, 'UTC', { from: 'unreadable' }],
    [{ from: '2027-13-01T00:00' }, 'UTC', { from: 'unreadable' }],
    [{ from: '2027-01-01' }, 'UTC', { from: 'unreadable' }],
    [{ from: 'tomorrow' }, 'UTC', { from: 'unreadable' }],
    [{ from: '2027-01-01T00:00' }, undefined, { from: 'zone' }],
    [{ from: '2027-01-02T00:00', until: '2027-01-01T00:00' }, 'UTC', { until: 'afterFrom' }],
    [{ from: '2027-01-01T00:00', until: '2027-01-01T00:00' }, 'UTC', { until: 'afterFrom' }],
    [{ from: '2027-01-02T00:00', due: '2027-01-01T00:00' }, 'UTC', { due: 'afterFrom' }],
    [{ due: '2027-01-02T00:00', until: '2027-01-01T23:59' }, 'UTC', { until: 'afterDue' }],
    [{ from: 'x', due: '2027-01-02T00:00', until: '2027-01-01T00:00' }, 'UTC', { from: 'unreadable', until: 'afterDue' }], // prettier-ignore
  ];
  for (const [typed, zone, faults] of wrong) {
    it(`says ${JSON.stringify(faults)} of ${JSON.stringify(typed)} (${zone})`, () =>
      assert.deepEqual(readDates(typed, zone).faults, faults));
  }
  it('may be due in the moment it closes', () => {
    const { faults } = readDates({ due: '2027-01-01T00:00', until: '2027-01-01T00:00' }, 'UTC');
    assert.deepEqual(faults, {});
  });

  it('every zone that is offered is one, and its clocks show each moment once, but for an hour or so a year', () => {
    const zones = timeZones().flatMap((group) => group.zones);
    assert.ok(zones.length > 300);
    assert.equal(new Set(zones.map(({ id }) => id)).size, zones.length);
    for (const { id, name } of zones) {
      assert.ok(isTimeZone(id) && name !== '', id);
      assert.equal(momentsOf(Date.UTC(2027, 0, 15, 12), id).length, 1, id);
    }
  });
  it('names of no zone are none', () => {
    for (const id of ['', 'Mars/Olympus', '+01:00', '__proto__', 'x'.repeat(65)])
      assert.equal(isTimeZone(id), false, id);
  });
});
