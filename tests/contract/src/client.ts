/** A client as a single-page application would have it: one typed `fetch`, one log-in that renews itself. */
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./contract.js";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
/** What it reads; lists are also given as files, which a program asks for by name. */
type Json = "application/json" | "application/problem+json";
export type Api = ReturnType<typeof createClient<paths, Json>>;

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export const BASE = setting("YIMEN_CONTRACT_URL");
export const PASSWORD = setting("YIMEN_CONTRACT_PASSWORD");

/** Without a log-in: what the public sees. */
export const publicApi: Api = createClient<paths, Json>({ baseUrl: BASE });

/** The form of OAuth 2 instead of JSON, by the contract's own media type. */
export const asForm = {
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  bodySerializer: (body: object) => new URLSearchParams(Object.entries(body)).toString(),
};

/** A person at a screen: logs in once; an access token that has run out is renewed and the call sent again. */
export class Person {
  readonly api: Api;
  renewals = 0;

  private constructor(private tokens: Schemas["TokenRead"]) {
    const unsent = new Map<string, Request>();
    const renewing: Middleware = {
      onRequest: ({ id, request }) => {
        request.headers.set("Authorization", `Bearer ${this.tokens.access_token}`);
        unsent.set(id, request.clone());
        return request;
      },
      onResponse: async ({ id, response }) => {
        const again = unsent.get(id);
        unsent.delete(id);
        if (response.status !== 401 || again === undefined) return response;
        await this.renew();
        again.headers.set("Authorization", `Bearer ${this.tokens.access_token}`);
        return fetch(again);
      },
    };
    this.api = createClient<paths, Json>({ baseUrl: BASE });
    this.api.use(renewing);
  }

  static async logIn(username: string): Promise<Person> {
    const { data, error } = await publicApi.POST("/api/v1/auth/token", {
      body: { username, password: PASSWORD },
      ...asForm,
    });
    if (data === undefined) throw new Error(`${username}: ${error.detail}`);
    return new Person(data);
  }

  get refreshToken(): string {
    if (this.tokens.refresh_token === null) throw new Error("the refresh token is in a cookie");
    return this.tokens.refresh_token;
  }

  async renew(): Promise<void> {
    const { data, error } = await publicApi.POST("/api/v1/auth/refresh", {
      body: { refresh_token: this.refreshToken },
    });
    if (data === undefined) throw new Error(error.detail);
    this.tokens = data;
    this.renewals += 1;
  }
}
