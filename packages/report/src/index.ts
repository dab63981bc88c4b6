/** Writes a report as JSON, HTML, SARIF, JUnit and Markdown. */
export {}
