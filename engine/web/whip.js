// WHIP (RFC 9725): two requests, one to place a call and one to end it.

/** A refusal, with the HTTP status and the server's words. */
export class WhipError extends Error {
  constructor(status, words) {
    super(words || `The server answered ${status}.`);
    this.status = status;
  }
}

function authorization(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Sends the offer; gives the SDP answer and the URL that stands for the call. */
export async function place(endpoint, offer, { token, signal }) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...authorization(token) },
    body: offer,
    signal,
  });
  const body = await response.text();
  if (response.status !== 201) throw new WhipError(response.status, body.trim());
  return { answer: body, resource: new URL(response.headers.get("Location"), response.url).href };
}

/** Ends the call. `keepalive` lets it leave even while the page closes. */
export async function end(resource, { token }) {
  await fetch(resource, { method: "DELETE", headers: authorization(token), keepalive: true });
}
