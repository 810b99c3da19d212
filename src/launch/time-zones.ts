/** Time zones under a name for people, those of a continent together. */
export type ZoneGroup = { name: string; zones: { id: string; name: string }[] };

let groups: ZoneGroup[] | undefined;

/** All that there are; reckoned once. */
export function timeZones(): ZoneGroup[] {
  groups ??= groupsOf([...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])]);
  return groups;
}

export function isTimeZone(id: string): boolean {
  try {
    return id.length <= 64 && /^[A-Za-z]/.test(id) && clockOf(id) !== undefined;
  } catch {
    return false;
  }
}

/** "Knox, Indiana". What its time is called would take half a second to find out for all of them; the browser says it of one. */
export function zoneName(id: string): string {
  return id
    .split('/')
    .slice(id.includes('/') ? 1 : 0)
    .toReversed()
    .join(', ')
    .replaceAll('_', ' ');
}

/**
 * The moments in which clocks of a zone show this: mostly one, none while clocks are put forward, two while they are put back.
 * `shown` is in milliseconds, as if the clock showed UTC.
 */
export function momentsOf(shown: number, zone: string): number[] {
  const clock = clockOf(zone);
  const day = 24 * 3600_000;
  const offsets = new Set([shown - day, shown + day].map((time) => offsetAt(clock, time)));
  return [...offsets]
    .map((offset) => shown - offset)
    .filter((time) => time + offsetAt(clock, time) === shown)
    .toSorted((a, b) => a - b);
}

function groupsOf(ids: string[]): ZoneGroup[] {
  const byContinent = Map.groupBy(ids, (id) => (id.includes('/') ? id.slice(0, id.indexOf('/')) : ''));
  return [...byContinent].map(([name, mine]) => ({
    name,
    zones: mine.map((id) => ({ id, name: zoneName(id) })).toSorted((a, b) => a.name.localeCompare(b.name)),
  }));
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

/** How far the clock is ahead of UTC then. */
function offsetAt(clock: Intl.DateTimeFormat, time: number): number {
  const parts = new Map(clock.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const [year, month, day] = [parts.get('year')!, parts.get('month')!, parts.get('day')!];
  const shown = Date.UTC(year, month - 1, day, parts.get('hour'), parts.get('minute'), parts.get('second'));
  return shown - time;
}
