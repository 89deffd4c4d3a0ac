// The kiosk: take a number, or check in with an appointment. It goes back to its start by itself.

import { Device, comeIn, made, runClock } from "./device.js";

const BACK_AFTER_SECONDS = 25;
const VIEWS = ["home", "priority", "check-in", "done"];

const device = new Device("kiosk");
const place = (id) => document.getElementById(id);
let board = null;
let chosen = null;
let isBusy = false;
let goingBack = 0;
let refreshing = 0;

runClock(place("clock"));
await comeIn(device, place("log-in"));
await readBoard();
view("home");
device.listen("ticket.*", {
  onOpen: () => {
    place("link").textContent = "已连接";
    readBoard();
  },
  onEvent: () => {
    clearTimeout(refreshing);
    refreshing = setTimeout(readBoard, 300);
  },
  onCut: () => {
    place("link").textContent = "连接中断，正在重连…";
  },
});

for (const button of document.querySelectorAll("[data-home]")) button.onclick = () => view("home");
place("to-check-in").onclick = () => {
  place("check-in").reset();
  view("check-in");
};
place("check-in").onsubmit = (event) => {
  event.preventDefault();
  const wish = Object.fromEntries(new FormData(place("check-in")));
  act("check-in", async () => {
    const arrival = await device.post("appointments/check-in", wish);
    showSlip("签到成功", arrival.ticket, arrival.hint);
  });
};

function view(name) {
  for (const one of VIEWS) place(one).hidden = one !== name;
  const now = place(name);
  const fault = now.querySelector(".fault");
  if (fault) fault.textContent = "";
  (now.querySelector("input") ?? now.querySelector("h2")).focus();
  clearTimeout(goingBack);
  if (name !== "home") goingBack = setTimeout(() => view("home"), BACK_AFTER_SECONDS * 1000);
}

// One thing at a time: a second touch while the first is under way does nothing.
async function act(name, work) {
  if (isBusy) return;
  isBusy = true;
  clearTimeout(goingBack);
  try {
    await work();
  } catch (refusal) {
    view(name);
    place(name).querySelector(".fault").textContent = refusal.message;
  } finally {
    isBusy = false;
  }
}

async function readBoard() {
  try {
    board = await device.get("tickets/board");
  } catch (refusal) {
    place("home").querySelector(".fault").textContent = refusal.message;
    return;
  }
  const focused = document.activeElement?.dataset?.group;
  place("queues").replaceChildren(...board.groups.map((group) => {
    const button = made("button", "");
    button.type = "button";
    button.dataset.group = group.group_id;
    button.append(
      made("span", group.name, "name"),
      made("span", `${group.window_numbers.join("、")}号窗口`, "state"),
      made("span", `等候 ${group.waiting} 人${group.estimate.minutes ? `，约 ${group.estimate.minutes} 分钟` : ""}`, "state"),
    );
    button.onclick = () => choose(group);
    return button;
  }));
  if (focused) place("queues").querySelector(`[data-group="${CSS.escape(focused)}"]`)?.focus();
}

function choose(group) {
  chosen = group;
  const offered = group.priorities.filter((one) => one.priority !== "appointment");
  if (offered.length === 0) {
    act("home", () => take("normal"));
    return;
  }
  const all = [{ priority: "normal", priority_label: "普通" }, ...offered];
  place("priorities").replaceChildren(...all.map((one) => {
    const button = made("button", one.priority_label);
    button.type = "button";
    button.dataset.priority = one.priority;
    button.onclick = () => act("priority", () => take(one.priority));
    return button;
  }));
  view("priority");
}

async function take(priority) {
  const slip = await device.post("tickets", { group_id: chosen.group_id, priority });
  showSlip("取号成功", slip, slip.estimate.text);
}

function showSlip(title, slip, hint) {
  place("done-title").textContent = title;
  const lines = [];
  if (slip) {
    lines.push(
      made("p", slip.group_name),
      made("p", slip.number, "number"),
      made("p", `${slip.priority_label}　${slip.window_numbers.join("、")}号窗口`),
      made("p", slip.estimate.text),
      made("p", "查询码"),
      made("p", slip.code, "code"),
    );
  } else {
    lines.push(made("p", hint));
  }
  place("slip").replaceChildren(...lines);
  view("done");
}
