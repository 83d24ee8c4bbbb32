// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace headwater {

// A program, map or link in the kernel, by its id.
struct KernelObject {
	std::string type;
	unsigned id = 0;
	// A map's name; of programs and links the capability that they stand for.
	std::string name;
	// What the kernel charges for it.
	unsigned long long memory_bytes = 0;
	// Of programs only. A program's instructions, after the verifier has removed those that are never reached.
	unsigned instruction_bytes = 0;
	// What the verifier had to go through (Linux 5.16 and later).
	unsigned verified_instructions = 0;
	// Counted only while somebody has the kernel's BPF statistics on.
	unsigned long long runs = 0;
	unsigned long long run_ns = 0;
};

// The object behind a file descriptor of that type; id 0 when it cannot be told.
KernelObject kernel_object(const std::string &type, const std::string &name, int fd);
// Whether the kernel still holds it.
bool exists(const KernelObject &object);

} // namespace headwater
