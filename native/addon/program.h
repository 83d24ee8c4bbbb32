// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "capability.h"
#include "inventory.h"

struct bpf_link;
struct bpf_object;

namespace headwater {

// A kernel program: where it is, and what is lost without it.
struct ProgramSpec {
	const char *capability;
	const char *object;
	// The same program for newer kernels, tried first; null where there is none.
	const char *newer_object;
	const char *program;
	bool iterator;
	bool required;
	const char *lost;
};

const std::vector<ProgramSpec> &program_specs();

// Maps by name, shared by all programs of a probe; whoever loads first makes them.
using MapFds = std::map<std::string, int>;

// A program loaded on its own, so that one that the kernel refuses takes none other with it.
class Program {
public:
	explicit Program(const ProgramSpec &spec) : spec_(spec) {}
	Program(const Program &) = delete;
	Program &operator=(const Program &) = delete;
	~Program();

	// Opens, sizes, verifies. Fills reason() and failed_errno() on failure.
	bool load(const ProbeOptions &options, MapFds &maps, const char *object);
	bool attach();
	// Takes note of a failure of the loader's, after load().
	void refuse(const std::string &what, int error) { fail(what, error); }

	const ProgramSpec &spec() const { return spec_; }
	const std::string &reason() const { return reason_; }
	int failed_errno() const { return errno_; }
	bool layout_differs() const { return layout_differs_; }
	bool attached() const { return link_ != nullptr; }
	int link_fd() const;
	// What the kernel holds for it.
	void inventory(std::vector<KernelObject> &objects) const;
	// Runs that the kernel skipped because the program was already running on that CPU.
	unsigned long long recursion_misses() const;

private:
	bool fail(const std::string &what, int error);
	bool configure(const ProbeOptions &options);
	bool share_maps(const ProbeOptions &options, const MapFds &maps);

	ProgramSpec spec_;
	bpf_object *object_ = nullptr;
	bpf_link *link_ = nullptr;
	std::string reason_;
	std::string log_;
	int errno_ = 0;
	bool layout_differs_ = false;
};

} // namespace headwater
