// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <bpf/bpf.h>

#include "../../bpf/flow.h"
#include "thread_cpu.h"

namespace headwater {

namespace {

using std::chrono::steady_clock;

// A pass looks at every open file of the machine: it may take one 200th of a core.
constexpr int kShare = 200;
// A socket may change hands that was settled before.
constexpr std::chrono::seconds kLongest(60);
constexpr __u32 kLastPass = 255;

} // namespace

// Who holds which socket now (owners.bpf.c). Its number sets a pass apart from the one before.
void Core::pass_open_files()
{
	Program *owners = program("iter_task_file");
	const __u32 zero = 0;
	hw_control control = {};

	if (!owners || bpf_map_lookup_elem(maps_.at("hw_control"), &zero, &control) != 0)
		return;
	control.pass = control.pass == kLastPass ? 1 : control.pass + 1;
	bpf_map_update_elem(maps_.at("hw_control"), &zero, &control, BPF_ANY);
	const auto begin = thread_cpu();
	iterate(owners->link_fd());
	const auto cost = thread_cpu() - begin;
	const auto now = steady_clock::now();
	pass_may_ = now + cost * kShare;
	pass_due_ = now + std::max<steady_clock::duration>(kLongest, cost * kShare);
	owner_passes_++;
}

// Whether the last walk met a socket of which the last pass did not tell who alone holds it.
bool Core::owners_unsettled()
{
	const __u32 zero = 0;
	hw_control control = {};
	hw_noted noted = {};

	return bpf_map_lookup_elem(maps_.at("hw_control"), &zero, &control) == 0 &&
	       bpf_map_lookup_elem(maps_.at("hw_noted"), &zero, &noted) == 0 && control.pass != 0 && noted.unsettled == control.pass;
}

// Before a walk, so that it tells of what the pass found: where sockets are unsettled, or long after the last one.
void Core::settle_owners()
{
	const auto now = steady_clock::now();

	if (now >= pass_may_ && (owners_unsettled() || now >= pass_due_))
		pass_open_files();
}

} // namespace headwater
