/** Rows of prompts and what they are made of, in the form of those in `tables.ts`. */
import type { Dated } from "./tables.ts";

export interface PromptCollectionsTable extends Dated {
  id: string;
  projectId: string;
  parentId: string | null;
  slug: string;
  name: string;
}

export interface PromptLabelsTable extends Dated {
  id: string;
  /** Null: of every project. */
  projectId: string | null;
  name: string;
  description: string | null;
  colorCode: string | null;
}

export interface PromptsTable extends Dated {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  collectionId: string | null;
  currentVersion: number;
  publishedVersion: number;
}

export interface PromptVersionsTable {
  id: string;
  promptId: string;
  version: number;
  content: string;
  description: string | null;
  authorId: string | null;
  createdAt: number;
}

export interface PromptVersionLabelsTable {
  promptId: string;
  labelId: string;
  version: number;
  createdAt: number;
}

export interface PromptPartialsTable extends Dated {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  currentVersion: number;
  publishedVersion: number;
}

export interface PromptPartialVersionsTable {
  id: string;
  partialId: string;
  version: number;
  template: string;
  description: string | null;
  authorId: string | null;
  createdAt: number;
}

export interface PromptTables {
  promptCollections: PromptCollectionsTable;
  promptLabels: PromptLabelsTable;
  prompts: PromptsTable;
  promptVersions: PromptVersionsTable;
  promptVersionLabels: PromptVersionLabelsTable;
  promptPartials: PromptPartialsTable;
  promptPartialVersions: PromptPartialVersionsTable;
}
