/**
 * What a connect costs a database that was asked about its project before: nothing.
 */
import { expect, test } from "vitest";
import { CLOSED, createProject, fallibleIsolate, mint } from "./project-requests.ts";
import { sendWith } from "./router-requests.ts";

test("[RT74] a warm connect, by token or by key, reaches D1 zero times", async () => {
  const keys = await createProject("warmed", { origins: ["*"], access: { "document:*": ["read", "write"] } });
  let asked = 0;
  const isolate = fallibleIsolate(() => {
    asked += 1;
    return false;
  });
  const connect = async (id: string, credential: string, user = "") => {
    const headers = {
      upgrade: "websocket",
      origin: "https://app.example",
      "sec-websocket-protocol": `roost.v1, roost.token.${credential}`,
    };
    const path = `/v1/documents/${id}/connect?user=${user}`;
    const response = await sendWith({ ...CLOSED, ...isolate }, path, { headers });
    response.webSocket?.accept();
    response.webSocket?.close(1000);
    return response.status;
  };
  const [alice, bob] = [await mint(keys, "alice"), await mint(keys, "bob")];
  expect(await connect("first", alice)).toBe(101);
  expect(asked).toBeGreaterThan(0);
  asked = 0;
  // The same token again, one that was never seen, a key of either kind, in a room that is there and in new ones.
  for (const [index, credential] of [alice, alice, bob, keys.secretKey, keys.publishableKey].entries()) {
    expect(await connect(index === 0 ? "first" : `room-${index}`, credential, "carol")).toBe(101);
  }
  expect(asked).toBe(0);
});
