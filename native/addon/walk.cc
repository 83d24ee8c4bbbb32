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
Core::Visited Core::walk_here(const NetworkNamespace &ns, bool patient)
{
	const int link_fd = program("iter_tcp")->link_fd();
	bool complete = false;

	// Without a process of it that could be looked at from outside.
	if (ns.processes.empty() && !has_tcp_sockets_here())
		return Visited::idle;
	for (int round = 0; round < (patient ? kPatience : 1) && !interrupted_; round++) {
		const auto deferred = kernel_counter(HW_COUNTER_walk_deferred);
		complete = iterate(link_fd);
		if (!complete || !patient || kernel_counter(HW_COUNTER_walk_deferred) == deferred)
			break;
		std::this_thread::sleep_for(kPause);
	}
	return complete ? Visited::done : Visited::failed;
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
	for (const NetworkNamespace &ns : observed(walk_visits_)) {
		if (interrupted_)
			break;
		if (!has_tcp_sockets(ns)) {
			walk_visits_.skipped++;
			continue;
		}
		const Visited visited = visit(ns, walk_visits_, [&] { return walk_here(ns, patient); });
		outcome.failed += visited == Visited::failed;
		outcome.namespaces += visited == Visited::done;
	}
	outcome.duration_ms =
		std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
	return outcome;
}

} // namespace headwater
