/** The tamper-evident log: C2SP tlog-tiles with Ed25519 checkpoints. */
export {}
