/** Break a model: attacks as plain functions. */
export {}
