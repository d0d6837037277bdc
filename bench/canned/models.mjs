/**
 * What the canned upstream answers, chosen by the model id of the path: ids that every gateway knows, so that none takes
 * a detour for an unknown one. `whole` answers Converse, `stream` answers ConverseStream, `chunks` InvokeModelWithResponseStream.
 */
export const cannedModels = {
  short: { id: "amazon.nova-micro-v1:0", whole: { textBytes: 60 }, stream: { events: 200, intervalMs: 0 } },
  long: { id: "amazon.nova-lite-v1:0", whole: { textBytes: 8000 }, stream: { events: 20, intervalMs: 0 } },
  paced: { id: "amazon.nova-pro-v1:0", whole: { textBytes: 60 }, stream: { events: 150, intervalMs: 20 } },
  pacedShort: { id: "us.amazon.nova-pro-v1:0", whole: { textBytes: 60 }, stream: { events: 50, intervalMs: 20 } },
  claude: {
    id: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    whole: { textBytes: 60 },
    stream: { events: 200, intervalMs: 0 },
    chunks: 200,
  },
  held: {
    id: "amazon.nova-premier-v1:0",
    whole: { textBytes: 60 },
    stream: { events: Number.POSITIVE_INFINITY, intervalMs: 1000 },
  },
};

/** In every whole answer and in every text delta, and nowhere else: the load generator counts it. */
export const countedWord = "lode";
