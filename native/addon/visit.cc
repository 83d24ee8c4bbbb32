// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <unistd.h>

namespace headwater {

namespace {

constexpr size_t kNamespaceLimit = 4096;

} // namespace

// The namespaces to visit: those of the limit, else all that processes live in; only this thread's own where it may not move.
std::vector<NetworkNamespace> Core::observed(Visits &visits)
{
	const bool limited = !limit_.namespaces().empty();
	std::vector<NetworkNamespace> namespaces;
	unsigned long long refused = 0;

	if (limited) {
		for (const NetworkNamespace &ns : limit_.namespaces())
			if (may_enter_ || ns.inode == own_namespace_->inode())
				namespaces.push_back(ns);
		return namespaces;
	}
	if (!may_enter_)
		return {{own_namespace_->inode(), {getpid()}}};
	namespaces = network_namespaces(kNamespaceLimit, refused);
	visits.processes_refused += refused;
	if (namespaces.size() == kNamespaceLimit)
		visits.over_limit++;
	return namespaces;
}

// Does `work` with this thread in the namespace, and counts what became of it.
Core::Visited Core::visit(const NetworkNamespace &ns, Visits &visits, const std::function<Visited()> &work)
{
	const bool elsewhere = ns.inode != own_namespace_->inode();
	Visited visited = Visited::failed;

	switch (elsewhere ? own_namespace_->enter(ns) : ThreadNamespace::Entered::yes) {
	case ThreadNamespace::Entered::yes:
		visited = work();
		// Where it cannot come back it would visit the wrong namespace from now on.
		if (elsewhere && !own_namespace_->leave()) {
			may_enter_ = false;
			visited = Visited::failed;
		}
		break;
	case ThreadNamespace::Entered::vanished:
		visited = Visited::vanished;
		break;
	case ThreadNamespace::Entered::refused:
		break;
	}
	visits.skipped += visited == Visited::idle;
	visits.vanished += visited == Visited::vanished;
	visits.failed += visited == Visited::failed;
	return visited;
}

} // namespace headwater
