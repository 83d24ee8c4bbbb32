// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <bpf/bpf.h>
#include <ctime>
#include <thread>

#include "../../bpf/flow.h"
#include "patience.h"

namespace headwater {

namespace {

unsigned long long boot_ns()
{
	timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return static_cast<unsigned long long>(time.tv_sec) * 1000000000ULL + static_cast<unsigned long long>(time.tv_nsec);
}

} // namespace

bool Core::observes_datagrams()
{
	return maps_.count("hw_conversations") != 0 && maps_.count("hw_walked_namespaces") != 0;
}

// Gives the walk a number, by which the sockets that it meets are marked (udp_sockets.bpf.c).
void Core::begin_datagram_walk()
{
	const __u32 zero = 0;
	hw_control control = {};

	datagram_walk_ns_ = boot_ns();
	if (++datagram_walk_ == 0)
		datagram_walk_ = 1;
	if (!observes_datagrams() || bpf_map_lookup_elem(maps_.at("hw_control"), &zero, &control) != 0)
		return;
	control.datagram_walk = datagram_walk_;
	bpf_map_update_elem(maps_.at("hw_control"), &zero, &control, BPF_ANY);
}

// All sockets of the namespace were met: those that were not are gone.
void Core::note_datagram_walk(const NetworkNamespace &ns)
{
	const __u32 netns = static_cast<__u32>(ns.inode);
	const __u32 walk = datagram_walk_;

	if (observes_datagrams() && bpf_map_update_elem(maps_.at("hw_walked_namespaces"), &netns, &walk, BPF_ANY) != 0)
		namespaces_unnoted_++;
}

void Core::drain_datagrams(bool patient)
{
	Program *drain = program("udp_drain");

	if (!drain || !observes_datagrams())
		return;
	for (int patience = patient ? kPatience : 0; !interrupted_; patience--) {
		hw_drain told = {};
		told.begun_ns = datagram_walk_ns_;
		told.idle_ns = options_.conversation_idle_ns;
		told.walk = datagram_walk_;
		told.waits = patience > 0;
		if (!drain->call(&told, sizeof(told)) || !told.deferred || !told.waits)
			return;
		std::this_thread::sleep_for(kPause);
	}
}

} // namespace headwater
