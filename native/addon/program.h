// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "capability.h"
#include "inventory.h"

struct bpf_link;
struct bpf_object;
struct bpf_prog_info;

namespace headwater {

// How a program comes to run: at an event of the kernel's, as an iterator is read, at the sockets of all cgroups, or when it is called.
enum class Hook { event, iterator, cgroup, call };

// A kernel program: where it is, and what is lost without it.
struct ProgramSpec {
	const char *capability;
	const char *object;
	// The same program for newer kernels, tried first; null where there is none.
	const char *newer_object;
	const char *program;
	Hook hook;
	bool required;
	// The least profile that has it.
	Profile profile;
	const char *lost;
	// What mends a refusal by a kernel that is older than the program needs; null: the floor of all.
	const char *fix = nullptr;
};

const std::vector<ProgramSpec> &program_specs();

// Maps by name, shared by all programs of a probe; whoever loads first makes them.
using MapFds = std::map<std::string, int>;

// How often a program ran and for how long in sum, while somebody had the kernel's BPF statistics on.
struct ProgramRuns {
	std::string name;
	// It runs in the time of whoever reads or calls it: the probe's thread.
	bool own_time = false;
	unsigned long long runs = 0;
	unsigned long long run_ns = 0;
};

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
	// The link of an attached program, to destroy; null where it has none.
	bpf_link *take_link();
	// Fills reason() and failed_errno() on failure.
	bpf_link *make_link();
	void give_link(bpf_link *link) { link_ = link; }
	// Takes note of a failure of the loader's, after load().
	void refuse(const std::string &what, int error) { fail(what, error); }

	const ProgramSpec &spec() const { return spec_; }
	const std::string &reason() const { return reason_; }
	// What mends it, where that is known better than by the errno.
	const std::string &fix() const { return fix_; }
	int failed_errno() const { return errno_; }
	bool layout_differs() const { return layout_differs_; }
	bool attached() const { return link_ != nullptr; }
	int link_fd() const;
	bool loaded() const { return object_ != nullptr; }
	// Runs a program of Hook::call with its argument.
	bool call(void *argument, size_t bytes) const;
	// What the kernel holds for it.
	void inventory(std::vector<KernelObject> &objects) const;
	ProgramRuns runs() const;
	// Runs that the kernel skipped because the program was already running on that CPU.
	unsigned long long recursion_misses() const;

private:
	bool fail(const std::string &what, int error);
	bpf_prog_info info() const;
	bool configure(const ProbeOptions &options);
	bool share_maps(const ProbeOptions &options, const MapFds &maps);

	ProgramSpec spec_;
	bpf_object *object_ = nullptr;
	bpf_link *link_ = nullptr;
	std::string reason_;
	std::string fix_;
	std::string log_;
	int errno_ = 0;
	bool layout_differs_ = false;
};

} // namespace headwater
