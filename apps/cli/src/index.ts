/** Secure AI models through their whole life, from the command line. */
export {}
