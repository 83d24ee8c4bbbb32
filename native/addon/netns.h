// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace headwater {

// A network namespace, with the way into it: a file of it that is held open, or else some processes that live in it.
struct NetworkNamespace {
	ino_t inode = 0;
	std::vector<pid_t> processes;
	int fd = -1;
};

// The namespaces of all processes in /proc, one entry each, at most `limit`. `refused` counts processes that may not be looked
// at (SYS_PTRACE).
std::vector<NetworkNamespace> network_namespaces(size_t limit, unsigned long long &refused);

// Which sockets a namespace surely has not (/proc/PID/net/sockstat): far cheaper than entering it.
struct SocketsInUse {
	bool tcp = true;
	bool udp = true;
	bool any() const { return tcp || udp; }
};

// All true where no process of it is known. @udp: whether it is asked for UDP; else that may be left unread, and true.
SocketsInUse sockets_in_use(const NetworkNamespace &ns, bool udp = true);
// The same for the namespace that the calling thread is in.
SocketsInUse sockets_in_use_here();

// The calling thread's network namespace, to come back to. The thread is the only one that moves.
class ThreadNamespace {
public:
	ThreadNamespace();
	~ThreadNamespace();
	ThreadNamespace(const ThreadNamespace &) = delete;
	ThreadNamespace &operator=(const ThreadNamespace &) = delete;

	ino_t inode() const { return inode_; }
	// Whether this thread may move at all (CAP_SYS_ADMIN): empty, or the kernel's words.
	std::string cannot_enter() const;
	enum class Entered { yes, vanished, refused };
	Entered enter(const NetworkNamespace &ns) const;
	bool leave() const;

private:
	int own_ = -1;
	ino_t inode_ = 0;
};

} // namespace headwater
