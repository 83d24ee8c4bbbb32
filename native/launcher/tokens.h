/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Takes back the tokens that a killed server noted for blocks whose parts it then did not put in place, in every table below the
 * folder (ClickHouse's `store`), so that a retry of such a block is taken. Only for a server that does not run.
 * Returns how many there were, or -1 with errno.
 */
int drop_stale_tokens(const char *tables);
