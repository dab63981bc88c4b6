/** Reads text for what it hides and what it leaks. No I/O. */
export {}
