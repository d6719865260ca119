/**
 * What the widget's connection makes of refused handshakes, beside the one that it stands in for.
 */
import { describe, expect, test } from "vitest";
import { encodeFrame } from "../../../client/presence/wire.ts";
import { pass } from "../../support/client-providers.ts";
import { BOTH, until, useConnections } from "../../support/room-connections.ts";

const { server, connect } = useConnections();

describe.each(BOTH)("a refused connection: %s", (_what, open) => {
  test.each([
    [400, 4400],
    [401, 4401],
    [403, 4403],
    [410, 4404],
  ])("[CP16] the answer %i to a plain request ends the attempts", async (status, code) => {
    server().refusal = [status, "as-told"];
    const { heard } = connect(open, "key");
    await until(() => heard.closes.some(({ final }) => final));
    expect(heard.closes.at(-1)).toEqual({ code, reason: "As told", final: true });
    const { length } = heard.closes;
    await pass(600_000);
    expect([heard.closes.length, server().asked]).toEqual([length, ["/v1/presence/lobby/count Bearer key"]]);
  });

  test("[CP15] a room that is full says how many are in it, and is tried again slowly", async () => {
    server().refusal = [429, "room-limit"];
    server().summary = { people: 5_000, connections: 5_100, size: "count" };
    const { heard } = connect(open);
    await until(() => heard.summaries.length === 1);
    expect(heard.summaries).toEqual([server().summary]);
    const before = heard.closes.length;
    await until(() => heard.closes.length === before + 1);
    server().refusal = undefined;
    await pass(4_900);
    expect(heard.opens).toBe(0);
    await until(() => heard.opens === 1);
  });

  test.each([404, 423, 429, 503])("[CP16] refused with %i it is tried again slowly", async (status) => {
    server().refusal = [status, "not-now"];
    const { heard } = connect(open);
    await until(() => server().asked.length === 1);
    await pass(0);
    const before = heard.closes.length;
    await until(() => heard.closes.length === before + 1);
    server().refusal = undefined;
    await pass(4_900);
    expect([server().peers.length, heard.closes.filter(({ final }) => final)]).toEqual([0, []]);
  });

  test.each([
    ["the room could be joined", [426, "upgrade-required"], { people: 3, connections: 3, size: "full" }],
    ["a server that is in trouble says so", [500, "internal"], undefined],
  ] as const)("[CP16] where %s it is tried again soon", async (_why, refusal, summary) => {
    server().refusal = refusal;
    server().summary = summary;
    const { heard } = connect(open);
    await until(() => server().asked.length === 1);
    await pass(0);
    const before = heard.closes.length;
    await until(() => heard.closes.length === before + 1);
    server().refusal = undefined;
    await pass(2_500);
    await server().until(() => server().peers.length === 1);
  });

  test.each([400, 401, 403, 410])("[CP16] what a proxy answers with %i ends nothing", async (status) => {
    server().refusal = [status, "none"];
    server().foreign = { type: "about:blank", title: "Blocked" };
    const { heard } = connect(open);
    await until(() => server().asked.length === 2);
    server().refusal = undefined;
    await until(() => heard.opens === 1);
    expect(heard.closes.filter(({ final }) => final)).toEqual([]);
  });

  test("[CP16] an answer that comes when the socket is open says nothing any more", async () => {
    const answering = Promise.withResolvers<void>();
    server().answering = answering.promise;
    server().refusal = [403, "as-told"];
    const { connection, heard } = connect(open);
    await until(() => server().asked.length === 1);
    server().refusal = undefined;
    await until(() => heard.frames === 1);
    answering.resolve();
    for (let turn = 0; turn < 20; turn += 1) await pass(100);
    connection.send(encodeFrame([[4]]));
    await server().until(() => server().peers[0]?.messages.length === 2);
    expect(heard.closes.filter(({ final }) => final)).toEqual([]);
  });
});
