/**
 * Counts vitest's JSON results. Skipped tests are counted by the reason that their name gives in
 * parentheses: `(needs UNET_DATA)`. A file that doesn't load, and an error outside of any test, are
 * failures too.
 *
 * @returns {{ passed: number, failed: number, skipped: Map<string, number> }}
 */
export function summarise(testResults, succeeded) {
  const skipped = new Map();
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of testResults) {
    if (status === "failed" && !assertionResults.some((test) => test.status === "failed")) failed++;
    for (const test of assertionResults) {
      if (test.status === "passed") passed++;
      else if (test.status === "failed") failed++;
      else skipped.set(reasonOf(test), (skipped.get(reasonOf(test)) ?? 0) + 1);
    }
  }
  if (!succeeded && failed === 0) failed = 1;
  return { passed, failed, skipped };
}

/** One line: how many were skipped, and how many of them for which reason. */
export function describeSkipped(skipped) {
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...skipped].map(([reason, count]) => `${count} × ${reason}`);
  return reasons.length ? `${total} skipped: ${reasons.join("; ")}` : "0 skipped";
}

function reasonOf({ fullName }) {
  const reasons = [...fullName.matchAll(/\((needs [^()]*)\)/g)];
  return reasons.length
    ? [...new Set(reasons.map(([, reason]) => reason))].join(" and ")
    : "without a reason";
}
