// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <unistd.h>

#include "../../bpf/flow.h"

namespace headwater {

namespace {

constexpr size_t kNamespaceLimit = 4096;
// When the walk has filled its half of the ring it waits for the reader, at most this often and this long.
constexpr int kPatience = 25;
constexpr std::chrono::milliseconds kPause(20);

} // namespace

// The iterator runs as its file is read; it writes nothing there, its records go through the ring.
bool Core::iterate(int link_fd)
{
	const int fd = bpf_iter_create(link_fd);
	if (fd < 0)
		return false;
	char none[64];
	ssize_t bytes;
	do {
		bytes = read(fd, none, sizeof(none));
		// EAGAIN: a million sockets were passed without output; reading on goes on.
	} while ((bytes > 0 || (bytes < 0 && (errno == EAGAIN || errno == EINTR))) && !interrupted_);
	::close(fd);
	return bytes == 0;
}

// iter/tcp sees the network namespace that its file was made in. An open file pins it: closed at once.
bool Core::visit(const NetworkNamespace &ns, bool patient)
{
	const int link_fd = program("iter_tcp")->link_fd();
	const bool elsewhere = ns.inode != own_namespace_->inode();

	if (elsewhere) {
		switch (own_namespace_->enter(ns)) {
		case ThreadNamespace::Entered::yes:
			break;
		case ThreadNamespace::Entered::vanished:
			namespaces_vanished_++;
			return true;
		case ThreadNamespace::Entered::refused:
			return false;
		}
	}
	bool complete = false;
	for (int round = 0; round < (patient ? kPatience : 1) && !interrupted_; round++) {
		const auto deferred = kernel_counter(HW_COUNTER_walk_deferred);
		complete = iterate(link_fd);
		if (!complete || !patient || kernel_counter(HW_COUNTER_walk_deferred) == deferred)
			break;
		std::this_thread::sleep_for(kPause);
	}
	if (elsewhere && !own_namespace_->leave()) {
		// Would walk the wrong namespace from now on.
		may_enter_ = false;
		return false;
	}
	return complete;
}

WalkOutcome Core::walk()
{
	return walk(true);
}

WalkOutcome Core::walk(bool patient)
{
	WalkOutcome outcome;
	const auto begin = std::chrono::steady_clock::now();

	if (!program("iter_tcp"))
		return outcome;
	std::vector<NetworkNamespace> namespaces;
	unsigned long long refused = 0;
	if (may_enter_)
		namespaces = network_namespaces(kNamespaceLimit, refused);
	else
		namespaces.push_back({own_namespace_->inode(), {getpid()}});
	processes_refused_ += refused;
	if (namespaces.size() == kNamespaceLimit)
		namespaces_over_limit_++;
	for (const NetworkNamespace &ns : namespaces) {
		if (interrupted_)
			break;
		if (!has_tcp_sockets(ns)) {
			namespaces_skipped_++;
			continue;
		}
		if (visit(ns, patient)) {
			outcome.namespaces++;
		} else {
			outcome.failed++;
			namespaces_failed_++;
		}
	}
	outcome.duration_ms =
		std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
	return outcome;
}

} // namespace headwater
