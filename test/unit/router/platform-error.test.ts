import { expect, test } from "vitest";
import { classifyPlatformError } from "../../../src/router/platform-error.ts";

const marked = (marks: object) => Object.assign(new Error("from the platform"), marks);

test.each([
  ["retryable", marked({ retryable: true, remote: true }), "retry"],
  ["overloaded", marked({ overloaded: true }), "overloaded"],
  ["retryable and overloaded", marked({ retryable: true, overloaded: true }), "overloaded"],
  ["reset", marked({ durableObjectReset: true }), "bug"],
  ["unmarked", new Error("ours"), "bug"],
  ["no error at all", "text", "bug"],
  ["null", null, "bug"],
])("[RT7] what is %s is classified", (_name, error, verdict) => {
  expect(classifyPlatformError(error)).toBe(verdict);
});
