/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headwater-store: runs the embedded ClickHouse server of a libchdb shared library as a process of its own.
 *
 *     headwater-store [--uid N --gid N] [--lock FILE] [--tables FOLDER] LIBRARY ARGUMENT...
 *
 * The arguments are those of clickhouse-local. The last query among them reads /dev/stdin, so that closing stdin ends
 * the server cleanly; whoever starts it holds the other end, and the kernel closes that end however the starter dies.
 * With --tables, what a kill left half done in that folder's tables is put right before the server starts (tokens.h).
 * The server gets a pipe of ours for its stdin, since a socket, which the starter's end may be, has no /dev/stdin.
 *
 * Exit codes: 0 clean end, 2 wrong usage, 3 library not loadable, 4 privileges not dropped, 5 the server failed,
 * 6 stdin was closed and the server did not end in time, 7 the lock file is held by another process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tokens.h"

#define NAME "headwater-store"
#define CLEAN_END_SECONDS 20
#define SWEEP_MS 50
#define MAX_FDS 4096
#define FIRST_TRIM_MS 5000
#define NEXT_TRIM_MS 300000

enum { EXIT_USAGE = 2, EXIT_LIBRARY, EXIT_PRIVILEGES, EXIT_SERVER, EXIT_STUCK, EXIT_LOCKED };

/* Public C interface of libchdb (chdb.h). */
typedef void *(*query_cmdline_fn)(int argc, char **argv);
typedef const char *(*result_error_fn)(void *result);

static void __attribute__((noreturn, format(printf, 2, 3))) fail(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(NAME ": ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_exit(code);
}

static unsigned int number(const char *option, const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text ? text : "", &end, 10);
	if (!text || text[0] < '0' || text[0] > '9' || *end || errno || value >= 0xffffffffUL)
		fail(EXIT_USAGE, "%s wants a number, not '%s'", option, text ? text : "");
	return value;
}

/* Irrevocable: no supplementary groups, no capabilities (setuid away from 0 clears them), no way back through exec. */
static void drop_privileges(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		fail(EXIT_PRIVILEGES, "cannot become uid %u gid %u: %s", uid, gid, strerror(errno));
	if (uid != 0 && setuid(0) == 0)
		fail(EXIT_PRIVILEGES, "root could be regained as uid %u", uid);
}

/* The kernel lets go of the lock when the process ends, however it ends. */
static void take_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		fail(EXIT_SERVER, "cannot open the lock file %s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		fail(EXIT_LOCKED, "%s: %s", path, errno == EWOULDBLOCK ? "held by another process" : strerror(errno));
}

/* With the lock held, and without privileges: nobody else writes there, and the folder's owner may have put anything there. */
static void put_tables_right(const char *tables)
{
	int dropped = drop_stale_tokens(tables);

	if (dropped < 0)
		fail(EXIT_SERVER, "cannot look through the deduplication logs below %s: %s", tables, strerror(errno));
	if (dropped > 0)
		fprintf(stderr, NAME ": blocks noted but not in place, from a server that was killed, may be inserted again: %d\n", dropped);
}

/*
 * Starting touches most of the library's 560 MB once. Unmapping what is only read gives that memory back to the page
 * cache, and what is still in use comes back with a soft fault. Writable segments, which relocation has changed, stay.
 */
static int trim_segments(struct dl_phdr_info *info, size_t size, void *library_path)
{
	long page = sysconf(_SC_PAGESIZE);

	(void)size;
	if (!info->dlpi_name || strcmp(info->dlpi_name, library_path))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start, end;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		start = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(uintptr_t)(page - 1);
		end = (info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(uintptr_t)(page - 1);
		if (end > start)
			madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 1;
}

static int starter = -1, server_stdin = -1;

/* After dropping privileges: opening /dev/stdin asks for the owner's rights on the pipe. */
static void replace_stdin(void)
{
	int ends[2];

	starter = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (starter < 0 || pipe2(ends, O_CLOEXEC) || dup2(ends[0], STDIN_FILENO) < 0)
		fail(EXIT_SERVER, "cannot make a pipe for stdin: %s", strerror(errno));
	close(ends[0]);
	server_stdin = ends[1];
}

/*
 * The server ends only when its clients hang up, and kept-alive connections do not for seconds. This looks to it as if
 * they did; what it still has to say goes out.
 */
static void hang_up_clients(void)
{
	for (int fd = 3; fd < MAX_FDS; fd++) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof(peer);

		if (fd != starter && !getpeername(fd, (struct sockaddr *)&peer, &size) && peer.ss_family == AF_INET)
			shutdown(fd, SHUT_RD);
	}
}

/* A server that hangs must not outlive whoever started it, and a clean end is worth waiting for. */
static void *watch_starter(void *library_path)
{
	struct pollfd fd = { .fd = starter, .events = POLLRDHUP };
	int timeout = FIRST_TRIM_MS;

	while (!(fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL))) {
		if (poll(&fd, 1, timeout) != 0)
			continue;
		dl_iterate_phdr(trim_segments, library_path);
		timeout = NEXT_TRIM_MS;
	}
	close(server_stdin);
	for (int waited = 0; waited < CLEAN_END_SECONDS * 1000; waited += SWEEP_MS) {
		poll(NULL, 0, SWEEP_MS);
		hang_up_clients();
	}
	fail(EXIT_STUCK, "stdin was closed %d s ago and the server still runs: ending it", CLEAN_END_SECONDS);
}

int main(int argc, char **argv)
{
	unsigned int uid = 0, gid = 0;
	int drop_uid = 0, drop_gid = 0, at = 1;
	const char *error, *lock = NULL, *tables = NULL;
	pthread_t watcher;
	char **arguments;
	void *library, *result;
	query_cmdline_fn run;
	result_error_fn result_error;

	for (; at < argc && !strncmp(argv[at], "--", 2); at += 2) {
		if (!strcmp(argv[at], "--uid")) {
			uid = number("--uid", argv[at + 1]);
			drop_uid = 1;
		} else if (!strcmp(argv[at], "--gid")) {
			gid = number("--gid", argv[at + 1]);
			drop_gid = 1;
		} else if (!strcmp(argv[at], "--lock") && argv[at + 1]) {
			lock = argv[at + 1];
		} else if (!strcmp(argv[at], "--tables") && argv[at + 1]) {
			tables = argv[at + 1];
		} else {
			fail(EXIT_USAGE, "unknown option '%s'", argv[at]);
		}
	}
	if (at >= argc || drop_uid != drop_gid)
		fail(EXIT_USAGE, "usage: " NAME " [--uid N --gid N] [--lock FILE] [--tables FOLDER] LIBRARY ARGUMENT...");

	library = dlopen(argv[at], RTLD_NOW | RTLD_GLOBAL);
	if (!library)
		fail(EXIT_LIBRARY, "%s", dlerror());
	run = (query_cmdline_fn)dlsym(library, "chdb_query_cmdline");
	result_error = (result_error_fn)dlsym(library, "chdb_result_error");
	if (!run || !result_error)
		fail(EXIT_LIBRARY, "%s has no chdb_query_cmdline: not a libchdb of a known version", argv[at]);

	if (drop_uid)
		drop_privileges(uid, gid);
	if (lock)
		take_lock(lock);
	if (tables)
		put_tables_right(tables);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail(EXIT_PRIVILEGES, "no_new_privs: %s", strerror(errno));
	replace_stdin();
	if (pthread_create(&watcher, NULL, watch_starter, argv[at]))
		fail(EXIT_SERVER, "cannot start a thread");

	/* The watcher keeps the path: give the server its own argument vector. */
	arguments = calloc(argc - at + 1, sizeof(*arguments));
	if (!arguments)
		fail(EXIT_SERVER, "out of memory");
	memcpy(arguments, argv + at, (argc - at) * sizeof(*arguments));
	arguments[0] = NAME;
	result = run(argc - at, arguments);
	error = result ? result_error(result) : "no result";
	if (error && *error)
		fail(EXIT_SERVER, "%s", error);
	/* The library's destructors race with its own threads; all data is on disk by now. */
	_exit(0);
}
