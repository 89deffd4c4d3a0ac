// A machine of the hall: its log-in, its requests, its stream of events.

const API = new URL("../api/v1/", import.meta.url);
const RENEW_BEFORE_SECONDS = 60;

export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? "暂时连接不上，请稍后再试。");
    this.status = status;
    this.code = problem?.code ?? "";
  }
}

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function freshKey() {
  // crypto.randomUUID is missing where a hall's page comes without TLS
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
}

async function problemOf(reply) {
  try {
    return await reply.json();
  } catch {
    return null;
  }
}

export class Device {
  constructor(page) {
    this.store = `yimen.device.${page}`;
    this.token = null;
    this.goodUntil = 0;
  }

  // The id and secret that the office gave this machine: from the address once, then remembered here.
  credentials() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (given.has("client_id") && given.has("client_secret")) {
      this.remember(given.get("client_id"), given.get("client_secret"));
      history.replaceState(null, "", location.pathname + location.search);
    }
    return JSON.parse(localStorage.getItem(this.store) ?? "null");
  }

  remember(client_id, client_secret) {
    localStorage.setItem(this.store, JSON.stringify({ client_id, client_secret }));
    this.token = null;
  }

  forget() {
    localStorage.removeItem(this.store);
    this.token = null;
  }

  async logIn() {
    if (this.token && Date.now() < this.goodUntil) return this.token;
    const known = this.credentials();
    if (!known) throw new Refused(401, { detail: "请先填写设备编号和密钥。" });
    const form = new URLSearchParams({ grant_type: "client_credentials", ...known });
    const reply = await this.fetch(new URL("auth/device-token", API), { method: "POST", body: form });
    if (!reply.ok) throw new Refused(reply.status, await problemOf(reply));
    const given = await reply.json();
    this.token = given.access_token;
    this.goodUntil = Date.now() + (given.expires_in - RENEW_BEFORE_SECONDS) * 1000;
    return this.token;
  }

  async fetch(url, options) {
    try {
      return await fetch(url, { cache: "no-store", credentials: "omit", ...options });
    } catch {
      throw new Refused(0, null);
    }
  }

  get(path) {
    return this.ask(path, {});
  }

  // The key makes a retry safe: the hall gives the same number again, not a second one.
  async post(path, body) {
    const options = {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "Idempotency-Key": freshKey() },
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.ask(path, options);
      } catch (fault) {
        const passes = fault.status === 0 || fault.status === 503 || fault.code === "idempotency_still_running";
        if (!passes || attempt === 4) throw fault;
        await pause(400 * attempt);
      }
    }
  }

  async ask(path, options, isRepeated = false) {
    const headers = { ...options.headers, Authorization: `Bearer ${await this.logIn()}` };
    const reply = await this.fetch(new URL(path, API), { ...options, headers });
    if (reply.status === 401 && !isRepeated) {
      this.token = null;
      return this.ask(path, options, true);
    }
    if (!reply.ok) throw new Refused(reply.status, await problemOf(reply));
    return reply.json();
  }

  // Every event from now on, also across cuts: the hall sends what was missed.
  async listen(kind, { onOpen, onEvent, onCut }) {
    let lastId = "";
    for (;;) {
      try {
        const headers = { Authorization: `Bearer ${await this.logIn()}` };
        if (lastId) headers["Last-Event-ID"] = lastId;
        const url = new URL(`events/stream?kind=${encodeURIComponent(kind)}`, API);
        const reply = await this.fetch(url, { headers });
        if (!reply.ok) throw new Refused(reply.status, await problemOf(reply));
        const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        let isOpen = false;
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          const frames = (rest + value).split("\n\n");
          rest = frames.pop();
          for (const frame of frames) {
            const fields = Object.fromEntries(frame.split("\n").map((line) => {
              const at = line.indexOf(": ");
              return [line.slice(0, at), line.slice(at + 2)];
            }));
            if (fields.id) lastId = fields.id;
            if (fields.data) onEvent(JSON.parse(fields.data));
          }
          if (!isOpen) {
            isOpen = true;
            onOpen();
          }
        }
      } catch (fault) {
        if (fault.status === 401) this.token = null;
      }
      onCut();
      await pause(1000);
    }
  }
}

// Show the form for id and secret until they are good; the rest of the page waits.
export async function comeIn(device, form) {
  const fault = form.querySelector(".fault");
  for (;;) {
    try {
      await device.logIn();
      form.hidden = true;
      return;
    } catch (refusal) {
      if (refusal.status !== 401 && device.credentials()) {
        await pause(1000); // the hall is away, not the machine unknown
        continue;
      }
      fault.textContent = device.credentials() ? refusal.message : "";
      device.forget();
    }
    form.hidden = false;
    form.querySelector("input").focus();
    await new Promise((done) => {
      form.onsubmit = (event) => {
        event.preventDefault();
        const given = new FormData(form);
        device.remember(given.get("client_id").trim(), given.get("client_secret").trim());
        done();
      };
    });
  }
}

export function runClock(place) {
  const show = () => {
    place.textContent = new Intl.DateTimeFormat("zh-CN", {
      timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "long", hour: "2-digit", minute: "2-digit",
    }).format(new Date());
  };
  show();
  setInterval(show, 5000);
}

// An element with text; what comes from the hall is never read as markup.
export function made(name, text, className = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}
