// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace headwater {

// A program, map or link in the kernel, by its id.
struct KernelObject {
	std::string type;
	unsigned id;
};

// The object behind a file descriptor of that type; id 0 when it cannot be told.
KernelObject kernel_object(const std::string &type, int fd);
// Whether the kernel still holds it.
bool exists(const KernelObject &object);

} // namespace headwater
