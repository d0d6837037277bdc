/** An item of the output while it is being written. */
import type { ItemStatus, OutputItem } from "./response-object.ts";

export interface OpenItem {
  /** As far as it has come. */
  itemAs(status: ItemStatus): OutputItem;
  /** Writes the events of its end. To be called once. */
  close(status: ItemStatus): OutputItem;
}

/** Where an item stands in the answer. */
export interface ItemPlace {
  id: string;
  outputIndex: number;
}
