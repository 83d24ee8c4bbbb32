// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "capability.h"
#include "netns.h"

namespace headwater {

// The network namespaces that a probe is limited to. They are held open: as long as one is, the kernel gives its inode, by which
// the programs know it, to no other.
class NamespaceLimit {
public:
	NamespaceLimit() = default;
	NamespaceLimit(const NamespaceLimit &) = delete;
	NamespaceLimit &operator=(const NamespaceLimit &) = delete;
	~NamespaceLimit() { close(); }

	// `code` is empty when all are open; else which cannot be, why, and what mends it.
	OpenOutcome open(const std::vector<std::string> &paths);
	void close();

	// One entry each, whatever the number of paths to it.
	const std::vector<NetworkNamespace> &namespaces() const { return namespaces_; }

private:
	std::vector<NetworkNamespace> namespaces_;
};

// What is wrong with a path to a network namespace; `code` is empty when nothing is.
OpenOutcome namespace_problem(const std::string &path);

} // namespace headwater
