// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <chrono>
#include <thread>

#include "../../bpf/flow.h"
#include "patience.h"

namespace headwater {

namespace {

// The kernel does nothing else on this CPU meanwhile, where it is built without preemption: some milliseconds at most.
constexpr unsigned kSlots = 8192;
// Sockets that are locked are looked at again, at most this often and so long after.
constexpr int kTries = 4;
constexpr std::chrono::milliseconds kLocked(1);

} // namespace

// The sockets of some slots; what the ring has no room for waits for the reader as often as there is patience left.
bool Core::walk_slots(unsigned first, int &patience)
{
	const unsigned end = std::min(first + kSlots, options_.slots);
	unsigned locked = 0;

	while (!interrupted_) {
		hw_slot_pass told = {};
		told.first = first;
		told.count = end - first;
		told.waits = patience > 0;
		if (!program("walk_slots")->call(&told, sizeof(told)))
			return false;
		locked += told.locked;
		if (told.overflown)
			overflown_ = true;
		first += told.done;
		if (first >= end)
			break;
		patience--;
		std::this_thread::sleep_for(kPause);
	}
	sockets_locked_ += locked;
	return walk_locked_slots(locked);
}

bool Core::walk_locked_slots(unsigned locked)
{
	for (int i = 1; i <= kTries && locked && !interrupted_; i++) {
		hw_slot_pass told = {};
		told.count = locked;
		told.again = 1;
		told.last = i == kTries;
		std::this_thread::sleep_for(kLocked);
		if (!program("walk_slots")->call(&told, sizeof(told)))
			return false;
		if (told.overflown)
			overflown_ = true;
		locked = told.locked;
	}
	return true;
}

// The namespaces that the programs want walked over whole. Where all are, this keeps those that are gone from filling the table.
void Core::take_wanted()
{
	const auto wanted = maps_.find("hw_walk_wanted");
	__u32 netns;

	if (wanted == maps_.end())
		return;
	while (bpf_map_get_next_key(wanted->second, nullptr, &netns) == 0 &&
	       bpf_map_delete_elem(wanted->second, &netns) == 0)
		rotation_.want(netns);
}

// All sockets that have a slot, whatever their network namespace. False where it cannot be: then each namespace is walked over whole.
bool Core::walk_slots(const std::vector<NetworkNamespace> &namespaces)
{
	if (!program("walk_slots"))
		return false;
	overflown_ = false;
	int patience = kPatience;
	for (unsigned first = 0; first < options_.slots && !interrupted_; first += kSlots)
		if (!walk_slots(first, patience))
			return false;
	take_wanted();
	if (overflown_)
		rotation_.want_all(namespaces);
	slot_passes_++;
	return true;
}

} // namespace headwater
