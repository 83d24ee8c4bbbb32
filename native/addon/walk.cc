// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <unistd.h>

#include "../../bpf/flow.h"
#include "patience.h"
#include "thread_cpu.h"

namespace headwater {

namespace {

// Network namespaces with TCP, up to which each is walked over whole at each walk: slots cost less than five.
constexpr size_t kFew = 4;

} // namespace

// Whether the walk over sockets stops where the ring has no room.
void Core::set_walk_waits(bool waits)
{
	const __u32 zero = 0;
	hw_control control = {};

	bpf_map_lookup_elem(maps_.at("hw_control"), &zero, &control);
	control.walk_waits = waits ? 1 : 0;
	bpf_map_update_elem(maps_.at("hw_control"), &zero, &control, BPF_ANY);
}

// The same, which waits for the reader and then goes on where it was; when that was often enough it leaves what is left to the next.
bool Core::iterate_patiently(int link_fd)
{
	int patience = kPatience;

	set_walk_waits(true);
	const bool complete = iterate(link_fd, [&] {
		std::this_thread::sleep_for(kPause);
		if (--patience == 0)
			set_walk_waits(false);
	});
	set_walk_waits(false);
	return complete;
}

// The iterator runs as its file is read; it writes nothing there, its records go through the ring.
bool Core::iterate(int link_fd, const std::function<void()> &held_up)
{
	const int fd = bpf_iter_create(link_fd);
	if (fd < 0)
		return false;
	char none[64];
	ssize_t bytes;
	bool more;
	do {
		bytes = read(fd, none, sizeof(none));
		// EAGAIN: its program waits, or a million sockets were passed without output. Reading on goes on.
		const bool held = bytes < 0 && errno == EAGAIN;
		more = bytes > 0 || held || (bytes < 0 && errno == EINTR);
		if (held && held_up)
			held_up();
	} while (more && !interrupted_);
	::close(fd);
	return bytes == 0;
}

// iter/tcp sees the network namespace that its file was made in. An open file pins it: closed at once. @whole: TCP, too.
Core::Visited Core::walk_here(const NetworkNamespace &ns, const SocketsInUse &known, bool whole, bool patient)
{
	Program *connections = program("iter_tcp");
	// Without a process of it that could be looked at from outside.
	SocketsInUse in_use = ns.processes.empty() ? sockets_in_use_here() : known;
	in_use.tcp = in_use.tcp && connections;
	const bool tcp = in_use.tcp && whole;

	if (observes_datagrams() && (!in_use.udp || (program("iter_udp") && iterate(program("iter_udp")->link_fd()))))
		note_datagram_walk(ns);
	if (!in_use.any())
		return Visited::idle;
	if (!tcp)
		return Visited::done;
	return (patient ? iterate_patiently(connections->link_fd()) : iterate(connections->link_fd())) ? Visited::done : Visited::failed;
}

WalkOutcome Core::walk()
{
	settle_owners();
	return walk(true);
}

WalkOutcome Core::walk(bool patient)
{
	WalkOutcome outcome;
	const auto begin = std::chrono::steady_clock::now();

	if (!program("iter_tcp") && !observes_datagrams())
		return outcome;
	begin_datagram_walk();
	const std::vector<NetworkNamespace> namespaces = observed(walk_visits_);
	rotation_.begin(namespaces);
	std::vector<SocketsInUse> in_use;
	size_t with_tcp = 0;
	for (const NetworkNamespace &ns : namespaces) {
		in_use.push_back(sockets_in_use(ns, observes_datagrams()));
		with_tcp += in_use.back().tcp;
	}
	const bool by_slots = patient && with_tcp > kFew && program("iter_tcp") && walk_slots(namespaces);
	if (!by_slots)
		take_wanted();
	for (const size_t i : rotation_.order(namespaces)) {
		if (interrupted_)
			break;
		const NetworkNamespace &ns = namespaces[i];
		if (!in_use[i].udp)
			note_datagram_walk(ns);
		const bool tcp = in_use[i].tcp && program("iter_tcp");
		const bool udp = in_use[i].udp && program("iter_udp");
		const bool whole = !by_slots || (tcp && rotation_.takes(ns.inode));
		if (!tcp && !udp) {
			walk_visits_.skipped++;
			continue;
		}
		if (!whole && !udp) {
			outcome.namespaces++;
			continue;
		}
		const auto cpu = thread_cpu();
		const Visited visited = visit(ns, walk_visits_, [&] { return walk_here(ns, in_use[i], whole, patient); });
		outcome.failed += visited == Visited::failed;
		outcome.namespaces += visited == Visited::done;
		if (tcp && whole && visited == Visited::done)
			rotation_.walked(ns.inode, by_slots ? thread_cpu() - cpu : std::chrono::nanoseconds(0));
	}
	drain_datagrams(patient);
	outcome.duration_ms =
		std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
	return outcome;
}

} // namespace headwater
