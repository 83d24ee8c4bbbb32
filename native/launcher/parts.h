/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* A part by its name, <partition>_<first block>_<last block>_<level>: a merged one is named after the blocks it holds. */
struct part {
	const char *name;
	int partition; /* length of its id */
	long long first, last;
};

struct parts {
	size_t count;
	struct part *at;
};

/* Returns 0 where this is not a part's name. Keeps the pointer. */
int read_part(const char *name, struct part *part);

/* The parts in an open folder; 0, or -1 with errno. */
int list_parts(int folder, struct parts *parts);
void free_parts(struct parts *parts);

/* Whether the block is in one of the parts: in its own, or in one that it was merged into. */
int in_place(const struct parts *parts, const struct part *block);
