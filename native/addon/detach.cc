// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <algorithm>
#include <bpf/libbpf.h>

namespace headwater {

// Programs that run at others' events can go and come back while the rest goes on; what the probe itself reads and calls stays.
Program *Core::detachable(const std::string &name)
{
	Program *found = program(name.c_str());

	if (!found || found->spec().required)
		return nullptr;
	return found->spec().hook == Hook::event || found->spec().hook == Hook::cgroup ? found : nullptr;
}

void Core::tell(const std::string &name, bool ok, const std::string &reason, const std::string &fix)
{
	const auto known = std::find_if(capabilities_.begin(), capabilities_.end(),
					[&](const Capability &capability) { return capability.name == name; });

	if (known == capabilities_.end())
		return;
	known->ok = ok;
	known->reason = reason;
	known->fix = fix;
}

void Core::detach(const std::vector<std::string> &names, const std::string &reason, const std::string &fix)
{
	for (const std::string &name : names) {
		Program *found = detachable(name);
		bpf_link *link = nullptr;
		{
			std::lock_guard<std::mutex> lock(mutex_);
			if (open_ && found)
				link = found->take_link();
		}
		if (!link)
			continue;
		// It waits for the kernel: not with the event loop waiting for the lock.
		bpf_link__destroy(link);
		std::lock_guard<std::mutex> lock(mutex_);
		tell(name, false, reason, fix);
	}
}

void Core::attach(const std::vector<std::string> &names)
{
	for (const std::string &name : names) {
		Program *found = detachable(name);
		if (!found || found->attached())
			continue;
		bpf_link *link = found->make_link();
		std::lock_guard<std::mutex> lock(mutex_);
		found->give_link(link);
		tell(name, link != nullptr, link ? "" : found->reason(), "");
	}
}

} // namespace headwater
