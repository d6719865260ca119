import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { codeVersion, versionBetween } from "../../bench/records.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roost-records-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], {
    cwd: folder,
    encoding: "utf8",
    // Nobody's settings, and no repository but this one.
    env: { PATH: process.env["PATH"], HOME: folder },
  });

it("[BN10] the code that was measured is its commit, and whether anything but texts differs from it", () => {
  expect(codeVersion(folder)).toBeUndefined();
  git("init", "--quiet");
  expect(codeVersion(folder)).toBeUndefined();
  const inner = join(folder, "test");
  mkdirSync(inner);
  writeFileSync(join(folder, "code.ts"), "1");
  git("add", ".");
  git("commit", "--quiet", "-m", "x");
  const commit = git("rev-parse", "HEAD").trim();
  writeFileSync(join(folder, "README.md"), "figures");
  writeFileSync(join(inner, "plot.svg"), "figures");
  expect(codeVersion(inner)).toEqual({ commit, isDirty: false });
  writeFileSync(join(folder, "code.ts"), "2");
  expect(codeVersion(inner)).toEqual({ commit, isDirty: true });
  git("commit", "--quiet", "-a", "-m", "y");
  writeFileSync(join(folder, "more.ts"), "3");
  expect(codeVersion(inner)).toMatchObject({ isDirty: true });
});

it("[BN10] code that changed while it was measured is in no commit", () => {
  const [a, b] = [
    { commit: "a", isDirty: false },
    { commit: "b", isDirty: false },
  ];
  expect(versionBetween(a, a)).toEqual(a);
  expect(versionBetween(a, b)).toEqual({ commit: "a", isDirty: true });
  expect(versionBetween(a, { ...a, isDirty: true })).toEqual({ commit: "a", isDirty: true });
  expect(versionBetween({ ...a, isDirty: true }, a)).toEqual({ commit: "a", isDirty: true });
  expect(versionBetween(a, undefined)).toBeUndefined();
});
