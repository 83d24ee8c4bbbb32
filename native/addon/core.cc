// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <malloc.h>
#include <unistd.h>

#include "../../bpf/flow.h"

namespace headwater {

namespace {

const char *const kPrivilegeFix =
	"run as root, or with the capabilities BPF and PERFMON (and SYS_ADMIN, SYS_PTRACE for other network namespaces)";
const char *const kKernelFix = "use Linux 5.15 or later, built with CONFIG_BPF_SYSCALL and CONFIG_DEBUG_INFO_BTF";

const char *fix_for(int error)
{
	return error == EPERM || error == EACCES ? kPrivilegeFix : kKernelFix;
}

} // namespace

void Core::remember(const Capability &capability)
{
	std::lock_guard<std::mutex> lock(mutex_);
	capabilities_.push_back(capability);
}

std::vector<Capability> Core::capabilities()
{
	std::lock_guard<std::mutex> lock(mutex_);
	return capabilities_;
}

Program *Core::program(const char *capability)
{
	for (auto &program : programs_)
		if (strcmp(program->spec().capability, capability) == 0)
			return program.get();
	return nullptr;
}

void Core::set_seeding(bool seeding)
{
	const __u32 zero = 0;
	hw_control control = {};

	bpf_map_lookup_elem(maps_.at("hw_control"), &zero, &control);
	control.seeding = seeding ? 1 : 0;
	bpf_map_update_elem(maps_.at("hw_control"), &zero, &control, BPF_ANY);
}

// Fails where the kernel has no room: the programs would pass by what they are to observe.
bool Core::set_limit()
{
	for (const NetworkNamespace &ns : limit_.namespaces()) {
		const __u32 inode = static_cast<__u32>(ns.inode);
		const __u8 listed = 1;
		if (bpf_map_update_elem(maps_.at("hw_namespaces"), &inode, &listed, BPF_ANY) != 0)
			return false;
	}
	return true;
}

// A map made by the first program exists from its load on: what runs before seeding is set would pass for new, and what runs before
// the limit is set would be passed by.
bool Core::start(Program &program, const char *object, Capability &capability)
{
	const bool first = maps_.empty();

	if (program.load(options_, maps_, object)) {
		if (first)
			set_seeding(true);
		if (first && !set_limit())
			program.refuse("map hw_namespaces", errno);
		else
			capability.ok = program.attach();
	}
	if (!capability.ok) {
		capability.reason = program.reason();
		capability.fix = fix_for(program.failed_errno());
		// Its maps go with it.
		if (first)
			maps_.clear();
	}
	return capability.ok;
}

// The variant that runs with interrupts off; null on kernels that cannot.
std::unique_ptr<Program> Core::start_newer(const ProgramSpec &spec)
{
	auto program = std::make_unique<Program>(spec);
	Capability capability{"bpf_local_irq_save", false, false, "",
			      "rarely, a change of state that comes while another is recorded (counted as recursion_misses)", ""};
	const bool started = start(*program, spec.newer_object, capability);

	if (!started)
		capability.fix = "use Linux 6.14 or later";
	remember(capability);
	return started ? std::move(program) : nullptr;
}

OpenOutcome Core::load()
{
	Capability btf{"btf", access("/sys/kernel/btf/vmlinux", R_OK) == 0, true, "", "everything", ""};
	if (!btf.ok) {
		btf.reason = std::string("/sys/kernel/btf/vmlinux: ") + strerror(errno);
		btf.fix = kKernelFix;
		remember(btf);
		return {"no-btf", "the kernel has no type information: " + btf.reason, btf.fix};
	}
	remember(btf);

	for (const ProgramSpec &spec : program_specs()) {
		Capability capability{spec.capability, false, spec.required, "", spec.lost, ""};
		std::unique_ptr<Program> program = spec.newer_object ? start_newer(spec) : nullptr;
		bool started = program != nullptr;
		if (started) {
			capability.ok = true;
		} else {
			program = std::make_unique<Program>(spec);
			started = start(*program, spec.object, capability);
		}
		remember(capability);
		if (!started && program->layout_differs())
			return {"layout", program->reason(), "build bpf and native anew: npm run build"};
		if (!started && spec.required) {
			const int error = program->failed_errno();
			const bool privilege = error == EPERM || error == EACCES;
			return {privilege ? "no-privilege" : "load-failed",
				std::string("the program ") + spec.capability + " cannot be loaded: " + capability.reason,
				capability.fix};
		}
		if (started)
			programs_.push_back(std::move(program));
	}
	return {};
}

OpenOutcome Core::open()
{
	OpenOutcome outcome = limit_.open(options_.namespaces);
	if (outcome.code.empty())
		outcome = load();
	if (!outcome.code.empty()) {
		close();
		return outcome;
	}
	const std::string unmapped = ring_.map(maps_.at("hw_ring"), options_.ring_bytes, sizeof(hw_record));
	if (!unmapped.empty()) {
		close();
		return {"load-failed", unmapped, kKernelFix};
	}

	own_namespace_.emplace();
	const std::string refused = own_namespace_->cannot_enter();
	may_enter_ = refused.empty();
	remember({"network_namespaces", may_enter_, false, refused,
		  "open connections and listeners of other network namespaces (containers), until they close",
		  may_enter_ ? "" : "give the capabilities SYS_ADMIN and SYS_PTRACE, and the host's pid namespace"});
	{
		std::lock_guard<std::mutex> lock(mutex_);
		open_ = true;
	}
	seed();
	// Loading reads the kernel's type information for each program; glibc would keep those megabytes.
	malloc_trim(0);
	return {};
}

// Owners first: what the walk then tells of has one.
void Core::seed()
{
	if (Program *owners = program("iter_task_file"))
		iterate(owners->link_fd());
	walk(false);
	set_seeding(false);
}

void Core::close()
{
	{
		std::lock_guard<std::mutex> lock(mutex_);
		if (open_)
			read_counters();
		open_ = false;
	}
	// Those who only borrow the maps first, then the one that made them.
	while (!programs_.empty())
		programs_.pop_back();
	maps_.clear();
	own_namespace_.reset();
	limit_.close();
}

unsigned long long Core::kernel_counter(unsigned index)
{
	static const int cpus = libbpf_num_possible_cpus();
	std::vector<__u64> values(cpus > 0 ? static_cast<size_t>(cpus) : 1);
	unsigned long long sum = 0;

	if (bpf_map_lookup_elem(maps_.at("hw_counters"), &index, values.data()) == 0)
		for (const __u64 value : values)
			sum += value;
	return sum;
}

void Core::read_counters()
{
#define HW_READ_COUNTER(name, meaning) counters_[#name] = kernel_counter(HW_COUNTER_##name);
	HW_COUNTERS(HW_READ_COUNTER)
#undef HW_READ_COUNTER
	unsigned long long misses = 0;
	for (const auto &program : programs_) {
		const unsigned long long own = program->recursion_misses();
		counters_[std::string("recursion_misses.") + program->spec().capability] = own;
		misses += own;
	}
	counters_["recursion_misses"] = misses;
	read_visits("walk_", walk_visits_);
	read_visits("addresses_", address_visits_);
	counters_["addresses_over_limit"] = addresses_over_limit_;
}

void Core::read_visits(const std::string &prefix, const Visits &visits)
{
	counters_[prefix + "namespaces_vanished"] = visits.vanished;
	counters_[prefix + "namespaces_failed"] = visits.failed;
	counters_[prefix + "namespaces_skipped"] = visits.skipped;
	counters_[prefix + "namespaces_over_limit"] = visits.over_limit;
	counters_[prefix + "processes_refused"] = visits.processes_refused;
}

std::vector<KernelObject> Core::inventory()
{
	std::lock_guard<std::mutex> lock(mutex_);
	std::vector<KernelObject> objects;
	if (open_)
		for (const auto &program : programs_)
			program->inventory(objects);
	return objects;
}

std::map<std::string, unsigned long long> Core::counters()
{
	std::lock_guard<std::mutex> lock(mutex_);
	if (open_)
		read_counters();
	return counters_;
}

} // namespace headwater
