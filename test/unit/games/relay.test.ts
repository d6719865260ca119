import { describe, expect, it } from "vitest";
import type { RelayState } from "../../../src/games/relay.ts";
import { type Guest, Table } from "./table.ts";

type State = InstanceType<typeof RelayState>;

const valuesOf = ({ state }: Guest<State>) => Object.fromEntries(state.values.entries());

function pairAt() {
  const table = new Table<State>("relay");
  return { table, alice: table.join("Alice"), bob: table.join("Bob") };
}

describe("a relay", () => {
  it("[GB3] what anybody sets or deletes everybody has, who comes later and after sleep too", () => {
    const { table, alice, bob } = pairAt();
    table.send(alice, "set", { key: "tile/1", value: "3" });
    table.send(bob, "set", { key: "tile/2", value: '{"deep":[1]}' });
    table.send(alice, "delete", { key: "tile/1" });
    table.wait(100);
    table.sleep();
    const carol = table.join("Carol");
    table.send(carol, "set", { key: "tile/3", value: "null" });
    table.wait(100);
    for (const each of [alice, bob, carol]) {
      expect(valuesOf(each)).toEqual({ "tile/2": '{"deep":[1]}', "tile/3": "null" });
    }
    expect([...carol.state.people.values()].map(({ name, isHere }) => [name, isHere])).toEqual([
      ["Alice", true],
      ["Bob", true],
      ["Carol", true],
    ]);
  });

  it("[GB3] events reach everybody else, with their sender's session", () => {
    const { table, alice, bob } = pairAt();
    table.send(alice, "event", { name: "wave", data: "1" });
    table.wait(100);
    expect(bob.told("event")).toEqual([{ from: alice.session, name: "wave", data: "1" }]);
    expect(alice.told("event")).toEqual([]);
  });

  it("[GB3] inputs of everybody come together, each with its sender's session", () => {
    const { table, alice, bob } = pairAt();
    table.wait(100);
    for (const data of ["1", "2"]) table.send(alice, "input", data);
    table.send(bob, "input", "3");
    table.send(bob, "event", { name: "wave", data: "1" });
    table.wait(100);
    const [first, second, third] = [
      { from: alice.session, data: "1" },
      { from: alice.session, data: "2" },
      { from: bob.session, data: "3" },
    ];
    for (const each of [alice, bob]) expect(each.told("inputs")).toEqual([[first], [second, third]]);
    expect(alice.heard.slice(-2).map((message) => ("name" in message ? message.name : ""))).toEqual([
      "inputs",
      "event",
    ]);
  });

  it("[GB3] a key that begins with a session is that session's, and goes with it", () => {
    const { table, alice, bob } = pairAt();
    const key = `@${alice.session}/at`;
    table.send(alice, "set", { key, value: "1" });
    table.send(bob, "set", { key, value: "2" });
    table.send(bob, "delete", { key });
    table.wait(100);
    expect(valuesOf(bob)).toEqual({ [key]: "1" });
    expect(bob.refusals).toEqual(["This key is somebody else's.", "This key is somebody else's."]);
    table.drop(alice);
    table.wait(1_000);
    expect(valuesOf(bob)).toEqual({ [key]: "1" });
    table.wait(60_000);
    expect(valuesOf(bob)).toEqual({});
    expect(bob.state.people.size).toBe(1);
  });

  it("[GB3] what is too much, too long or no JSON is refused, and what is deleted makes room, over sleep too", () => {
    const { table, alice } = pairAt();
    for (const value of ["{", "x", `"${"y".repeat(5_000)}"`]) table.send(alice, "set", { key: "a", value });
    table.send(alice, "set", { key: "k".repeat(200), value: "1" });
    table.wait(100);
    expect(alice.refusals.length).toBe(4);
    const value = JSON.stringify("z".repeat(4_000));
    for (let index = 0; index < 80; index += 1) table.send(alice, "set", { key: `k${index}`, value });
    table.wait(100);
    expect(alice.state.values.size).toBe(65);
    expect(alice.refusals.at(-1)).toBe("This room is full.");
    table.sleep();
    const refused = alice.refusals.length;
    table.send(alice, "set", { key: "more", value });
    table.send(alice, "delete", { key: "k0" });
    table.send(alice, "set", { key: "more", value });
    table.wait(100);
    expect(alice.refusals.length).toBe(refused + 1);
    expect(alice.state.values.get("more")).toBe(value);
  });
});
