// @ts-check
// What sanitizers wrote, and which of it is the addon's.

/** A leak: its head, then frames, as LeakSanitizer prints them. */
const LEAK = /^(?:Direct|Indirect) leak of .*\n(?:[ \t]+#\d.*\n?)+/gm
/** What the addon allocated has its own code in the stack: not a function of Node's alone. */
const OURS = /headwater\.node|\/addon\//

/**
 * @param {readonly string[]} reports one for each process that had something to tell
 * @returns {{ errors: string[], leaks: string[] }} texts of errors, and of the addon's leaks
 */
export function addonFaults(reports) {
  const leaking = reports.filter((report) => report.includes('LeakSanitizer: detected memory leaks'))
  return {
    errors: reports.filter((report) => /ERROR: AddressSanitizer|runtime error:/.test(report)),
    leaks: leaking.flatMap((report) => report.match(LEAK) ?? []).filter((leak) => OURS.test(leak)),
  }
}
