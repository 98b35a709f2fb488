// Times as people read them. Pure: who calls says what time it is.

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const DAY_AND_TIME = new Intl.DateTimeFormat("en", {
  year: "numeric",
  month: "short",
  day: "numeric",
  ...CLOCK,
});
const TIME = new Intl.DateTimeFormat("en", CLOCK);
const SECOND = new Intl.DateTimeFormat("en", { ...CLOCK, second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });

/** How long ago: "4 minutes ago". */
export function ago(moment: string, now: number): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  for (const [unit, size] of STEPS) {
    if (seconds >= size) return RELATIVE.format(-Math.floor(seconds / size), unit);
  }
  return "just now";
}

/** The day and the time: "Jan 31, 2026, 14:02". */
export function dayAndTime(moment: string): string {
  return DAY_AND_TIME.format(Date.parse(moment));
}

/** The time alone: "14:02". */
export function timeOf(moment: string): string {
  return TIME.format(Date.parse(moment));
}

/** The time to the second if it was on the day of `now`, else the day and the time. */
export function when(moment: string, now: number): string {
  const [then, today] = [new Date(moment), new Date(now)];
  if (then.toDateString() !== today.toDateString()) return dayAndTime(moment);
  return `today, ${SECOND.format(then)}`;
}

/** The day alone: "Saturday, January 31". */
export function dayOf(moment: string): string {
  return DAY.format(Date.parse(moment));
}
