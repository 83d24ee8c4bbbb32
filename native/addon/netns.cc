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

// Adds what lines such as "TCP: inuse 5 orphan 0 ..." and "UDP6: inuse 2" say; false when they cannot be read.
bool add_in_use(const std::string &path, SocketsInUse &in_use)
{
	FILE *stream = fopen(path.c_str(), "re");
	if (!stream)
		return false;
	char line[256];
	while (fgets(line, sizeof(line), stream)) {
		char name[16];
		long count = 0;
		if (sscanf(line, "%15[^:]: inuse %ld", name, &count) != 2 || count <= 0)
			continue;
		in_use.tcp |= strcmp(name, "TCP") == 0 || strcmp(name, "TCP6") == 0;
		in_use.udp |= strcmp(name, "UDP") == 0 || strcmp(name, "UDP6") == 0;
	}
	fclose(stream);
	return true;
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

SocketsInUse sockets_in_use(const NetworkNamespace &ns, bool udp)
{
	for (const pid_t pid : ns.processes) {
		SocketsInUse in_use = {false, false};
		if (!add_in_use(proc_path(pid, "net/sockstat"), in_use))
			continue;
		in_use.udp |= !udp;
		if (in_use.tcp && in_use.udp)
			return in_use;
		add_in_use(proc_path(pid, "net/sockstat6"), in_use);
		return in_use;
	}
	return {};
}

SocketsInUse sockets_in_use_here()
{
	SocketsInUse in_use = {false, false};

	if (!add_in_use("/proc/thread-self/net/sockstat", in_use))
		return {};
	add_in_use("/proc/thread-self/net/sockstat6", in_use);
	return in_use;
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
