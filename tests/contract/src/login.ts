/** Logging in, staying in, and what becomes of a refresh token that somebody else used. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { done, refused } from "./checks.js";
import { putOnTo } from "./clock.js";
import { asForm, Person, publicApi } from "./client.js";

test("log in and refresh", async () => {
  putOnTo("2026-03-02", "09:50");
  await refused(
    publicApi.POST("/api/v1/auth/token", { body: { username: "demo-window", password: "wrong" }, ...asForm }),
    401,
    "wrong_credentials",
  );
  await refused(publicApi.GET("/api/v1/auth/me"), 401, "unauthenticated");

  const clerk = await Person.logIn("demo-window");
  const { body: me } = await done(clerk.api.GET("/api/v1/auth/me"));
  assert.equal(me.role, "window");
  assert.deepEqual(me.windows.map((window) => window.number), ["04"]);

  // An access token runs out; the client renews it and nobody notices.
  putOnTo("2026-03-02", "10:20");
  const { body: later } = await done(clerk.api.GET("/api/v1/auth/me"));
  assert.equal(later.session_id, me.session_id);
  assert.equal(clerk.renewals, 1);

  // A refresh token is good once. Used again it was stolen, and the whole family of tokens ends.
  const stolen = clerk.refreshToken;
  await clerk.renew();
  assert.notEqual(clerk.refreshToken, stolen);
  await refused(publicApi.POST("/api/v1/auth/refresh", { body: { refresh_token: stolen } }), 401, "refresh_reused");
  await refused(
    publicApi.POST("/api/v1/auth/refresh", { body: { refresh_token: clerk.refreshToken } }),
    401,
    "refresh_invalid",
  );

  const again = await Person.logIn("demo-window");
  const { response } = await again.api.POST("/api/v1/auth/logout");
  assert.equal(response.status, 204);
  await refused(
    publicApi.POST("/api/v1/auth/refresh", { body: { refresh_token: again.refreshToken } }),
    401,
    "refresh_invalid",
  );
});
