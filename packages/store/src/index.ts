/** Durable state behind one SQL schema: libSQL embedded, PostgreSQL to scale out. */
export {}
