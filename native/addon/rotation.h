// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

#include "netns.h"

namespace headwater {

// Which network namespaces a walk goes through whole, where slots tell of the rest. Those that want it come first, within a 100th of a
// core, and within five minutes whatever it costs: until then what is in them is told of later, with the same counters. The others
// take turns, each at most once a minute, within a 1000th of a core: so that what has no slot is met some time.
class Rotation {
public:
	using Clock = std::chrono::steady_clock;

	// A walk begins: forgets the namespaces that are gone.
	void begin(const std::vector<NetworkNamespace> &namespaces, Clock::time_point now = Clock::now());
	// One has a socket that slots cannot tell of.
	void want(ino_t inode) { wanted_.emplace(inode, begun_); }
	// Any of those of this walk may have one.
	void want_all(const std::vector<NetworkNamespace> &namespaces);
	// The places of the namespaces, in the order in which they are to be looked at.
	std::vector<size_t> order(const std::vector<NetworkNamespace> &namespaces) const;
	// Whether this one is to be walked over whole now.
	bool takes(ino_t inode) const;
	// It was, and took that much CPU.
	void walked(ino_t inode, std::chrono::nanoseconds cost);

private:
	using Times = std::unordered_map<ino_t, Clock::time_point>;

	static Clock::time_point at(const Times &times, ino_t inode);

	Times last_;
	// Since when.
	Times wanted_;
	Clock::time_point begun_;
	// Until when either share is spent.
	Clock::time_point spent_on_wanted_;
	Clock::time_point spent_on_others_;
};

} // namespace headwater
