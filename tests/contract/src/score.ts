/** A score explained: what the office entered appears as a line with its article, and the sum is right. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { done, eventually, refused } from "./checks.js";
import { putOnTo } from "./clock.js";
import { Person } from "./client.js";

/** Points are decimal strings; in hundredths they can be added without a doubt. */
const hundredths = (points: string): number => Math.round(Number(points) * 100);

test("score explanation", async () => {
  putOnTo("2026-03-12", "10:30");
  const clerk = await Person.logIn("demo-window");
  const office = await Person.logIn("demo-office");
  const { body: me } = await done(clerk.api.GET("/api/v1/auth/me"));
  const window = me.windows[0];
  assert.ok(window);
  const explain = async () =>
    (
      await clerk.api.GET("/api/v1/scores/{kind}/{subject_id}/months/{month}", {
        params: { path: { kind: "window", subject_id: window.id, month: "2026-03" } },
      })
    ).data;
  // The ledger is kept by a job that comes round every two seconds.
  const before = await eventually(explain, () => true);

  const wish = {
    kind: "staff_change",
    day: "2026-03-11",
    subject_kind: "window",
    subject_id: window.id,
    title: "未经中心同意调换窗口人员",
  } as const;
  await refused(clerk.api.POST("/api/v1/score-records", { body: wish }), 403, "forbidden");
  const { body: record, etag } = await done(office.api.POST("/api/v1/score-records", { body: wish }), 201);

  const after = await eventually(explain, (told) => told.lines.some((one) => one.source_id === record.id));
  const line = after.lines.find((one) => one.source_id === record.id);
  assert.ok(line);
  assert.match(line.article, /^[A-Z]+ /);
  assert.equal(hundredths(line.score_before) - hundredths(line.taken), hundredths(line.score_after));
  assert.ok(hundredths(line.taken) > 0);
  const taken = after.lines.reduce((sum, one) => sum + hundredths(one.taken), 0);
  assert.equal(hundredths(after.base) - taken, hundredths(after.score.own_score ?? ""));
  assert.equal(
    hundredths(before.score.own_score ?? "") - hundredths(line.taken),
    hundredths(after.score.own_score ?? ""),
  );

  // What was entered by mistake is reversed, and the score is what it was.
  const reverse = (seen: string) =>
    office.api.POST("/api/v1/score-records/{record_id}/reverse", {
      params: { path: { record_id: record.id }, header: { "If-Match": seen } },
      body: { reason: "登记有误。" },
    });
  await refused(reverse('"999"'), 412, "stale");
  await done(reverse(etag));
  const undone = await eventually(explain, (told) => told.score.score === before.score.score);
  assert.equal(undone.score.own_score, before.score.own_score);
});
