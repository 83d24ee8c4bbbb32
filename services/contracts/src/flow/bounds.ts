/** The schema version that this code writes. Readers match columns by name, whatever the version. */
export const SCHEMA_VERSION = 1

/** Names of losses in a batch or report. */
export const MAX_LOSSES = 128

/** Most rows of one message: far above what fits below MAX_MESSAGE_BYTES with all columns. Columns that a message lacks are made of so many. */
export const MAX_BATCH_ROWS = 100_000

/** Sequences from here on are of batches that were put aside and then replayed: no agent counts so far (2^52). */
export const FIRST_REPLAYED_SEQUENCE = 2 ** 52
