// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "capability.h"
#include "netns.h"
#include "program.h"
#include "ring.h"

namespace headwater {

struct WalkOutcome {
	unsigned namespaces = 0;
	unsigned failed = 0;
	double duration_ms = 0;
	std::string error;
};

// The probe without JavaScript. open, walk and close run on the probe's own thread; drain on the event loop.
class Core {
public:
	explicit Core(ProbeOptions options) : options_(std::move(options)) {}

	OpenOutcome open();
	WalkOutcome walk();
	// Detaches and frees everything but the ring's mapping.
	void close();
	// Makes a running walk end early.
	void interrupt() { interrupted_ = true; }

	// On the event loop, between open and close.
	Ring &ring() { return ring_; }
	std::vector<Capability> capabilities();
	std::map<std::string, unsigned long long> counters();
	std::vector<KernelObject> inventory();

private:
	OpenOutcome load();
	bool start(Program &program, const char *object, Capability &capability);
	std::unique_ptr<Program> start_newer(const ProgramSpec &spec);
	void seed();
	void set_seeding(bool seeding);
	bool visit(const NetworkNamespace &ns, bool patient);
	bool iterate(int link_fd);
	WalkOutcome walk(bool patient);
	Program *program(const char *capability);
	void read_counters();
	unsigned long long kernel_counter(unsigned index);
	void remember(const Capability &capability);

	ProbeOptions options_;
	MapFds maps_;
	Ring ring_;
	std::vector<std::unique_ptr<Program>> programs_;
	std::optional<ThreadNamespace> own_namespace_;
	bool may_enter_ = false;
	std::atomic<bool> interrupted_{false};
	std::atomic<unsigned long long> namespaces_vanished_{0};
	std::atomic<unsigned long long> namespaces_failed_{0};
	std::atomic<unsigned long long> namespaces_skipped_{0};
	std::atomic<unsigned long long> namespaces_over_limit_{0};
	std::atomic<unsigned long long> processes_refused_{0};

	// Guards what the event loop reads while the probe's thread works.
	std::mutex mutex_;
	bool open_ = false;
	std::vector<Capability> capabilities_;
	std::map<std::string, unsigned long long> counters_;
};

} // namespace headwater
