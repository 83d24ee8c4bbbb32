/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table's deduplication log is deduplication_logs/deduplication_log_<number>.txt, one record a line:
 *
 *     <1: noted, 2: taken back> TAB <part> TAB <token> LF
 *
 * ClickHouse writes a block's record and then renames its folder tmp_insert_<part> to <part>, without another block of that table
 * in between. So a kill leaves a stale record among the last ones.
 */
#define _GNU_SOURCE
#include "tokens.h"

#include "parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the log's end, what is looked at: some 200 records. */
#define TAIL 16384
#define RECORD 1024
#define LOGS "deduplication_logs"

/* Opens the newest log that has records, and says in `newest` where the next record goes. Returns -1 where there are none. */
static int open_log(int folder, char *newest, size_t size)
{
	int logs = openat(folder, LOGS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), fd, end;
	DIR *dir = logs < 0 ? NULL : fdopendir(logs);
	long long number, highest = -1, filled = -1;
	struct dirent *entry;
	struct stat status;
	char name[64];

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		end = 0;
		if (sscanf(entry->d_name, "deduplication_log_%lld.txt%n", &number, &end) != 1 || !end || entry->d_name[end] ||
		    fstatat(logs, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode))
			continue;
		if (number > highest)
			highest = number;
		if (status.st_size > 0 && number > filled)
			filled = number;
	}
	snprintf(newest, size, LOGS "/deduplication_log_%lld.txt", highest);
	snprintf(name, sizeof(name), "deduplication_log_%lld.txt", filled);
	fd = filled < 0 ? -1 : openat(logs, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	closedir(dir);
	return fd;
}

/* Notes that the token is taken back, as the server does when it drops a part. */
static int take_back(int folder, const char *log, const char *part, const char *token)
{
	char record[RECORD];
	int length = snprintf(record, sizeof(record), "2\t%s\t%s\n", part, token);
	int fd = openat(folder, log, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	int done = length < (int)sizeof(record) && fd >= 0 && write(fd, record, length) == length;

	if (fd >= 0)
		close(fd);
	return done ? 0 : -1;
}

/* Whether a later record takes this token back. */
static int taken_back(const char *token, const char *rest)
{
	char needle[512];

	snprintf(needle, sizeof(needle), "\t%s\n", token);
	for (const char *at = rest; (at = strstr(at, needle)); at++) {
		const char *line = at;

		while (line > rest && line[-1] != '\n')
			line--;
		if (*line == '2')
			return 1;
	}
	return 0;
}

static int check_records(int folder, const char *newest, const struct parts *parts, char *text)
{
	int dropped = 0;

	for (char *line = text, *next; *line; line = next) {
		char name[256], token[256];
		struct part block;

		next = strchr(line, '\n') + 1;
		if (sscanf(line, "1\t%255[^\t\n]\t%255[^\t\n]", name, token) != 2 || !read_part(name, &block) ||
		    in_place(parts, &block) || taken_back(token, next))
			continue;
		if (take_back(folder, newest, name, token))
			return -1;
		dropped++;
	}
	return dropped;
}

/*
 * The whole records at the log's end. One that was cut off goes: the server would read nothing after it, and its part is not in
 * place.
 */
static char *read_tail(int log, char *buffer)
{
	off_t size = lseek(log, 0, SEEK_END), from = size > TAIL ? size - TAIL : 0;
	ssize_t length = size < 0 ? -1 : pread(log, buffer, TAIL, from);
	char *end, *start = buffer;

	if (length < 0)
		return NULL;
	buffer[length] = 0;
	end = strrchr(buffer, '\n');
	end = end ? end + 1 : buffer;
	/* Longer than any record: not a record that was cut off, so not ours to take away. */
	if (*end && strlen(end) < RECORD && ftruncate(log, from + (end - buffer)))
		return NULL;
	*end = 0;
	if (from > 0)
		start = end == buffer ? end : strchr(buffer, '\n') + 1;
	return start;
}

static int check_table(int folder)
{
	char newest[64], buffer[TAIL + 1], *records;
	int log = open_log(folder, newest, sizeof(newest)), dropped = -1;
	struct parts parts = { 0, NULL };

	if (log < 0)
		return 0;
	records = read_tail(log, buffer);
	if (records && !list_parts(folder, &parts))
		dropped = check_records(folder, newest, &parts, records);
	free_parts(&parts);
	close(log);
	return dropped;
}

/* Calls `each` for the folders in a folder, and adds up what it returns; -1 where one of them fails. */
static int for_each_folder(int at, int (*each)(int folder))
{
	DIR *dir = fdopendir(at);
	struct dirent *entry;
	int sum = 0;

	if (!dir)
		return -1;
	while (sum >= 0 && (entry = readdir(dir))) {
		int one, folder = entry->d_name[0] == '.' ?
					  -1 :
					  openat(at, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (folder < 0)
			continue;
		one = each(folder);
		sum = one < 0 ? -1 : sum + one;
	}
	closedir(dir);
	return sum;
}

static int check_and_close(int folder)
{
	int dropped = check_table(folder), error = errno;

	close(folder);
	errno = error;
	return dropped;
}

static int check_group(int group)
{
	return for_each_folder(group, check_and_close);
}

int drop_stale_tokens(const char *tables)
{
	int folder = open(tables, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	return for_each_folder(folder, check_group);
}
