// The screen: who is called where. It asks for the board once, then follows the events.

import { Device, comeIn, made, runClock } from "./device.js";

const ROWS = 40; // more than any screen has room for
const IN_HAND = new Set(["called", "serving"]);

const device = new Device("screen");
const place = (id) => document.getElementById(id);
const calls = new Map(); // by ticket
let newest = null;
let isAsking = false;
let isStale = false;

runClock(place("clock"));
await comeIn(device, place("log-in"));
place("log-in-place").hidden = true;
place("hall").hidden = false;
device.listen("ticket.*", {
  onOpen: () => {
    place("link").textContent = "已连接";
    readBoard();
  },
  onEvent: follow,
  onCut: () => {
    place("link").textContent = "连接中断，正在重连…";
  },
});

function follow(event) {
  const facts = event.facts;
  if (IN_HAND.has(facts.state)) {
    calls.set(event.subject_id, {
      number: facts.number,
      group_name: facts.group_name,
      window_number: facts.window_number,
      state: facts.state,
      calls: facts.calls,
      called_at: facts.state === "called" ? event.occurred_at : (calls.get(event.subject_id)?.called_at ?? event.occurred_at),
    });
  } else {
    calls.delete(event.subject_id);
  }
  show();
  if (event.kind === "ticket.called" || event.kind === "ticket.recalled") announce(event.subject_id);
  readBoard();
}

// Waiting numbers are reckoned by the hall; many events at once lead to one question.
async function readBoard() {
  if (isAsking) {
    isStale = true;
    return;
  }
  isAsking = true;
  do {
    isStale = false;
    try {
      const board = await device.get("tickets/board");
      if (!isStale) {
        calls.clear();
        for (const call of board.calls) calls.set(call.ticket_id, call);
        show();
      }
      showWaiting(board.groups);
    } catch {
      isStale = false; // the stream says when the hall is back
    }
  } while (isStale);
  isAsking = false;
}

function show() {
  const rows = [...calls.entries()].sort((one, other) => Date.parse(other[1].called_at) - Date.parse(one[1].called_at));
  place("calls").replaceChildren(...rows.slice(0, ROWS).map(([, call]) => {
    const row = document.createElement("tr");
    const isCalled = call.state === "called";
    row.append(
      made("td", call.number, "number"),
      made("td", `${call.window_number}号`),
      made("td", call.group_name, "group"),
      made("td", isCalled ? "请到窗口" : "办理中", isCalled ? "called" : ""),
    );
    return row;
  }));
  const frame = place("calls").closest("section");
  while (frame.scrollHeight > frame.clientHeight && place("calls").rows.length > 1) place("calls").deleteRow(-1);
  const shown = calls.has(newest) ? newest : rows.find(([, call]) => call.state === "called")?.[0];
  showNow(shown === undefined ? null : calls.get(shown));
}

function showNow(call) {
  place("now-number").textContent = call ? call.number : "—";
  const window = place("now-window");
  if (call) {
    window.replaceChildren("请到 ", made("b", call.window_number), " 号窗口");
  } else {
    window.textContent = "请等候叫号";
  }
  place("now-group").textContent = call ? call.group_name : "";
}

function announce(ticket) {
  newest = ticket;
  show();
  const now = place("now");
  now.classList.remove("fresh");
  void now.offsetWidth; // so that the second call blinks like the first
  now.classList.add("fresh");
}

function showWaiting(groups) {
  place("waiting").replaceChildren(...groups.map((group) => {
    const item = made("li", `${group.name} 等候 `);
    item.append(made("b", String(group.waiting)), " 人");
    return item;
  }));
}
