/** The data plane: who may ask what of a model, how often, and what may leave. */
export {}
