/** Campaigns: choose attacks, spend a budget, score, report. */
export {}
