/** The only place that makes cryptographic choices: signatures, key files, Merkle trees, secrets. */
export {}
