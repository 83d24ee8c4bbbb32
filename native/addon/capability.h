// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace headwater {

// One thing the probe can do here, or why not (types.ts: Capability).
struct Capability {
	std::string name;
	bool ok = false;
	bool required = false;
	std::string reason;
	std::string lost;
	std::string fix;
};

// Sets of programs, each a part of the next.
enum class Profile { tcp, standard, full };

struct ProbeOptions {
	Profile profile = Profile::standard;
	unsigned slots = 0;
	unsigned ring_bytes = 0;
	unsigned max_listeners = 0;
	unsigned long long keep_alive_ns = 0;
	unsigned max_conversations = 0;
	unsigned long long conversation_idle_ns = 0;
	bool dns = true;
	unsigned dns_ring_bytes = 0;
	std::string object_directory;
	// Paths of the network namespaces to observe; empty: all.
	std::vector<std::string> namespaces;
};

// What open() came to. `code` is one of ProbeErrorCode in types.ts, empty when it went well.
struct OpenOutcome {
	std::string code;
	std::string message;
	std::string fix;
};

} // namespace headwater
