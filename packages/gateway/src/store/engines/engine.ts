/** The databases that a store can stand on. Every feature works on both. */
export type Engine = "sqlite" | "postgres";
