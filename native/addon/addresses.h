// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace headwater {

// The addresses of the interfaces of one network namespace, as text.
struct NamespaceAddresses {
	ino_t netns = 0;
	std::vector<std::string> addresses;
};

// IPv4 and IPv6 addresses of the interfaces that are up in the calling thread's network namespace, each once; nothing when the kernel
// does not say.
std::optional<std::vector<std::string>> interface_addresses();

} // namespace headwater
