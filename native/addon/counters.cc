// SPDX-License-Identifier: Apache-2.0
// What the probe counted: in the kernel, and on its own threads.
#include "core.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <numeric>

#include "../../bpf/flow.h"

namespace headwater {

namespace {

size_t possible_cpus()
{
	static const int cpus = libbpf_num_possible_cpus();
	return cpus > 0 ? static_cast<size_t>(cpus) : 1;
}

unsigned long long sum_of(const __u64 *values)
{
	return std::accumulate(values, values + possible_cpus(), 0ULL);
}

// Looks a whole map up in one call (Linux 5.13 for all sorts of maps here); false where that cannot be.
bool look_up_all(int fd, __u32 &count, std::vector<__u8> &values)
{
	bpf_map_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
		return false;
	std::vector<__u8> keys(static_cast<size_t>(info.key_size) * info.max_entries);
	std::vector<__u8> next(std::max<__u32>(info.key_size, sizeof(__u32)));
	const size_t cpus = info.type == BPF_MAP_TYPE_PERCPU_ARRAY ? possible_cpus() : 1;
	values.resize(static_cast<size_t>(info.value_size) * info.max_entries * cpus);
	count = info.max_entries;
	const int error = bpf_map_lookup_batch(fd, nullptr, next.data(), keys.data(), values.data(), &count, nullptr);
	// The end was reached.
	return error == 0 || errno == ENOENT;
}

} // namespace

unsigned long long Core::kernel_counter(unsigned index)
{
	std::vector<__u64> values(possible_cpus());

	return bpf_map_lookup_elem(maps_.at("hw_counters"), &index, values.data()) == 0 ? sum_of(values.data()) : 0;
}

std::vector<unsigned long long> Core::kernel_counters()
{
	std::vector<unsigned long long> sums(HW_COUNTER_COUNT);
	std::vector<__u8> values;
	__u32 count = 0;
	const bool whole = look_up_all(maps_.at("hw_counters"), count, values) && count == HW_COUNTER_COUNT;

	for (unsigned i = 0; i < HW_COUNTER_COUNT; i++)
		sums[i] = whole ? sum_of(reinterpret_cast<const __u64 *>(values.data()) + i * possible_cpus()) : kernel_counter(i);
	return sums;
}

// The table of handshakes evicts the ones that were not used for the longest, and tells nobody: they were noted, were not taken, and are not
// there any more. In this order (noted, there, taken) what changes in between makes them seem fewer, never more.
unsigned long long Core::handshakes_evicted(unsigned long long noted)
{
	const auto drops = maps_.find("hw_handshake_drops");
	std::vector<__u8> values;
	__u32 there = 0;

	if (drops == maps_.end() || noted <= kernel_counter(HW_COUNTER_handshakes_taken) + handshakes_evicted_)
		return handshakes_evicted_;
	if (!look_up_all(drops->second, there, values))
		return handshakes_evicted_;
	const unsigned long long kept = there + kernel_counter(HW_COUNTER_handshakes_taken);
	if (noted > kept)
		handshakes_evicted_ = std::max(handshakes_evicted_, noted - kept);
	return handshakes_evicted_;
}

void Core::read_counters()
{
	const auto kernel = kernel_counters();
#define HW_READ_COUNTER(name, meaning) counters_[#name] = kernel[HW_COUNTER_##name];
	HW_COUNTERS(HW_READ_COUNTER)
#undef HW_READ_COUNTER
	unsigned long long misses = 0;
	for (const auto &program : programs_) {
		const unsigned long long own = program->recursion_misses();
		counters_[std::string("recursion_misses.") + program->spec().capability] = own;
		misses += own;
	}
	counters_["recursion_misses"] = misses;
	counters_["handshakes_evicted"] = handshakes_evicted(kernel[HW_COUNTER_handshakes_noted]);
	counters_["ring_malformed"] = ring_.malformed();
	counters_["dns_ring_malformed"] = dns_ring_.malformed();
	read_visits("walk_", walk_visits_);
	read_visits("addresses_", address_visits_);
	read_visits("limits_", limit_visits_);
	counters_["walk_namespaces_unnoted"] = namespaces_unnoted_;
	counters_["addresses_over_limit"] = addresses_over_limit_;
	counters_["owner_passes"] = owner_passes_;
	counters_["walk_slot_passes"] = slot_passes_;
	counters_["walk_sockets_locked"] = sockets_locked_;
	counters_["owners_unsettled"] = owners_unsettled();
}

void Core::read_visits(const std::string &prefix, const Visits &visits)
{
	counters_[prefix + "namespaces_vanished"] = visits.vanished;
	counters_[prefix + "namespaces_failed"] = visits.failed;
	counters_[prefix + "namespaces_skipped"] = visits.skipped;
	counters_[prefix + "namespaces_over_limit"] = visits.over_limit;
	counters_[prefix + "processes_refused"] = visits.processes_refused;
}

std::map<std::string, unsigned long long> Core::counters()
{
	std::lock_guard<std::mutex> lock(mutex_);
	if (open_)
		read_counters();
	return counters_;
}

} // namespace headwater
