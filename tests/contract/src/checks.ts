/** What a story expects of a reply. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Problem } from "./client.js";

type Reply<Data> = { data?: Data; error?: Problem; response: Response };
type Shown<Data> = { body: Exclude<Data, undefined>; etag: string };

/** The body of a reply that did what was asked, and the version it names. */
export async function done<Data>(asked: Promise<Reply<Data>>, status = 200): Promise<Shown<Data>> {
  const { data, error, response } = await asked;
  assert.equal(response.status, status, error?.detail);
  assert.ok(data !== undefined);
  return { body: data as Exclude<Data, undefined>, etag: response.headers.get("ETag") ?? "" };
}

/** The problem of a reply that refused, which must be this one. */
export async function refused(asked: Promise<Reply<unknown>>, status: number, code: string): Promise<Problem> {
  const { error, response } = await asked;
  assert.equal(response.status, status, error?.detail ?? "it was done");
  assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
  assert.ok(error !== undefined);
  assert.equal(error.code, code, error.detail);
  assert.equal(error.status, status);
  assert.equal(error.type, `/api/v1/errors/${code}`);
  assert.match(error.detail, /\p{Script=Han}/u);
  assert.equal(error.request_id, response.headers.get("X-Request-ID"));
  return error;
}

/** What is asked for, once it is there and as it should be; within half a minute. */
export async function eventually<Data>(
  ask: () => Promise<Data | undefined>,
  isSo: (found: Data) => boolean,
): Promise<Data> {
  for (let tries = 0; tries < 150; tries += 1) {
    const found = await ask();
    if (found !== undefined && isSo(found)) return found;
    await sleep(200);
  }
  assert.fail("it has not come about in half a minute");
}

/** Which commands the caller may give now. */
export function allowed(thing: { allowed_actions: { action: string; allowed: boolean }[] }): string[] {
  return thing.allowed_actions.filter((one) => one.allowed).map((one) => one.action);
}
