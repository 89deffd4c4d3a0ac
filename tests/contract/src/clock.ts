/** The service's clock, which goes as ever but can be put on to another day. */
import { writeFileSync } from "node:fs";

import { done } from "./checks.js";
import type { Person } from "./client.js";

const FILE = process.env["YIMEN_CONTRACT_CLOCK"] ?? "";

/** Put the clock on to a time of the hall, such as `2026-03-02`, `10:00`. */
export function putOnTo(day: string, time: string): void {
  const ahead = (Date.parse(`${day}T${time}:00+08:00`) - Date.now()) / 1000;
  writeFileSync(FILE, String(ahead));
}

/** The working days after a day, as the hall's own calendar has them. */
export async function workingDaysAfter(person: Person, day: string, count: number): Promise<string[]> {
  const until = new Date(Date.parse(day) + 24 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  const { body } = await done(
    person.api.GET("/api/v1/calendar/days", { params: { query: { from: day, to: until } } }),
  );
  return body.items
    .filter((one) => one.is_working_day && one.day > day)
    .map((one) => one.day)
    .slice(0, count);
}
