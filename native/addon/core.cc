// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <malloc.h>
#include <unistd.h>

#include "../../bpf/dns.h"
#include "kernel.h"

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
		if (!program.fix().empty())
			capability.fix = program.fix();
		else if (program.spec().fix && fix_for(program.failed_errno()) == kKernelFix)
			capability.fix = program.spec().fix;
		else
			capability.fix = fix_for(program.failed_errno());
		// Its maps go with it.
		if (first)
			maps_.clear();
	}
	return capability.ok;
}

// The variant that runs with interrupts off; not loaded on kernels that cannot.
std::unique_ptr<Program> Core::start_newer(const ProgramSpec &spec)
{
	auto program = std::make_unique<Program>(spec);
	Capability capability{"bpf_local_irq_save", false, false, "",
			      "rarely, a change of state that comes while another is recorded (counted as recursion_misses)", ""};
	const bool started = start(*program, spec.newer_object, capability);

	if (!started)
		capability.fix = "use Linux 6.14 or later";
	remember(capability);
	return program;
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
		if (spec.profile > options_.profile)
			continue;
		Capability capability{spec.capability, false, spec.required, "", spec.lost, ""};
		std::unique_ptr<Program> program = spec.newer_object ? start_newer(spec) : nullptr;
		bool started = program && program->attached();
		capability.ok = started;
		// The older variant would hide that the two are of different builds.
		if (!started && !(program && program->layout_differs())) {
			program = std::make_unique<Program>(spec);
			started = start(*program, spec.object, capability);
		}
		remember(capability);
		if (program->layout_differs())
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
		else if (program->loaded())
			dormant_.push_back(std::move(program));
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

	// It is there only where one of the programs at the packets could be loaded.
	const auto dns_ring = maps_.find("hw_dns_ring");
	if (dns_ring != maps_.end() && dns_ring_.map(dns_ring->second, options_.dns_ring_bytes, sizeof(hw_dns_record)) != "")
		dns_ring_.unmap();

	own_namespace_.emplace();
	const std::string refused = own_namespace_->cannot_enter();
	may_enter_ = refused.empty();
	remember({"reset_reasons", tells_reset_reasons(), false,
		  tells_reset_reasons() ? "" : "the tracepoint tcp_send_reset does not tell the reason", "why resets were sent",
		  tells_reset_reasons() ? "" : "use Linux 6.10 or later"});
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
	pass_open_files();
	walk(false);
	// The walk has found the sockets; now whose they are.
	if (Program *owners = program("iter_task_file_udp"))
		iterate(owners->link_fd());
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
	dormant_.clear();
	maps_.clear();
	own_namespace_.reset();
	limit_.close();
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

std::vector<ProgramRuns> Core::runs()
{
	std::lock_guard<std::mutex> lock(mutex_);
	std::vector<ProgramRuns> all;
	if (open_)
		for (const auto &program : programs_)
			all.push_back(program->runs());
	return all;
}

} // namespace headwater
