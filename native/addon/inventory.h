// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace headwater {

// A program, map or link in the kernel, by its id.
struct KernelObject {
	std::string type;
	unsigned id = 0;
	// A program's instructions, after the verifier has removed those that are never reached; 0 of others.
	unsigned instruction_bytes = 0;
};

// The object behind a file descriptor of that type; id 0 when it cannot be told.
KernelObject kernel_object(const std::string &type, int fd);
// Whether the kernel still holds it.
bool exists(const KernelObject &object);

} // namespace headwater
