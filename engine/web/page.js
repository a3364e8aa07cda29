// The page: one button, one call, and what is going on in words.

import { Call } from "./call.js";
import { Meter } from "./meter.js";

const element = (id) => document.getElementById(id);

const STATUS = {
  idle: "Ready.",
  microphone: "Asking for your microphone.",
  connecting: "Connecting.",
  "in-call": "In call. Go ahead and speak.",
  ended: "The call has ended.",
};

let call = null;

function words(problem) {
  switch (problem.name) {
    case "NotAllowedError":
      return "The browser did not give this page your microphone. Allow it next to the address, then call again.";
    case "NotFoundError":
      return "No microphone was found. Plug one in, then call again.";
    case "NotReadableError":
      return "Another program holds the microphone. Close it, then call again.";
    case "TypeError":
      return "Hark cannot be reached. Check that it runs and that you are online.";
    default:
      if (problem.status === 401) return "This server wants an access token. Enter it above, then call again.";
      return problem.message;
  }
}

function show() {
  const state = call?.state ?? "idle";
  const active = ["microphone", "connecting", "in-call"].includes(state);
  const hadFocus = [element("call"), element("hang-up"), element("mute")].includes(document.activeElement);
  document.body.dataset.state = state;
  element("status").textContent = STATUS[state];
  element("call").hidden = active;
  element("hang-up").hidden = !active;
  element("mute").hidden = state !== "in-call";
  element("in-call").hidden = state !== "in-call";
  element("problem").hidden = !call?.problem;
  element("problem").textContent = call?.problem ? words(call.problem) : "";
  if (call?.problem?.status === 401) element("token-form").hidden = false;
  // The pressed button vanishes: the keyboard's focus must not.
  if (hadFocus && document.activeElement === document.body) element(active ? "hang-up" : "call").focus();
}

function clock(since) {
  const seconds = Math.floor((performance.now() - since) / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** Runs the clock and the meters until this call ends. */
function follow(running) {
  const context = new AudioContext();
  const meters = [[element("level-you"), new Meter(context, running.microphone)]];
  if (running.voice.getAudioTracks().length) meters.push([element("level-hark"), new Meter(context, running.voice)]);
  const since = performance.now();
  const step = () => {
    if (running.state !== "in-call") {
      context.close();
      return;
    }
    element("clock").textContent = clock(since);
    for (const [bar, meter] of meters) bar.value = meter.level();
    requestAnimationFrame(step);
  };
  step();
}

function start() {
  const placed = new Call(element("token").value);
  call = placed;
  placed.addEventListener("state", () => {
    // A late event of an earlier call is not this page's state any more.
    if (call !== placed) return;
    show();
    if (placed.state === "in-call") follow(placed);
  });
  element("mute").setAttribute("aria-pressed", "false");
  element("voice").srcObject = placed.voice;
  placed.start(`/whip${location.search}`);
}

element("call").addEventListener("click", start);
element("hang-up").addEventListener("click", () => call?.hangUp());
element("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
element("mute").addEventListener("click", ({ currentTarget: button }) => {
  const muted = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(muted));
  call?.mute(muted);
});
element("keypad").addEventListener("click", ({ target }) => {
  if (target instanceof HTMLButtonElement) call?.press(target.textContent);
});
addEventListener("pagehide", () => call?.hangUp());
// For the browser's console and for tests.
Object.defineProperty(globalThis, "harkCall", { get: () => call });
show();
