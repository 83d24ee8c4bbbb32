// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <algorithm>

#include "thread_cpu.h"

namespace headwater {

namespace {

using std::chrono::steady_clock;

// Told of at once, those nearest to their limit.
constexpr size_t kLimits = 1024;
// Reading may take one 200th of a core: where it takes long, it is done less often.
constexpr int kShare = 200;

bool nearer(const KernelLimit &a, const KernelLimit &b)
{
	return static_cast<double>(a.used) / static_cast<double>(a.max) > static_cast<double>(b.used) / static_cast<double>(b.max);
}

} // namespace

std::vector<KernelLimit> Core::limits()
{
	if (!own_namespace_ || steady_clock::now() < limits_may_)
		return limits_;
	const auto begin = thread_cpu();
	limits_.clear();
	read_machine_limits(own_namespace_->inode(), limits_);
	for (const NetworkNamespace &ns : observed(limit_visits_)) {
		if (interrupted_)
			break;
		if (!sockets_in_use(ns).any()) {
			limit_visits_.skipped++;
			continue;
		}
		visit(ns, limit_visits_, [&] {
			read_namespace_limits(ns.inode, limits_);
			return Visited::done;
		});
	}
	std::sort(limits_.begin(), limits_.end(), nearer);
	limits_.resize(std::min(limits_.size(), kLimits));
	limits_may_ = steady_clock::now() + (thread_cpu() - begin) * kShare;
	return limits_;
}

} // namespace headwater
