// What is said of a moment of the log. Pure but for the day that it is.

import type { RecordLine } from "../../generated.ts";
import { dayAndTime, timeOf } from "../moments.ts";

const NUMBER = new Intl.NumberFormat("en");

/** "Viewing 14:02, event 812 of 1,204". */
export function captionOf(at: number | null, line: RecordLine | null, head: number): string {
  if (at === null) return `Now, after ${NUMBER.format(head)} events`;
  const when =
    line?.seq === at ? `${today(line.at) ? timeOf(line.at) : dayAndTime(line.at)}, ` : "";
  return `Viewing ${when}event ${NUMBER.format(at)} of ${NUMBER.format(head)}`;
}

function today(moment: string): boolean {
  return new Date(moment).toDateString() === new Date().toDateString();
}
