// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <linux/types.h>
#include <unistd.h>

#include "../../bpf/flow.h"

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

bool is_shared(const char *name)
{
	return strncmp(name, "hw_", 3) == 0;
}

} // namespace

const std::vector<ProgramSpec> &program_specs()
{
	static const std::vector<ProgramSpec> specs = {
		{"inet_sock_set_state", "lifecycle.bpf.o", "lifecycle_irq.bpf.o", "hw_set_state", false, true,
		 "every connection"},
		{"tcp_send_reset", "reset.bpf.o", nullptr, "hw_send_reset", false, false,
		 "resets sent, except those of a connection dropped by its owner"},
		{"tcp_receive_reset", "reset.bpf.o", nullptr, "hw_receive_reset", false, false,
		 "the count of resets received (the error of a closed connection still tells of one)"},
		{"iter_tcp", "walk.bpf.o", nullptr, "hw_walk", true, false,
		 "connections before their close, listen queues, connections older than the probe"},
		{"iter_task_file", "owners.bpf.o", nullptr, "hw_owners", true, false,
		 "the processes of connections and listeners older than the probe"},
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

bool Program::attach()
{
	bpf_program *program = bpf_object__find_program_by_name(object_, spec_.program);

	last_warning.clear();
	link_ = spec_.iterator ? bpf_program__attach_iter(program, nullptr) : bpf_program__attach(program);
	if (link_)
		return true;
	// The object stays open: its maps may be in use by the other programs.
	errno_ = errno;
	reason_ = std::string("attach: ") + strerror(errno_);
	return false;
}

int Program::link_fd() const
{
	return link_ ? bpf_link__fd(link_) : -1;
}

void Program::inventory(std::vector<KernelObject> &objects) const
{
	bpf_map *map;

	if (!object_)
		return;
	bpf_object__for_each_map(map, object_) {
		objects.push_back(kernel_object("map", bpf_map__fd(map)));
	}
	bpf_program *program = bpf_object__find_program_by_name(object_, spec_.program);
	objects.push_back(kernel_object("program", bpf_program__fd(program)));
	if (link_)
		objects.push_back(kernel_object("link", bpf_link__fd(link_)));
}

unsigned long long Program::recursion_misses() const
{
	bpf_program *program = object_ ? bpf_object__find_program_by_name(object_, spec_.program) : nullptr;
	bpf_prog_info info;
	__u32 length = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (!program || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length) != 0)
		return 0;
	return info.recursion_misses;
}

Program::~Program()
{
	if (link_)
		bpf_link__destroy(link_);
	if (object_)
		bpf_object__close(object_);
}

} // namespace headwater
