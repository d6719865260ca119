/**
 * Writes the real counts of a run, as `passed failed`, to the file that ROOST_TEST_COUNTS names: for .ci/run.
 * @module
 */
import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export type Counts = { readonly passed: number; readonly failed: number };

/** A file that cannot be loaded, a test that never ended and an error outside of any test are failures too. */
export function countTests(modules: readonly TestModule[], errors: readonly SerializedError[]): Counts {
  let passed = 0;
  let failed = errors.length;
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      if (state === "failed" || state === "pending") failed += 1;
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
  }
  return { passed, failed };
}

/** Loaded by `vitest --reporter=./test/support/count-reporter.ts`, which asks for a default export. */
class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const path = process.env["ROOST_TEST_COUNTS"];
    if (path === undefined) return;
    const { passed, failed } = countTests(modules, errors);
    writeFileSync(path, `${passed} ${failed}\n`);
  }
}

export { CountReporter as default };
