/** Wires the stages together: gateway, control API, workers, configuration. */
export {}
