// SPDX-License-Identifier: Apache-2.0
#include "netns.h"

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

namespace headwater {

namespace {

// A process may end between the listing and the visit; a few more of its namespace stand in for it.
constexpr size_t kStandIns = 4;

std::string proc_path(pid_t pid, const char *name)
{
	return "/proc/" + std::to_string(pid) + "/" + name;
}

// "TCP: inuse 5 orphan 0 ..." or "TCP6: inuse 2"; -1 when it cannot be read.
long sockets_in_use(const std::string &path, const char *prefix)
{
	FILE *stream = fopen(path.c_str(), "re");
	if (!stream)
		return -1;
	char line[256];
	long in_use = 0;
	const size_t length = strlen(prefix);
	while (fgets(line, sizeof(line), stream)) {
		if (strncmp(line, prefix, length) == 0) {
			in_use = strtol(line + length, nullptr, 10);
			break;
		}
	}
	fclose(stream);
	return in_use;
}

} // namespace

std::vector<NetworkNamespace> network_namespaces(size_t limit, unsigned long long &refused)
{
	std::vector<NetworkNamespace> found;
	std::unordered_map<ino_t, size_t> index;
	DIR *proc = opendir("/proc");

	if (!proc)
		return found;
	while (const dirent *entry = readdir(proc)) {
		if (!isdigit(static_cast<unsigned char>(entry->d_name[0])))
			continue;
		const pid_t pid = static_cast<pid_t>(strtol(entry->d_name, nullptr, 10));
		struct stat status;
		if (stat(proc_path(pid, "ns/net").c_str(), &status) != 0) {
			if (errno == EACCES || errno == EPERM)
				refused++;
			continue;
		}
		const auto known = index.find(status.st_ino);
		if (known != index.end()) {
			auto &processes = found[known->second].processes;
			if (processes.size() < kStandIns)
				processes.push_back(pid);
		} else if (found.size() < limit) {
			index.emplace(status.st_ino, found.size());
			found.push_back({status.st_ino, {pid}});
		}
	}
	closedir(proc);
	return found;
}

bool has_tcp_sockets(const NetworkNamespace &ns)
{
	for (const pid_t pid : ns.processes) {
		const long v4 = sockets_in_use(proc_path(pid, "net/sockstat"), "TCP: inuse ");
		const long v6 = sockets_in_use(proc_path(pid, "net/sockstat6"), "TCP6: inuse ");
		if (v4 >= 0)
			return v4 > 0 || v6 > 0;
	}
	return true;
}

bool has_tcp_sockets_here()
{
	const long v4 = sockets_in_use("/proc/thread-self/net/sockstat", "TCP: inuse ");
	const long v6 = sockets_in_use("/proc/thread-self/net/sockstat6", "TCP6: inuse ");

	return v4 != 0 || v6 > 0;
}

ThreadNamespace::ThreadNamespace()
{
	struct stat status;

	own_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own_ >= 0 && fstat(own_, &status) == 0)
		inode_ = status.st_ino;
}

ThreadNamespace::~ThreadNamespace()
{
	if (own_ >= 0)
		close(own_);
}

std::string ThreadNamespace::cannot_enter() const
{
	if (own_ < 0)
		return "/proc/thread-self/ns/net cannot be opened";
	return setns(own_, CLONE_NEWNET) == 0 ? std::string() : std::string("setns: ") + strerror(errno);
}

ThreadNamespace::Entered ThreadNamespace::enter(const NetworkNamespace &ns) const
{
	if (ns.fd >= 0)
		return setns(ns.fd, CLONE_NEWNET) == 0 ? Entered::yes : Entered::refused;
	for (const pid_t pid : ns.processes) {
		const int fd = open(proc_path(pid, "ns/net").c_str(), O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		struct stat status;
		// The number may belong to another process by now.
		const bool same = fstat(fd, &status) == 0 && status.st_ino == ns.inode;
		const bool entered = same && setns(fd, CLONE_NEWNET) == 0;
		close(fd);
		if (same)
			return entered ? Entered::yes : Entered::refused;
	}
	return Entered::vanished;
}

bool ThreadNamespace::leave() const
{
	return setns(own_, CLONE_NEWNET) == 0;
}

} // namespace headwater
