// SPDX-License-Identifier: Apache-2.0
#include "limit.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace headwater {

namespace {

const char *const kPathFix =
	"name one that exists: /run/netns/NAME (`ip netns list`), or /proc/PID/ns/net of a process in it (`lsns -t net`)";
const char *const kPrivilegeFix = "run as root, or with the capabilities SYS_ADMIN and SYS_PTRACE";
const char *const kOpenFix = "raise the limit of open files (ulimit -n), or name fewer namespaces";

OpenOutcome problem(const std::string &path, const std::string &what, const char *fix)
{
	return {"bad-namespace", path + " cannot be observed: " + what, fix};
}

OpenOutcome cannot_open(const std::string &path, int error)
{
	if (error == EACCES || error == EPERM)
		return {"no-privilege", path + " cannot be observed: it may not be opened (" + strerror(error) + ")", kPrivilegeFix};
	if (error == ENOENT || error == ESRCH)
		return problem(path, "it does not exist", kPathFix);
	const bool many = error == EMFILE || error == ENFILE;
	return problem(path, std::string("it cannot be opened (") + strerror(error) + ")", many ? kOpenFix : kPathFix);
}

const char *kind_of_namespace(int type)
{
	switch (type) {
	case CLONE_NEWNS:
		return "a mount namespace";
	case CLONE_NEWPID:
		return "a pid namespace";
	case CLONE_NEWUSER:
		return "a user namespace";
	case CLONE_NEWUTS:
		return "a UTS namespace";
	case CLONE_NEWIPC:
		return "an IPC namespace";
	case CLONE_NEWCGROUP:
		return "a cgroup namespace";
	default:
		return "a namespace of another kind";
	}
}

// A file descriptor of what is there, by which nothing is read: opening a pipe would wait, and opening a device may do things.
class Place {
public:
	explicit Place(const std::string &path) : fd_(::open(path.c_str(), O_PATH | O_CLOEXEC)), error_(errno) {}
	Place(const Place &) = delete;
	Place &operator=(const Place &) = delete;
	~Place()
	{
		if (fd_ >= 0)
			::close(fd_);
	}

	bool there() const { return fd_ >= 0; }
	int error() const { return error_; }
	bool is_namespace() const
	{
		struct statfs status;
		return fstatfs(fd_, &status) == 0 && status.f_type == NSFS_MAGIC;
	}

private:
	int fd_;
	int error_;
};

// Opens the namespace at `path` into `ns`.
OpenOutcome open_namespace(const std::string &path, NetworkNamespace &ns)
{
	const Place place(path);
	if (!place.there())
		return cannot_open(path, place.error());
	if (!place.is_namespace())
		return problem(path, "it is no network namespace (what `ip netns` made may be gone, and its file left)", kPathFix);
	const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return cannot_open(path, errno);
	const int type = ioctl(fd, NS_GET_NSTYPE);
	struct stat status;
	if (type != CLONE_NEWNET || fstat(fd, &status) != 0) {
		::close(fd);
		return problem(path, std::string("it is no network namespace, but ") + kind_of_namespace(type), kPathFix);
	}
	ns.inode = status.st_ino;
	ns.fd = fd;
	return {};
}

} // namespace

OpenOutcome NamespaceLimit::open(const std::vector<std::string> &paths)
{
	for (const std::string &path : paths) {
		NetworkNamespace found;
		const OpenOutcome outcome = open_namespace(path, found);
		if (!outcome.code.empty()) {
			close();
			return outcome;
		}
		bool known = false;
		for (const NetworkNamespace &ns : namespaces_)
			known = known || ns.inode == found.inode;
		if (known)
			::close(found.fd);
		else
			namespaces_.push_back(found);
	}
	return {};
}

void NamespaceLimit::close()
{
	for (const NetworkNamespace &ns : namespaces_)
		::close(ns.fd);
	namespaces_.clear();
}

OpenOutcome namespace_problem(const std::string &path)
{
	return NamespaceLimit().open({path});
}

} // namespace headwater
