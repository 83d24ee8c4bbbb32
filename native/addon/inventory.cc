// SPDX-License-Identifier: Apache-2.0
#include "inventory.h"

#include <bpf/bpf.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/bpf.h>
#include <unistd.h>

namespace headwater {

namespace {

// `id` is the second word of bpf_prog_info, bpf_map_info and bpf_link_info alike.
struct Info {
	__u32 type;
	__u32 id;
	unsigned char rest[512];
};
static_assert(sizeof(bpf_prog_info) <= sizeof(Info) && offsetof(bpf_prog_info, id) == offsetof(Info, id));
static_assert(sizeof(bpf_map_info) <= sizeof(Info) && offsetof(bpf_map_info, id) == offsetof(Info, id));
static_assert(sizeof(bpf_link_info) <= sizeof(Info) && offsetof(bpf_link_info, id) == offsetof(Info, id));

// bpf_prog_info and bpf_map_info do not tell it, /proc does.
unsigned long long memory_of(int fd)
{
	const std::string path = "/proc/thread-self/fdinfo/" + std::to_string(fd);
	FILE *stream = fopen(path.c_str(), "re");
	char line[128];
	unsigned long long bytes = 0;

	if (!stream)
		return 0;
	while (fgets(line, sizeof(line), stream))
		if (strncmp(line, "memlock:", 8) == 0)
			bytes = strtoull(line + 8, nullptr, 10);
	fclose(stream);
	return bytes;
}

} // namespace

KernelObject kernel_object(const std::string &type, const std::string &name, int fd)
{
	KernelObject object;
	Info info;
	__u32 length = sizeof(bpf_prog_info);

	if (type == "map")
		length = sizeof(bpf_map_info);
	else if (type == "link")
		length = sizeof(bpf_link_info);
	memset(&info, 0, sizeof(info));
	const bool known = fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0;
	object.type = type;
	object.name = name;
	if (!known)
		return object;
	object.id = info.id;
	object.memory_bytes = memory_of(fd);
	if (type != "program")
		return object;
	bpf_prog_info program;
	memcpy(&program, &info, sizeof(program));
	object.instruction_bytes = program.xlated_prog_len;
	object.verified_instructions = program.verified_insns;
	object.runs = program.run_cnt;
	object.run_ns = program.run_time_ns;
	return object;
}

bool exists(const KernelObject &object)
{
	const int fd = object.type == "program" ? bpf_prog_get_fd_by_id(object.id)
		       : object.type == "map"	? bpf_map_get_fd_by_id(object.id)
						: bpf_link_get_fd_by_id(object.id);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

} // namespace headwater
