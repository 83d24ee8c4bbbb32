/** The schema version that this code writes. Readers match columns by name, whatever the version. */
export const SCHEMA_VERSION = 1

/** Names of losses in a batch or report. */
export const MAX_LOSSES = 128
