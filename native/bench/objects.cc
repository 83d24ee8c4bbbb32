// SPDX-License-Identifier: Apache-2.0
// What the kernel has of BPF on the whole machine, asked without the product's own code: a witness for tests.
#include "load.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace load {

namespace {

long bpf(int command, bpf_attr &attributes)
{
	return syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

void tell_ids(const char *name, int command)
{
	uint32_t id = 0;
	const char *before = "";

	printf("\"%s\":[", name);
	for (;;) {
		bpf_attr attributes;
		memset(&attributes, 0, sizeof(attributes));
		attributes.start_id = id;
		if (bpf(command, attributes) < 0)
			break;
		id = attributes.next_id;
		printf("%s%u", before, id);
		before = ",";
	}
	if (errno != ENOENT)
		die(name);
	printf("],");
}

// Programs that are attached to a cgroup, by all ways of it.
void tell_attached(const char *cgroup)
{
	const int fd = static_cast<int>(must(open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC), cgroup));
	const char *before = "";

	printf("\"attached\":[");
	for (uint32_t type = 0; type < __MAX_BPF_ATTACH_TYPE; type++) {
		uint32_t ids[256];
		bpf_attr attributes;
		memset(&attributes, 0, sizeof(attributes));
		attributes.query.target_fd = static_cast<uint32_t>(fd);
		attributes.query.attach_type = type;
		attributes.query.prog_ids = reinterpret_cast<uint64_t>(ids);
		attributes.query.prog_cnt = 256;
		// A type that is none of a cgroup's.
		if (bpf(BPF_PROG_QUERY, attributes) < 0)
			continue;
		for (uint32_t i = 0; i < attributes.query.prog_cnt; i++) {
			printf("%s%u", before, ids[i]);
			before = ",";
		}
	}
	printf("]}\n");
	close(fd);
}

} // namespace

int tell_objects(const char *cgroup)
{
	printf("{");
	tell_ids("program", BPF_PROG_GET_NEXT_ID);
	tell_ids("map", BPF_MAP_GET_NEXT_ID);
	tell_ids("link", BPF_LINK_GET_NEXT_ID);
	tell_attached(cgroup);
	return 0;
}

} // namespace load
