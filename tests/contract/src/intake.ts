/** A case from the window where it comes in to the signature for its result. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { allowed, done, refused } from "./checks.js";
import { putOnTo, workingDaysAfter } from "./clock.js";
import { Person, publicApi, type Schemas } from "./client.js";

test("intake to delivery", async () => {
  putOnTo("2026-03-03", "10:30");
  const clerk = await Person.logIn("demo-window");
  const { body: found } = await done(
    clerk.api.GET("/api/v1/service-items", { params: { query: { q: "企业变更登记" } } }),
  );
  const listed = found.items[0];
  assert.ok(listed);
  const { body: item } = await done(
    clerk.api.GET("/api/v1/service-items/{item_id}", { params: { path: { item_id: listed.id } } }),
  );
  const materials = item.content.materials.map((one) => ({ material_key: one.key }));
  assert.ok(materials.length > 0);

  const wish: Schemas["CaseCreate"] = {
    item_id: item.id,
    applicant: { kind: "person", name: "阿依古丽·买买提", phone: "13899990000" },
    materials,
  };
  // Nothing is lost when the line breaks: the same key brings the same case.
  const once = { header: { "Idempotency-Key": "contract-intake-1" } };
  const { body: taken, etag } = await done(clerk.api.POST("/api/v1/cases", { params: once, body: wish }), 201);
  assert.equal(taken.state, "accepted");
  const { body: same } = await done(clerk.api.POST("/api/v1/cases", { params: once, body: wish }), 201);
  assert.equal(same.case_number, taken.case_number);
  await refused(
    clerk.api.POST("/api/v1/cases", { params: once, body: { ...wish, note: "另一件" } }),
    422,
    "idempotency_key_reused",
  );

  // What is malformed is pointed at, and never repeated.
  const wrong = await refused(
    clerk.api.POST("/api/v1/cases", { body: { ...wish, applicant: { ...wish.applicant, phone: "1" } } }),
    422,
    "invalid_input",
  );
  assert.ok(wrong.errors?.some((one) => one.pointer.startsWith("/applicant")));

  // The date is promised, and can be explained day by day.
  const path = { case_id: taken.id };
  const { body: deadline } = await done(clerk.api.GET("/api/v1/cases/{case_id}/deadline", { params: { path } }));
  assert.equal(deadline.due_at, taken.due_at);
  const counted = await workingDaysAfter(clerk, "2026-03-03", listed.committed_days ?? 0);
  assert.equal(taken.due_at?.slice(0, 10), counted.at(-1) ?? "2026-03-03");
  const { body: papers } = await done(clerk.api.GET("/api/v1/cases/{case_id}/papers", { params: { path } }));
  assert.ok(papers.some((paper) => paper.kind === "acceptance_slip" && paper.text.includes(taken.case_number)));

  // Whoever has not seen the newest version changes nothing.
  assert.ok(allowed(taken).includes("finish"));
  const finish = (seen: string) =>
    clerk.api.POST("/api/v1/cases/{case_id}/finish", {
      params: { path, header: { "If-Match": seen } },
      body: { result_number: "变更2026-0123" },
    });
  await refused(finish('"999"'), 412, "stale");
  const { body: finished, etag: newer } = await done(finish(etag));
  assert.equal(finished.state, "granted");
  assert.notEqual(newer, etag);
  const twice = await refused(finish(newer), 409, "case_state");
  assert.ok(twice.allowed?.includes("deliver"));

  const { body: delivered } = await done(
    clerk.api.POST("/api/v1/cases/{case_id}/deliver", {
      params: { path, header: { "If-Match": newer } },
      body: { method: "pick_up", signed_by: "阿依古丽·买买提" },
    }),
  );
  assert.equal(delivered.state, "delivered");
  const { body: timeline } = await done(clerk.api.GET("/api/v1/cases/{case_id}/timeline", { params: { path } }));
  const kinds = timeline.map((event) => event.kind);
  assert.deepEqual(kinds.filter((kind) => ["accepted", "granted", "delivered"].includes(kind)), [
    "accepted",
    "granted",
    "delivered",
  ]);

  // Somebody without the code learns nothing of it.
  await refused(
    publicApi.POST("/api/v1/public/cases/lookup", {
      body: { case_number: taken.case_number, code: "0000-0000-0000" },
    }),
    404,
    "case_lookup_refused",
  );
});
