// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/types.h>
#include <unistd.h>
#include <utility>

#include "../../bpf/flow.h"
#include "kernel.h"

namespace headwater {

namespace {

constexpr size_t kLogBytes = 64 * 1024;
constexpr size_t kReasonLines = 3;
constexpr size_t kReasonBytes = 400;

// libbpf says why in its log only; the last warning of this thread is kept.
thread_local std::string last_warning;

int keep_warning(libbpf_print_level level, const char *format, va_list arguments)
{
	char line[512];

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, arguments);
	if (!strstr(line, "BEGIN PROG LOAD LOG"))
		last_warning = line;
	return 0;
}

// The verifier ends with the reason, then its statistics.
std::string last_lines(const std::string &log)
{
	std::vector<std::string> lines;
	size_t start = 0;
	while (start < log.size()) {
		size_t end = log.find('\n', start);
		if (end == std::string::npos)
			end = log.size();
		const std::string line = log.substr(start, end - start);
		if (!line.empty() && line.compare(0, 10, "processed ") != 0)
			lines.push_back(line);
		start = end + 1;
	}
	std::string text;
	for (size_t i = lines.size() > kReasonLines ? lines.size() - kReasonLines : 0; i < lines.size(); i++)
		text += (text.empty() ? "" : "; ") + lines[i];
	return text.substr(0, kReasonBytes);
}

// To the root of cgroup v2, so to every socket; null with errno.
bpf_link *attach_to_cgroups(const bpf_program *program)
{
	const std::string root = cgroup2_mount();
	const int fd = root.empty() ? -1 : open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		if (root.empty())
			errno = ENOENT;
		return nullptr;
	}
	bpf_link *link = bpf_program__attach_cgroup(program, fd);
	const int error = errno;
	close(fd);
	errno = error;
	return link;
}

bool is_shared(const char *name)
{
	return strncmp(name, "hw_", 3) == 0;
}

} // namespace

const std::vector<ProgramSpec> &program_specs()
{
	static const std::vector<ProgramSpec> specs = {
		{"inet_sock_set_state", "lifecycle.bpf.o", "lifecycle_irq.bpf.o", "hw_set_state", Hook::event, true,
		 Profile::tcp, "every connection"},
		{"tcp_send_reset", "reset.bpf.o", nullptr, "hw_send_reset", Hook::event, false, Profile::tcp,
		 "resets sent, except those of a connection dropped by its owner"},
		{"tcp_receive_reset", "reset.bpf.o", nullptr, "hw_receive_reset", Hook::event, false, Profile::tcp,
		 "the count of resets received (the error of a closed connection still tells of one)"},
		{"tcp_destroy_sock", "missed.bpf.o", nullptr, "hw_destroy", Hook::event, false, Profile::tcp,
		 "rarely, the end of a connection that comes in an interrupt while another's change of state is recorded"},
		{"inet_sk_error_report_tcp", "missed.bpf.o", nullptr, "hw_tcp_error", Hook::event, false, Profile::tcp,
		 "rarely, the reason of a failure that comes in such an interrupt"},
		{"iter_tcp", "walk.bpf.o", nullptr, "hw_walk", Hook::iterator, false, Profile::tcp,
		 "connections before their close, listen queues, connections older than the probe"},
		{"walk_slots", "walk_slots.bpf.o", nullptr, "hw_walk_slots", Hook::call, false, Profile::tcp,
		 "CPU of the agent's own, where there are many network namespaces: all are walked over one by one",
		 "use Linux 6.2 or later, of more than one CPU and without PREEMPT_RT"},
		{"iter_task_file", "owners.bpf.o", nullptr, "hw_owners", Hook::iterator, false, Profile::tcp,
		 "the processes of connections and listeners older than the probe, and of those that changed hands"},
		{"sched_process_fork", "process.bpf.o", nullptr, "hw_fork", Hook::event, false, Profile::tcp,
		 "that the owner of a connection is uncertain just after its server has forked"},
		{"sched_process_exec", "process.bpf.o", nullptr, "hw_exec", Hook::event, false, Profile::tcp,
		 "the new name of a server that runs another program, until a walk finds it"},
		{"kfree_skb", "drop.bpf.o", nullptr, "hw_drop", Hook::event, false, Profile::standard,
		 "that a failed attempt was dropped by this machine's firewall, or its neighbour was not found: it shows as a timeout"},
		{"kfree_skb_again", "drop.bpf.o", nullptr, "hw_drop_again", Hook::event, false, Profile::standard,
		 "rarely, a drop that comes in an interrupt while another packet is freed"},
		{"sock_send_length", "io.bpf.o", nullptr, "hw_first_send", Hook::event, false, Profile::full,
		 "which of several processes serves a connection, where it sends first"},
		{"sock_recv_length", "io.bpf.o", nullptr, "hw_first_receive", Hook::event, false, Profile::full,
		 "which of several processes serves a connection, where it receives first"},
		{"udp_egress", "udp.bpf.o", nullptr, "hw_udp_egress", Hook::cgroup, false, Profile::standard,
		 "UDP and DNS queries sent, and the processes that send"},
		{"udp_ingress", "udp.bpf.o", nullptr, "hw_udp_ingress", Hook::cgroup, false, Profile::standard,
		 "UDP and DNS answers received"},
		{"udp_drain", "udp_drain.bpf.o", nullptr, "hw_udp_drain", Hook::call, false, Profile::standard, "UDP as a whole"},
		{"iter_udp", "udp_sockets.bpf.o", nullptr, "hw_udp_walk", Hook::iterator, false, Profile::standard,
		 "the ends of UDP conversations: silence alone tells of them"},
		{"post_bind4", "udp_sockets.bpf.o", nullptr, "hw_udp_bind4", Hook::cgroup, false, Profile::standard,
		 "the processes of IPv4 UDP sockets that only receive"},
		{"post_bind6", "udp_sockets.bpf.o", nullptr, "hw_udp_bind6", Hook::cgroup, false, Profile::standard,
		 "the processes of IPv6 UDP sockets that only receive"},
		{"iter_task_file_udp", "udp_owners.bpf.o", nullptr, "hw_udp_owners", Hook::iterator, false, Profile::standard,
		 "the processes of UDP sockets older than the probe, until they send"},
		{"udp_fail_queue_rcv_skb", "udp_trouble.bpf.o", nullptr, tells_dropped_datagram() ? "hw_udp_drop" : "hw_udp_drop_old",
		 Hook::event, false, Profile::standard, "datagrams dropped because their socket had no room"},
		{"inet_sk_error_report", "udp_trouble.bpf.o", nullptr, "hw_udp_error", Hook::event, false, Profile::standard,
		 "ICMP errors of UDP sockets"},
	};
	return specs;
}

bool Program::fail(const std::string &what, int error)
{
	errno_ = error;
	reason_ = what + ": " + strerror(error);
	const std::string log = last_lines(log_.c_str());
	if (!log.empty())
		reason_ += " (" + log + ")";
	else if (!last_warning.empty())
		reason_ += " (" + last_lines(last_warning) + ")";
	if (object_) {
		bpf_object__close(object_);
		object_ = nullptr;
	}
	return false;
}

bool Program::configure(const ProbeOptions &options)
{
	bpf_map *map = bpf_object__find_map_by_name(object_, ".rodata.config");
	size_t size = 0;
	auto *config = map ? static_cast<hw_config *>(const_cast<void *>(bpf_map__initial_value(map, &size))) : nullptr;

	layout_differs_ = !config || size != sizeof(hw_config) || config->abi_version != HW_ABI_VERSION ||
			  config->record_bytes != sizeof(hw_record);
	if (layout_differs_)
		return false;
	config->slot_mask = options.slots - 1;
	config->ring_bytes = options.ring_bytes;
	config->keep_alive_ns = options.keep_alive_ns;
	config->limited = options.namespaces.empty() ? 0 : 1;
	config->tick_us = jiffy_us();
	config->dns = options.dns ? 1 : 0;
	config->reset_reasons = tells_reset_reasons() ? 1 : 0;
	return true;
}

bool Program::share_maps(const ProbeOptions &options, const MapFds &maps)
{
	bpf_map *map;

	bpf_object__for_each_map(map, object_) {
		const std::string name = bpf_map__name(map);
		const auto known = maps.find(name);
		int error = 0;
		if (known != maps.end())
			error = bpf_map__reuse_fd(map, known->second);
		else if (name == "hw_slots")
			error = bpf_map__set_max_entries(map, options.slots);
		else if (name == "hw_ring")
			error = bpf_map__set_max_entries(map, options.ring_bytes);
		else if (name == "hw_listeners")
			error = bpf_map__set_max_entries(map, options.max_listeners);
		else if (name == "hw_namespaces" && !options.namespaces.empty())
			error = bpf_map__set_max_entries(map, static_cast<__u32>(options.namespaces.size()));
		else if (name == "hw_conversations")
			error = bpf_map__set_max_entries(map, options.max_conversations);
		else if (name == "hw_dns_ring")
			error = bpf_map__set_max_entries(map, options.dns_ring_bytes);
		if (error)
			return fail("map " + name, -error);
	}
	return true;
}

bool Program::load(const ProbeOptions &options, MapFds &maps, const char *object)
{
	const std::string path = options.object_directory + "/" + object;
	bpf_program *program;
	bpf_program *ours = nullptr;

	libbpf_set_print(keep_warning);
	last_warning.clear();
	object_ = bpf_object__open_file(path.c_str(), nullptr);
	if (!object_)
		return fail(path, errno);
	if (!configure(options))
		return fail(path + " is of another version than the addon", EINVAL);
	bpf_object__for_each_program(program, object_) {
		const bool wanted = strcmp(bpf_program__name(program), spec_.program) == 0;
		bpf_program__set_autoload(program, wanted);
		if (wanted)
			ours = program;
	}
	if (!ours)
		return fail(path + " has no program " + spec_.program, ENOENT);
	if (!share_maps(options, maps))
		return false;
	log_.assign(kLogBytes, '\0');
	bpf_program__set_log_buf(ours, log_.data(), log_.size());
	if (const int error = bpf_object__load(object_))
		return fail("load", -error);
	log_.clear();
	log_.shrink_to_fit();

	bpf_map *map;
	bpf_object__for_each_map(map, object_) {
		if (is_shared(bpf_map__name(map)))
			maps.emplace(bpf_map__name(map), bpf_map__fd(map));
	}
	return true;
}

bpf_link *Program::make_link()
{
	bpf_program *program = bpf_object__find_program_by_name(object_, spec_.program);
	bpf_link *link;

	last_warning.clear();
	if (spec_.hook == Hook::cgroup)
		link = attach_to_cgroups(program);
	else
		link = spec_.hook == Hook::iterator ? bpf_program__attach_iter(program, nullptr) : bpf_program__attach(program);
	// The object stays open: its maps may be in use by the other programs.
	if (!link) {
		errno_ = errno;
		reason_ = std::string("attach: ") + strerror(errno_);
		if (spec_.hook == Hook::cgroup && cgroup2_mount().empty()) {
			reason_ = "attach: no mount of the root of cgroup v2 is to be seen from here";
			fix_ = "mount it; into a container, the host's /sys/fs/cgroup (at any place)";
		}
	}
	return link;
}

bpf_link *Program::take_link()
{
	return std::exchange(link_, nullptr);
}

bool Program::attach()
{
	if (spec_.hook == Hook::call)
		return true;
	link_ = make_link();
	return link_ != nullptr;
}

int Program::link_fd() const
{
	return link_ ? bpf_link__fd(link_) : -1;
}

bool Program::call(void *argument, size_t bytes) const
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = argument, .ctx_size_in = static_cast<__u32>(bytes));

	return bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(object_, spec_.program)), &options) == 0;
}

void Program::inventory(std::vector<KernelObject> &objects) const
{
	bpf_map *map;

	if (!object_)
		return;
	bpf_object__for_each_map(map, object_) {
		objects.push_back(kernel_object("map", bpf_map__name(map), bpf_map__fd(map)));
	}
	bpf_program *program = bpf_object__find_program_by_name(object_, spec_.program);
	objects.push_back(kernel_object("program", spec_.capability, bpf_program__fd(program)));
	if (link_)
		objects.push_back(kernel_object("link", spec_.capability, bpf_link__fd(link_)));
}

// All zero where it is not loaded.
bpf_prog_info Program::info() const
{
	bpf_program *program = object_ ? bpf_object__find_program_by_name(object_, spec_.program) : nullptr;
	bpf_prog_info info;
	__u32 length = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (program && bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length) != 0)
		memset(&info, 0, sizeof(info));
	return info;
}

ProgramRuns Program::runs() const
{
	const bpf_prog_info told = info();

	return {spec_.capability, spec_.hook == Hook::iterator || spec_.hook == Hook::call, told.run_cnt, told.run_time_ns};
}

unsigned long long Program::recursion_misses() const
{
	return info().recursion_misses;
}

Program::~Program()
{
	if (link_)
		bpf_link__destroy(link_);
	if (object_)
		bpf_object__close(object_);
}

} // namespace headwater
