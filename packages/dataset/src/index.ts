/** Reads samples from hostile files under named limits, and draws the demo digits. */
export {}
