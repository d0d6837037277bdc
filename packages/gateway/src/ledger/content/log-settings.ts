/** What each project keeps of its calls, and for how long; in memory, so that no call waits for it. */
import type { ChangeKind } from "../../store/changes/change.ts";
import { follow } from "../../store/changes/follow.ts";
import type { Row } from "../../store/tables/tables.ts";
import type { StoreAccess } from "../../store/within.ts";

export interface LogSettings {
  /**
   * Whose content is kept: every call's, of a share of them, of those that failed, or none's. Where it is not `none`, items of responses may
   * be kept for those who have their ids, sealed; `sealed` keeps nothing else.
   */
  content: "all" | "sampled" | "errors" | "sealed" | "none";
  /** Of `sampled`: 1 to 100. */
  samplePercent: number;
  /** How long content is kept. */
  contentDays: number;
  /** How long records are kept; undefined: for ever. */
  recordDays: number | undefined;
  /** How much content is kept, compressed; the oldest goes first. */
  mostContentBytes: number | undefined;
  /** True: a stream that its caller leaves is read to its end, so that its record has the true figures. */
  drainStreams: boolean;
}

export const usualLogSettings: LogSettings = {
  content: "sealed",
  samplePercent: 10,
  contentDays: 30,
  recordDays: undefined,
  mostContentBytes: undefined,
  drainStreams: false,
};

const kind: ChangeKind = "log_settings";

/** As they were last heard of: whoever keeps or takes away by them asks the store then, since a change may not have been heard of. */
export class LogSettingsBook {
  #byProject: ReadonlyMap<string, LogSettings> = new Map();

  of(projectId: string): LogSettings {
    return this.#byProject.get(projectId) ?? usualLogSettings;
  }

  /** Reads them, and again whenever a gateway has changed them. */
  async follow(store: StoreAccess, onFault: (error: unknown) => void): Promise<void> {
    await follow({
      store,
      kind,
      read: () => readAllLogSettings(store),
      take: (all) => (this.#byProject = all),
      onFault,
    });
  }
}

/** Of the projects that have set something. */
async function readAllLogSettings(store: Pick<StoreAccess, "read">): Promise<Map<string, LogSettings>> {
  const rows = await store.read((db) => db.selectFrom("logSettings").selectAll().execute());
  return new Map(rows.map((row) => [row.projectId, settingsOf(row)]));
}

export async function readLogSettings(store: Pick<StoreAccess, "read">, projectId: string): Promise<LogSettings> {
  const row = await store.read((db) =>
    db.selectFrom("logSettings").selectAll().where("projectId", "=", projectId).executeTakeFirst(),
  );
  return row === undefined ? usualLogSettings : settingsOf(row);
}

export async function writeLogSettings(store: StoreAccess, projectId: string, settings: LogSettings): Promise<void> {
  const values = {
    ...settings,
    recordDays: settings.recordDays ?? null,
    mostContentBytes: settings.mostContentBytes ?? null,
    drainStreams: settings.drainStreams ? 1 : 0,
    updatedAt: store.clock.now(),
  };
  await store.write(async ({ db, changed }) => {
    await db
      .insertInto("logSettings")
      .values({ projectId, ...values })
      .onConflict((conflict) => conflict.column("projectId").doUpdateSet(values))
      .execute();
    changed(kind, projectId);
  });
}

function settingsOf(row: Row<"logSettings">): LogSettings {
  return {
    content: row.content,
    samplePercent: row.samplePercent,
    contentDays: row.contentDays,
    recordDays: row.recordDays ?? undefined,
    mostContentBytes: row.mostContentBytes ?? undefined,
    drainStreams: row.drainStreams === 1,
  };
}
