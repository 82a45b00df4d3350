/**
 * Calendar objects (iCalendar, RFC 5545, by mail RFC 6047) as plain data. A hostile one can make the
 * library count for ever, so that this runs in the parser worker alone, which is given up then.
 */

import ICAL from 'ical.js';

/** A point in time, as somebody wrote it down. */
export interface When {
  /** Milliseconds since 1970; absent where no zone says when that is, as of a whole day. */
  instant?: number;
  /** The clock on the wall, as milliseconds since 1970 as if it hung in UTC. */
  wall: number;
  allDay: boolean;
  /** Where the wall is: a name, mostly of the IANA's database; absent where it may be anywhere. */
  zone?: string;
}

export interface Attendee {
  name?: string;
  address: string;
  /** `accepted`, `declined`, `tentative`, `needs-action`… (RFC 5545 section 3.2.12). */
  status?: string;
  optional: boolean;
}

export interface Repetition {
  frequency: 'daily' | 'weekly' | 'monthly' | 'yearly' | 'other';
  interval: number;
  count?: number;
  until?: When;
}

export interface CalendarEvent {
  kind: 'event' | 'task' | 'other';
  summary?: string;
  description?: string;
  location?: string;
  start?: When;
  /** The last moment; of whole days, the last day. */
  end?: When;
  repeats?: Repetition;
  organiser?: Attendee;
  attendees: Attendee[];
  /** Attendees that are not in the list. */
  moreAttendees: number;
  cancelled: boolean;
}

export interface Calendar {
  /** `request`, `cancel`, `reply`, `publish`… (RFC 5546), in lower case. */
  method?: string;
  events: CalendarEvent[];
  moreEvents: number;
}

const LONGEST_TEXT = 4_000;
const MOST_EVENTS = 20;
const MOST_ATTENDEES = 100;
const DAY_MS = 86_400_000;
const KINDS: Readonly<Record<string, CalendarEvent['kind']>> = {
  vevent: 'event',
  vtodo: 'task',
  vjournal: 'other',
};

/** The calendar in `text`; throws where it is none. */
export function readCalendar(text: string): Calendar {
  const parsed: unknown[] = ICAL.parse(text);
  const first = Array.isArray(parsed[0]) ? parsed[0] : parsed;
  const root = new ICAL.Component(first as never);
  if (root.name !== 'vcalendar') throw new TypeError('not a calendar');
  const zones = zonesOf(root);
  const all = root.getAllSubcomponents().filter(({ name }) => Object.hasOwn(KINDS, name));
  const method = textOf(root, 'method')?.toLowerCase();
  return {
    ...(method !== undefined && { method }),
    events: all.slice(0, MOST_EVENTS).map((component) => eventOf(component, zones)),
    moreEvents: Math.max(0, all.length - MOST_EVENTS),
  };
}

type Zones = ReadonlyMap<string, ICAL.Timezone>;

function zonesOf(root: ICAL.Component): Zones {
  const zones = new Map<string, ICAL.Timezone>();
  for (const component of root.getAllSubcomponents('vtimezone').slice(0, MOST_EVENTS)) {
    const tzid = textOf(component, 'tzid');
    if (tzid !== undefined) zones.set(tzid, new ICAL.Timezone({ component, tzid }));
  }
  return zones;
}

function eventOf(component: ICAL.Component, zones: Zones): CalendarEvent {
  const start = whenOf(component, 'dtstart', zones);
  const end = endOf(component, start, zones);
  const people = component.getAllProperties('attendee');
  const organiser = component.getFirstProperty('organizer');
  const repeats = repetitionOf(component, zones);
  const summary = textOf(component, 'summary');
  const description = textOf(component, 'description');
  const location = textOf(component, 'location');
  return {
    kind: KINDS[component.name] ?? 'other',
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(start && { start }),
    ...(end && { end }),
    ...(repeats && { repeats }),
    ...(organiser && { organiser: attendeeOf(organiser) }),
    attendees: people.slice(0, MOST_ATTENDEES).map(attendeeOf),
    moreAttendees: Math.max(0, people.length - MOST_ATTENDEES),
    cancelled: textOf(component, 'status')?.toLowerCase() === 'cancelled',
  };
}

/** A property's value; one that is malformed takes nothing but itself away. */
export function valueOf(property: ICAL.Property | null): unknown {
  try {
    return property?.getFirstValue();
  } catch {
    return undefined;
  }
}

function textOf(component: ICAL.Component, name: string): string | undefined {
  const value = valueOf(component.getFirstProperty(name));
  const text = value === null || value === undefined ? '' : String(value).trim();
  return text === '' ? undefined : text.slice(0, LONGEST_TEXT);
}

function attendeeOf(property: ICAL.Property): Attendee {
  const parameter = (name: string): string | undefined => {
    const value = property.getParameter(name);
    return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : undefined;
  };
  const name = parameter('cn');
  const status = parameter('partstat')?.toLowerCase();
  return {
    ...(name && { name }),
    address: String(valueOf(property) ?? '')
      .replace(/^mailto:/i, '')
      .slice(0, 320),
    ...(status && { status }),
    optional: parameter('role')?.toUpperCase() === 'OPT-PARTICIPANT',
  };
}

function whenOf(component: ICAL.Component, name: string, zones: Zones): When | undefined {
  const property = component.getFirstProperty(name);
  const value = valueOf(property);
  if (!(value instanceof ICAL.Time)) return undefined;
  const tzid = property?.getParameter('tzid');
  return whenAt(value, typeof tzid === 'string' ? tzid : undefined, zones);
}

function whenAt(time: ICAL.Time, tzid: string | undefined, zones: Zones): When | undefined {
  const { year, month, day, hour, minute, second, isDate: allDay } = time;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  if (!Number.isFinite(wall)) return undefined;
  if (allDay) return { wall, allDay };
  const zone = time.zone?.tzid === 'UTC' ? 'UTC' : tzid;
  if (zone === undefined) return { wall, allDay };
  if (zone === 'UTC') return { wall, allDay, zone, instant: wall };
  const instant = instantBy(zone, wall) ?? instantIn(zones.get(zone), time, wall);
  return { wall, allDay, zone, ...(instant !== undefined && { instant }) };
}

/** By the rules that the browser has for the zone. */
function instantBy(zone: string, wall: number): number | undefined {
  const offset = (at: number): number => {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return (sign === '-' ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes));
  };
  try {
    // The offset of a moment near by, and then of the moment itself, for the hours around a change.
    const near = wall - offset(wall);
    return wall - offset(near);
  } catch {
    return undefined;
  }
}

/** By the rules that came with the calendar. */
function instantIn(zone: ICAL.Timezone | undefined, time: ICAL.Time, wall: number) {
  if (zone === undefined) return undefined;
  const offset: number = zone.utcOffset(time);
  return Number.isFinite(offset) ? wall - offset * 1_000 : undefined;
}

function endOf(component: ICAL.Component, start: When | undefined, zones: Zones): When | undefined {
  const name = component.name === 'vtodo' ? 'due' : 'dtend';
  const end = whenOf(component, name, zones);
  // The end of whole days is the day after.
  if (end?.allDay) return { ...end, wall: Math.max(end.wall - DAY_MS, start?.wall ?? 0) };
  if (end !== undefined || start === undefined) return end;
  const duration = valueOf(component.getFirstProperty('duration'));
  if (!(duration instanceof ICAL.Duration)) return undefined;
  const length = duration.toSeconds() * 1_000 - (start.allDay ? DAY_MS : 0);
  if (!(length > 0)) return undefined;
  const { wall, instant } = start;
  return {
    ...start,
    wall: wall + length,
    ...(instant !== undefined && { instant: instant + length }),
  };
}

function repetitionOf(component: ICAL.Component, zones: Zones): Repetition | undefined {
  const rule = valueOf(component.getFirstProperty('rrule'));
  if (!(rule instanceof ICAL.Recur)) return undefined;
  const word = String(rule.freq).toLowerCase();
  const known = ['daily', 'weekly', 'monthly', 'yearly'] as const;
  const until = rule.until instanceof ICAL.Time ? whenAt(rule.until, undefined, zones) : undefined;
  return {
    frequency: known.find((one) => one === word) ?? 'other',
    interval: Math.max(1, Number(rule.interval) || 1),
    ...(rule.count ? { count: Number(rule.count) } : {}),
    ...(until && { until }),
  };
}
