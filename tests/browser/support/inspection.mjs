// Screens looked through by axe-core. Which screens is the tests' business.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Looks a screen through; returns what is serious, and where. */
async function look(window, screen) {
  // What fades in is looked at when it has.
  await window.page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getTiming().iterations !== Infinity)
        .map((animation) => animation.finished),
    ),
  );
  await window.page.evaluate(axe);
  const { violations } = await window.page.evaluate(() => globalThis.axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => ({ screen, id, where: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`) }));
}

/** Looks through one screen after the other, so that one run names everything that is wrong. */
export class Inspection {
  #found = [];

  async add(window, screen) {
    this.#found.push(...(await look(window, screen)));
  }

  assertClean() {
    assert.deepEqual(this.#found, []);
  }
}
