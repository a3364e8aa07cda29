// One call: microphone, connection, end. It knows nothing of the page; it tells its state by events.

import { end, place } from "./whip.js";

const CONNECT_MS = 15_000;
const GATHER_MS = 500;

// The voice is processed by the browser: an echo of Hark in the microphone would interrupt Hark.
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** States in order: "microphone", "connecting", "in-call", "ended". Each change is a "state" event. */
export class Call extends EventTarget {
  state = "idle";
  /** Why the call ended: an Error, or null for an ordinary end. */
  problem = null;
  microphone = null;
  /** What Hark says, once it arrives. */
  voice = new MediaStream();
  peer = new RTCPeerConnection();
  #aborted = new AbortController();
  #resource = null;
  #token;

  constructor(token) {
    super();
    this.#token = token;
  }

  async start(endpoint) {
    try {
      this.#enter("microphone");
      this.microphone = await navigator.mediaDevices.getUserMedia({ audio: MICROPHONE });
      if (this.state === "ended") return this.#release();
      this.#enter("connecting");
      this.#prepare();
      await this.#negotiate(endpoint);
    } catch (problem) {
      this.#finish(problem);
    }
  }

  hangUp() {
    this.#finish(null);
  }

  mute(muted) {
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Sends one key (RFC 4733). False when the call cannot carry keys. */
  press(key) {
    const keys = this.peer.getSenders()[0]?.dtmf;
    if (!keys?.canInsertDTMF) return false;
    keys.insertDTMF(key);
    return true;
  }

  #prepare() {
    for (const track of this.microphone.getAudioTracks()) this.peer.addTrack(track, this.microphone);
    this.peer.addEventListener("track", ({ track }) => this.voice.addTrack(track));
    this.peer.addEventListener("connectionstatechange", () => {
      const state = this.peer.connectionState;
      if (state === "connected") this.#enter("in-call");
      if (state === "failed") this.#finish(new Error("The connection to Hark was lost."));
    });
  }

  async #negotiate(endpoint) {
    await this.peer.setLocalDescription();
    await this.#gathered();
    const offer = this.peer.localDescription.sdp;
    const options = { token: this.#token, signal: this.#aborted.signal };
    const { answer, resource } = await place(endpoint, offer, options);
    this.#resource = resource;
    // Hung up while the answer was on its way: nobody else can end that call now.
    if (this.state === "ended") return this.#release();
    await this.peer.setRemoteDescription({ type: "answer", sdp: answer });
    const transport = this.peer.getSenders()[0].transport;
    transport.addEventListener("statechange", () => {
      if (transport.state === "closed") this.#finish(null);
    });
    setTimeout(() => {
      if (this.state === "connecting") this.#finish(new Error("Hark answered, but no sound can pass. A firewall may block it."));
    }, CONNECT_MS);
  }

  /** Waits for this machine's own addresses, but not for slow ones: they are found out later anyway. */
  #gathered() {
    if (this.peer.iceGatheringState === "complete") return Promise.resolve();
    return new Promise((resolve) => {
      setTimeout(resolve, GATHER_MS);
      this.peer.addEventListener("icegatheringstatechange", () => {
        if (this.peer.iceGatheringState === "complete") resolve();
      });
    });
  }

  #enter(state) {
    if (this.state === "ended" || this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #finish(problem) {
    if (this.state === "ended") return;
    this.problem = problem;
    this.#aborted.abort();
    this.#release();
    this.#enter("ended");
  }

  #release() {
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.peer.close();
    if (!this.#resource) return;
    end(this.#resource, { token: this.#token }).catch(() => {});
    this.#resource = null;
  }
}
