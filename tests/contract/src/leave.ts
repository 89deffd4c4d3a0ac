/** Leave: asked for at a window, agreed by the department, approved by the director, ended by coming back. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { allowed, done, refused } from "./checks.js";
import { putOnTo, workingDaysAfter } from "./clock.js";
import { Person } from "./client.js";

test("leave", async () => {
  putOnTo("2026-03-04", "10:10");
  const clerk = await Person.logIn("demo-window");
  const [first, second] = await workingDaysAfter(clerk, "2026-03-04", 2);
  assert.ok(first && second);
  const { body: asked, etag } = await done(
    clerk.api.POST("/api/v1/leave-requests", {
      body: {
        kind: "annual",
        starts_on: first,
        starts_half: "morning",
        ends_on: second,
        ends_half: "morning",
        reason: "陪护家人。",
      },
    }),
    201,
  );
  assert.equal(asked.state, "awaiting_agreement"); // more than a day: the department first
  assert.ok(!allowed(asked).includes("approve"));

  const at = (seen: string) => ({ path: { leave_id: asked.id }, header: { "If-Match": seen } });
  const chief = await Person.logIn("demo-chief");
  const director = await Person.logIn("demo-director");
  await refused(
    chief.api.POST("/api/v1/leave-requests/{leave_id}/approve", { params: at(etag) }),
    403,
    "forbidden",
  );
  await refused(
    director.api.POST("/api/v1/leave-requests/{leave_id}/approve", { params: at(etag) }),
    409,
    "leave_state",
  );
  const { body: agreed, etag: onward } = await done(
    chief.api.POST("/api/v1/leave-requests/{leave_id}/agree", { params: at(etag), body: {} }),
  );
  assert.equal(agreed.state, "awaiting_approval");
  await refused(
    director.api.POST("/api/v1/leave-requests/{leave_id}/approve", { params: at(etag) }),
    412,
    "stale",
  );
  const { body: approved } = await done(
    director.api.POST("/api/v1/leave-requests/{leave_id}/approve", { params: at(onward) }),
  );
  assert.equal(approved.state, "approved");

  putOnTo(second, "16:05"); // back on the second afternoon
  const read = await done(
    clerk.api.GET("/api/v1/leave-requests/{leave_id}", { params: { path: { leave_id: asked.id } } }),
  );
  const { body: back } = await done(
    clerk.api.POST("/api/v1/leave-requests/{leave_id}/return", { params: at(read.etag), body: {} }),
  );
  assert.equal(back.state, "returned");
  const { body: timeline } = await done(
    clerk.api.GET("/api/v1/leave-requests/{leave_id}/timeline", { params: { path: { leave_id: asked.id } } }),
  );
  const kinds = timeline.items.map((event) => event.kind);
  assert.deepEqual(kinds.filter((kind) => ["requested", "agreed", "approved", "returned"].includes(kind)), [
    "requested",
    "agreed",
    "approved",
    "returned",
  ]);
});
