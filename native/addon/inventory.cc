// SPDX-License-Identifier: Apache-2.0
#include "inventory.h"

#include <bpf/bpf.h>
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

} // namespace

KernelObject kernel_object(const std::string &type, int fd)
{
	Info info;
	__u32 length = sizeof(bpf_prog_info);

	if (type == "map")
		length = sizeof(bpf_map_info);
	else if (type == "link")
		length = sizeof(bpf_link_info);
	memset(&info, 0, sizeof(info));
	const bool known = fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0;
	if (!known)
		return {type};
	if (type != "program")
		return {type, info.id};
	bpf_prog_info program;
	memcpy(&program, &info, sizeof(program));
	return {type, info.id, program.xlated_prog_len};
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
