/** A visit: a slot that the public picks, a booking with a code, and a number on the day. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { done, refused } from "./checks.js";
import { putOnTo, workingDaysAfter } from "./clock.js";
import { Person, publicApi } from "./client.js";

test("booking", async () => {
  putOnTo("2026-03-09", "11:00");
  const clerk = await Person.logIn("demo-window");
  const [tomorrow] = await workingDaysAfter(clerk, "2026-03-09", 1);
  assert.ok(tomorrow);
  const { body: guides } = await done(
    publicApi.GET("/api/v1/public/guides", { params: { query: { q: "企业变更登记" } } }),
  );
  const item = guides.items[0];
  assert.ok(item);
  const query = { day: tomorrow, item_id: item.id };
  const { body: open } = await done(publicApi.GET("/api/v1/public/appointment-slots", { params: { query } }));
  const window = open.windows.find((one) => one.window_number === "04");
  const slot = window?.slots.find((one) => one.free > 0);
  assert.ok(window && slot);

  const wish = {
    item_id: item.id,
    window_id: window.window_id,
    starts_at: slot.starts_at,
    holder: { name: "阿依古丽·买买提", phone: "13899990000" },
  };
  const { body: booked } = await done(publicApi.POST("/api/v1/public/appointments", { body: wish }), 201);
  assert.equal(booked.state, "booked");
  const { body: after } = await done(publicApi.GET("/api/v1/public/appointment-slots", { params: { query } }));
  const left = after.windows
    .find((one) => one.window_id === window.window_id)
    ?.slots.find((one) => one.starts_at === slot.starts_at);
  assert.equal(left?.free, slot.free - 1);

  const key = { appointment_number: booked.appointment_number, code: booked.lookup_code };
  const { body: seen } = await done(publicApi.POST("/api/v1/public/appointments/lookup", { body: key }));
  assert.equal(seen.starts_at, slot.starts_at);
  await refused(
    publicApi.POST("/api/v1/public/appointments/lookup", { body: { ...key, code: "AAAA-AAAA-AAAA" } }),
    404,
    "appointment_code_refused",
  );

  // At the counter a day too early, then in time: a number is given, once.
  const { body: list } = await done(clerk.api.GET("/api/v1/appointments", { params: { query: { item_id: item.id } } }));
  const mine = list.items.find((one) => one.appointment_number === booked.appointment_number);
  assert.ok(mine);
  const path = { appointment_id: mine.id };
  const checkIn = (etag: string) =>
    clerk.api.POST("/api/v1/appointments/{appointment_id}/check-in", {
      params: { path, header: { "If-Match": etag } },
    });
  const read = await done(clerk.api.GET("/api/v1/appointments/{appointment_id}", { params: { path } }));
  await refused(checkIn(read.etag), 409, "check_in_too_early");
  putOnTo(tomorrow, slot.starts_at.slice(11, 16));
  await refused(checkIn('"999"'), 412, "stale");
  const { body: arrived, etag } = await done(checkIn(read.etag));
  assert.ok(arrived.ticket);
  assert.match(arrived.ticket.number, /^A\d+$/);
  assert.equal(arrived.ticket.priority, "appointment");
  await refused(checkIn(etag), 409, "appointment_state");
  const { body: gone } = await done(publicApi.POST("/api/v1/public/appointments/lookup", { body: key }));
  assert.equal(gone.state, "checked_in");
  assert.equal(gone.can_change, false);
});
