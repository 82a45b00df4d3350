import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCalendar } from '../src/lib/calendar.ts';
import { readContacts } from '../src/lib/contacts.ts';

const calendar = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]): string =>
  calendar('BEGIN:VEVENT', 'UID:1', ...lines, 'END:VEVENT');

test('an invitation says what, when, where and who', () => {
  const { method, events, moreEvents } = readCalendar(
    calendar(
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'UID:1',
      'SUMMARY:Engine\\, first\r\n  run',
      'LOCATION:Hall',
      'DESCRIPTION:Bring cards\\nand oil',
      'DTSTART;TZID=Europe/Berlin:20260701T090000',
      'DTEND;TZID=Europe/Berlin:20260701T103000',
      'RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5',
      'ORGANIZER;CN=Ada:mailto:ada@example.org',
      'ATTENDEE;CN=Charles;PARTSTAT=ACCEPTED:mailto:charles@example.org',
      'ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:mary@example.org',
      'END:VEVENT',
    ),
  );
  const zone = 'Europe/Berlin';
  const start = { wall: Date.UTC(2026, 6, 1, 9), allDay: false, zone };
  const end = { wall: Date.UTC(2026, 6, 1, 10, 30), allDay: false, zone };
  assert.deepEqual([method, moreEvents], ['request', 0]);
  assert.deepEqual(events, [
    {
      kind: 'event',
      summary: 'Engine, first run',
      description: 'Bring cards\nand oil',
      location: 'Hall',
      start: { ...start, instant: Date.UTC(2026, 6, 1, 7) },
      end: { ...end, instant: Date.UTC(2026, 6, 1, 8, 30) },
      repeats: { frequency: 'weekly', interval: 2, count: 5 },
      organiser: { name: 'Ada', address: 'ada@example.org', optional: false },
      attendees: [
        { name: 'Charles', address: 'charles@example.org', status: 'accepted', optional: false },
        { address: 'mary@example.org', optional: true },
      ],
      moreAttendees: 0,
      cancelled: false,
    },
  ]);
});

test('times are told as they were meant', () => {
  const times = (...lines: string[]) => {
    const [one] = readCalendar(event(...lines)).events;
    return [one?.start, one?.end];
  };
  const noon = Date.UTC(2026, 0, 5, 12);
  const day = Date.UTC(2026, 0, 5);
  const anywhere = { wall: noon, allDay: false };
  assert.deepEqual(times('DTSTART:20260105T120000Z'), [
    { ...anywhere, zone: 'UTC', instant: noon },
    undefined,
  ]);
  assert.deepEqual(times('DTSTART:20260105T120000'), [anywhere, undefined]);
  assert.deepEqual(times('DTSTART:20260105T120000', 'DURATION:PT1H'), [
    anywhere,
    { ...anywhere, wall: noon + 3_600_000 },
  ]);
  // The end of a whole day is the next; shown is the last.
  const whole = { wall: day, allDay: true };
  assert.deepEqual(times('DTSTART;VALUE=DATE:20260105', 'DTEND;VALUE=DATE:20260106'), [
    whole,
    whole,
  ]);
  // A zone that nobody knows, and one that the calendar brings along.
  assert.deepEqual(times('DTSTART;TZID=Nowhere:20260105T120000'), [
    { ...anywhere, zone: 'Nowhere' },
    undefined,
  ]);
  const own = calendar(
    'BEGIN:VTIMEZONE',
    'TZID:Office',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0300',
    'TZOFFSETTO:+0300',
    'END:STANDARD',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'DTSTART;TZID=Office:20260105T120000',
    'END:VEVENT',
  );
  assert.equal(readCalendar(own).events[0]?.start?.instant, noon - 3 * 3_600_000);
  // Around the change to summer time, the hour after it is another than the one before.
  const late = times('DTSTART;TZID=America/New_York:20260308T033000')[0]?.instant;
  assert.equal(late, Date.UTC(2026, 2, 8, 7, 30));
});

test('what is no calendar or contact is refused, and a long one is cut', () => {
  for (const text of ['', 'x', 'BEGIN:VCALENDAR', 'BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n', '\0']) {
    assert.throws(() => readCalendar(text), text);
  }
  for (const text of ['', 'x', calendar()]) assert.throws(() => readContacts(text), text);
  const many = 'BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n'.repeat(30).trim();
  const { events, moreEvents } = readCalendar(calendar(many));
  assert.deepEqual([events.length, moreEvents], [20, 10]);
  const crowd = Array.from({ length: 150 }, (_, at) => `ATTENDEE:mailto:a${at}@example.org`);
  assert.equal(readCalendar(event(...crowd)).events[0]?.moreAttendees, 50);
  assert.deepEqual(readCalendar(calendar()), { events: [], moreEvents: 0 });
  const odd = readCalendar(event('DTSTART:nonsense', 'RRULE:FREQ=SECONDLY', 'SUMMARY: '));
  assert.equal(odd.events[0]?.start, undefined);
});

test('a contact says who and how to reach them', () => {
  const card = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'FN:Ada Lovelace',
    'ORG:Engine Works;Weaving',
    'TITLE:Analyst',
    'TEL;TYPE=cell:+44 20 1234',
    'EMAIL;TYPE=INTERNET:ada@example.org',
    'ADR;TYPE=work:;;1 Mill Lane;London;;N1;UK',
    'URL:https://example.org/ada',
    'BDAY:1815-12-10',
    'END:VCARD',
    '',
  ].join('\r\n');
  const { contacts, more } = readContacts(card + card);
  assert.equal(more, 0);
  assert.equal(contacts.length, 2);
  assert.deepEqual(contacts[0], {
    name: 'Ada Lovelace',
    organisation: 'Engine Works, Weaving',
    title: 'Analyst',
    emails: ['ada@example.org'],
    phones: ['+44 20 1234'],
    places: ['1 Mill Lane, London, N1, UK'],
    sites: ['https://example.org/ada'],
    birthday: '1815-12-10',
  });
});
