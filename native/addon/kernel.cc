// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

#include <bpf/btf.h>
#include <cctype>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <sys/stat.h>

namespace headwater {

namespace {

// The void pointer that every tracepoint's function begins with, the socket, the packet; the reason is the fourth.
constexpr unsigned kWithReason = 4;
// Larger values are bounds and flags, no reasons.
constexpr unsigned kMaxValue = 4096;
// Of the root of a kernfs.
constexpr ino_t kRootInode = 1;

struct FreeBtf {
	void operator()(btf *types) const { btf__free(types); }
};

using Types = std::unique_ptr<btf, FreeBtf>;

Types kernel_types()
{
	return Types(btf__load_vmlinux_btf());
}

// Arguments of a tracepoint's function, as its typedef btf_trace_NAME has them; 0 where there is none.
unsigned arity(const btf *types, const char *name)
{
	const int id = btf__find_by_name_kind(types, name, BTF_KIND_TYPEDEF);
	const btf_type *type = id > 0 ? btf__type_by_id(types, btf__type_by_id(types, static_cast<__u32>(id))->type) : nullptr;

	if (!type || !btf_is_ptr(type))
		return 0;
	type = btf__type_by_id(types, type->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) : 0;
}

bool read_reset_reasons()
{
	const Types types = kernel_types();

	return types && arity(types.get(), "btf_trace_tcp_send_reset") >= kWithReason;
}

bool read_dropped_datagram()
{
	const Types types = kernel_types();

	return types && arity(types.get(), "btf_trace_udp_fail_queue_rcv_skb") >= kWithReason;
}

} // namespace

bool tells_dropped_datagram()
{
	static const bool tells = read_dropped_datagram();

	return tells;
}

// proc_pid_mountinfo(5): id, parent, device, root, mount point, options, tags, "-", type, ... Its root is no sign: in a cgroup namespace of
// their own (containers) processes see a part of the hierarchy as "/". The directory of the whole has the first inode.
std::string cgroup2_mount()
{
	std::ifstream mounts("/proc/self/mountinfo");
	for (std::string line; std::getline(mounts, line);) {
		if (line.find(" - cgroup2 ") == std::string::npos)
			continue;
		std::istringstream fields(line);
		std::string id, parent, device, root, point;
		fields >> id >> parent >> device >> root >> point;
		struct stat status;
		if (stat(point.c_str(), &status) == 0 && status.st_ino == kRootInode)
			return point;
	}
	return {};
}

unsigned jiffy_us()
{
	timespec tick;

	// The coarse clocks go on by one jiffy at a time.
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0)
		return 0;
	return static_cast<unsigned>(tick.tv_sec * 1000000 + (tick.tv_nsec + 500) / 1000);
}

bool tells_reset_reasons()
{
	static const bool tells = read_reset_reasons();

	return tells;
}

std::vector<std::string> enum_names(const char *name, const char *prefix)
{
	const Types types = kernel_types();
	const int id = types ? btf__find_by_name_kind(types.get(), name, BTF_KIND_ENUM) : -1;
	std::vector<std::string> names;

	if (id <= 0)
		return names;
	const btf_type *type = btf__type_by_id(types.get(), static_cast<__u32>(id));
	const struct btf_enum *values = btf_enum(type);
	for (unsigned i = 0; i < btf_vlen(type); i++) {
		const char *full = btf__name_by_offset(types.get(), values[i].name_off);
		const auto value = static_cast<unsigned>(values[i].val);
		if (!full || value > kMaxValue)
			continue;
		std::string text = strncmp(full, prefix, strlen(prefix)) == 0 ? full + strlen(prefix) : full;
		for (char &letter : text)
			letter = static_cast<char>(tolower(static_cast<unsigned char>(letter)));
		if (names.size() <= value)
			names.resize(value + 1);
		names[value] = text;
	}
	return names;
}

} // namespace headwater
