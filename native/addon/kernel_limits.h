// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace headwater {

// Something of the kernel's that can run out, and how much of it is in use.
struct KernelLimit {
	// ports, conntrack, tcp-memory, udp-memory.
	std::string kind;
	// Of the last two: the namespace that the machine's figures were read in.
	ino_t netns = 0;
	// Of ports: the local address; empty where it is all of them together, at most.
	std::string address;
	unsigned long long used = 0;
	unsigned long long max = 0;
};

// Those of the network namespace that the calling thread is in.
void read_namespace_limits(ino_t netns, std::vector<KernelLimit> &limits);
// Those of the machine as a whole.
void read_machine_limits(ino_t netns, std::vector<KernelLimit> &limits);

} // namespace headwater
