// Dates and times in the reader's own language and time zone.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const shortWeekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const longDayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const everything = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

const toTheMillisecond = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false,
});

const DAY_MS = 86_400_000;

/** Midnight at the start of a local day: two times fall on the same day when this is the same. */
export function dayOf(time: string | number | Date): number {
  const date = new Date(time);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

function daysAgo(time: string, now: number): number {
  return Math.round((dayOf(now) - dayOf(time)) / DAY_MS);
}

export function clockTime(time: string): string {
  return clock.format(new Date(time));
}

/** The clock without "AM" or "PM", for where there is no room and the hour is plain from what is above. */
export function shortClock(time: string): string {
  const parts = clock.formatToParts(new Date(time));
  return parts
    .filter(({ type }) => type !== "dayPeriod")
    .map(({ value }) => value)
    .join("")
    .trim();
}

/** For a log: the clock to the millisecond. */
export function exactTime(time: string | number): string {
  return toTheMillisecond.format(new Date(time));
}

export function fullTime(time: string): string {
  return everything.format(new Date(time));
}

/** For a list: the clock today, else the day. */
export function listTime(time: string, now: number): string {
  const days = daysAgo(time, now);
  if (days <= 0) return clockTime(time);
  if (days === 1) return "Yesterday";
  return (days < 7 ? shortWeekday : dayAndMonth).format(new Date(time));
}

/** For the line between two days. */
export function dayName(time: string, now: number): string {
  const days = daysAgo(time, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  const date = new Date(time);
  if (days < 7) return weekday.format(date);
  return (date.getFullYear() === new Date(now).getFullYear() ? longDay : longDayAndYear).format(date);
}

/** How long ago somebody was here, in a few words. */
export function lastSeen(time: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(time)) / 60_000);
  if (minutes < 1) return "Last seen just now";
  if (minutes < 60) return `Last seen ${minutes} min ago`;
  if (minutes < 24 * 60) return `Last seen ${Math.floor(minutes / 60)} h ago`;
  return `Last seen ${listTime(time, now)}`;
}
