// SPDX-License-Identifier: Apache-2.0
// Writes to a BPF ring: ring_writer MAP_ID BYTES TIMES. By a kernel program of its own, which runs TIMES times and hands over a record of
// that many bytes (a multiple of 8, at most 504) each time.
#include <cerrno>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <vector>

#include "sockets.h"

namespace {

// A packet of an Ethernet header alone, which a test run wants.
constexpr unsigned kPacketBytes = 14;

int call(bpf_cmd command, bpf_attr &attributes)
{
	return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

bpf_insn instruction(int code, int destination, int source, int offset, int immediate)
{
	bpf_insn made = {};

	made.code = static_cast<__u8>(code);
	made.dst_reg = static_cast<__u8>(destination & 15);
	made.src_reg = static_cast<__u8>(source & 15);
	made.off = static_cast<__s16>(offset);
	made.imm = immediate;
	return made;
}

// Zeros on its stack, then bpf_ringbuf_output(ring, zeros, bytes, BPF_RB_NO_WAKEUP).
std::vector<bpf_insn> program(int ring, int bytes)
{
	std::vector<bpf_insn> code;

	for (int at = -bytes; at < 0; at += 8)
		code.push_back(instruction(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, at, 0));
	code.push_back(instruction(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, ring));
	code.push_back(instruction(0, 0, 0, 0, 0));
	code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0));
	code.push_back(instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -bytes));
	code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, bytes));
	code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_RB_NO_WAKEUP));
	code.push_back(instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output));
	code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0));
	code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	return code;
}

int load(const std::vector<bpf_insn> &code)
{
	bpf_attr attributes = {};

	attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attributes.insns = reinterpret_cast<__u64>(code.data());
	attributes.insn_cnt = static_cast<__u32>(code.size());
	attributes.license = reinterpret_cast<__u64>("Apache-2.0");
	return checked(call(BPF_PROG_LOAD, attributes), "load");
}

} // namespace

int main(int count, char **arguments)
{
	if (count != 4) {
		fprintf(stderr, "usage: ring_writer MAP_ID BYTES TIMES\n");
		return 2;
	}
	bpf_attr map = {};
	map.map_id = static_cast<__u32>(atoi(arguments[1]));
	const int ring = checked(call(BPF_MAP_GET_FD_BY_ID, map), "map");
	unsigned char packet[kPacketBytes] = {};
	bpf_attr run = {};
	run.test.prog_fd = static_cast<__u32>(load(program(ring, atoi(arguments[2]))));
	run.test.data_in = reinterpret_cast<__u64>(packet);
	run.test.data_size_in = kPacketBytes;
	run.test.repeat = static_cast<__u32>(atoi(arguments[3]));
	checked(call(BPF_PROG_TEST_RUN, run), "run");
	TELL("{\"written\":%s}", arguments[3]);
}
