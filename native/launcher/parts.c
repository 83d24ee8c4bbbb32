/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int read_part(const char *name, struct part *part)
{
	int end = 0;
	const char *under = strchr(name, '_');

	if (!under || under == name)
		return 0;
	part->name = name;
	part->partition = under - name;
	/* A mutated part has one number more. */
	return sscanf(under, "_%lld_%lld_%*d%n", &part->first, &part->last, &end) == 2 && end > 0 &&
	       (!under[end] || under[end] == '_');
}

void free_parts(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		free((char *)parts->at[i].name);
	free(parts->at);
}

static int add_part(struct parts *parts, const char *name)
{
	struct part part, *more;

	if (!read_part(name, &part))
		return 0;
	more = reallocarray(parts->at, parts->count + 1, sizeof(part));
	if (!more)
		return -1;
	parts->at = more;
	part.name = strdup(name);
	if (!part.name)
		return -1;
	more[parts->count++] = part;
	return 0;
}

int list_parts(int folder, struct parts *parts)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return -1;
	while (!failed && (entry = readdir(dir)))
		failed = add_part(parts, entry->d_name);
	closedir(dir);
	return failed;
}

int in_place(const struct parts *parts, const struct part *block)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct part *part = &parts->at[i];

		if (part->partition == block->partition && !memcmp(part->name, block->name, part->partition) &&
		    part->first <= block->first && part->last >= block->last)
			return 1;
	}
	return 0;
}
