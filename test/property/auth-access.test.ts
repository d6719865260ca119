import fc from "fast-check";
import { describe, it } from "vitest";
import { SCOPES, type Scope } from "../../src/auth/grants.ts";
import { type RoomAccess, parseAccess, scopesEverywhere, scopesFor } from "../../src/auth/room-access.ts";
import { type DocumentId, ROOM_KINDS, type RoomKind } from "../../src/protocol/room-id.ts";

const RUNS = process.env["ROOST_LONG"] === "1" ? 50_000 : 3_000;

const segment = fc.constantFrom("a", "b", "team", "*", "", "..", "a*", "%2F", "caf\u00e9", "cafe\u0301", "__proto__");
const segments = fc.array(segment, { minLength: 1, maxLength: 4 }).filter((parts) => parts.join("/") !== "");
const kind = fc.constantFrom(...ROOM_KINDS);
const scopes = fc.subarray([...SCOPES]);
const pattern = fc.oneof(
  { weight: 1, arbitrary: fc.constant("*") },
  { weight: 9, arbitrary: fc.tuple(kind, segments).map(([of, parts]) => `${of}:${parts.join("/")}`) },
);
const access = fc.array(fc.tuple(pattern, scopes), { maxLength: 5 }).map((all) => Object.fromEntries(all));
const room = fc.record({ kind, id: segments.map((parts) => parts.join("/") as DocumentId) });

type Room = { readonly kind: RoomKind; readonly id: DocumentId };

/** As it is told to people, with a regular expression per pattern. */
function naiveScopes(given: RoomAccess, { kind: of, id }: Room): readonly Scope[] {
  const name = `${of}:${id}`;
  const found = Object.entries(given).filter(([one]) => one === "*" || naivePattern(one).test(name));
  return SCOPES.filter((scope) => found.some(([, some]) => some.includes(scope)));
}

function naivePattern(text: string): RegExp {
  const [of = "", ...rest] = text.split(":");
  const parts = rest.join(":").split("/");
  const written = parts.map((part, index) => {
    if (part !== "*") return part.replaceAll(/[.*]/g, "\\$&");
    return index === parts.length - 1 ? "[^/]*(?:/[^/]*)*" : "[^/]*";
  });
  return new RegExp(`^${of}:${written.join("/")}$`, "u");
}

const same = (a: readonly Scope[], b: readonly Scope[]) => JSON.stringify(a) === JSON.stringify(b);
const contains = (wide: readonly Scope[], narrow: readonly Scope[]) => narrow.every((scope) => wide.includes(scope));

/** A pattern that matches all that `text` does: a segment opened, or all from one on. */
function widened(text: string, at: number, isCut: boolean): string {
  const [of = "", ...rest] = text.split(":");
  if (text === "*") return text;
  const parts = rest.join(":").split("/");
  const index = at % parts.length;
  const wide = isCut ? [...parts.slice(0, index), "*"] : parts.with(index, "*");
  return `${of}:${wide.join("/")}`;
}

describe("patterns", () => {
  it("[AU10][AU11] scopes are what a naive reading of the patterns gives", () => {
    const agree = fc.property(access, room, (given, one) => same(scopesFor(given, one), naiveScopes(given, one)));
    fc.assert(agree, { numRuns: RUNS });
  });

  it("[AU12] a wider pattern never gives less, nor does one more", () => {
    const grows = fc.property(
      fc.tuple(pattern, scopes, access, room, fc.nat(3), fc.boolean()),
      ([text, some, rest, one, at, isCut]) => {
        const narrow = scopesFor({ [text]: some }, one);
        const wide = scopesFor({ [widened(text, at, isCut)]: some }, one);
        const more = scopesFor({ ...rest, [`${text}`]: [...(rest[text] ?? []), ...some] }, one);
        return contains(wide, narrow) && contains(scopesFor({ "*": some }, one), narrow) && contains(more, narrow);
      },
    );
    fc.assert(grows, { numRuns: RUNS });
  });

  it("[AU14] what holds everywhere holds in each room", () => {
    const holds = fc.property(access, room, (given, one) =>
      contains(scopesFor(given, one), scopesEverywhere(given, one.kind)),
    );
    fc.assert(holds, { numRuns: RUNS });
  });

  it("[AU13] any JSON is an answer, and what is taken says only what stood there", () => {
    const answered = fc.property(fc.oneof(fc.jsonValue(), access), (value) => {
      const parsed = parseAccess(value);
      return (
        !parsed.ok ||
        Object.values(parsed.value)
          .flat()
          .every((scope) => SCOPES.includes(scope))
      );
    });
    fc.assert(answered, { numRuns: RUNS });
  });
});
