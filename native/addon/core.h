// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "addresses.h"
#include "capability.h"
#include "limit.h"
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

// What became of the network namespaces that were to be visited; cumulative.
struct Visits {
	std::atomic<unsigned long long> vanished{0};
	std::atomic<unsigned long long> failed{0};
	std::atomic<unsigned long long> skipped{0};
	std::atomic<unsigned long long> over_limit{0};
	std::atomic<unsigned long long> processes_refused{0};
};

// The probe without JavaScript. open, walk, addresses and close run on the probe's own thread; drain on the event loop.
class Core {
public:
	explicit Core(ProbeOptions options) : options_(std::move(options)) {}

	OpenOutcome open();
	WalkOutcome walk();
	// The interface addresses in each namespace that the probe observes.
	std::vector<NamespaceAddresses> addresses();
	// Detaches and frees everything but the ring's mapping.
	void close();
	// Makes a running walk, or reading of addresses, end early.
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
	bool set_limit();
	enum class Visited { done, idle, vanished, failed };
	std::vector<NetworkNamespace> observed(Visits &visits);
	Visited visit(const NetworkNamespace &ns, Visits &visits, const std::function<Visited()> &work);
	Visited walk_here(const NetworkNamespace &ns, bool patient);
	bool iterate(int link_fd);
	WalkOutcome walk(bool patient);
	Program *program(const char *capability);
	void read_counters();
	void read_visits(const std::string &prefix, const Visits &visits);
	unsigned long long kernel_counter(unsigned index);
	void remember(const Capability &capability);

	ProbeOptions options_;
	NamespaceLimit limit_;
	MapFds maps_;
	Ring ring_;
	std::vector<std::unique_ptr<Program>> programs_;
	std::optional<ThreadNamespace> own_namespace_;
	bool may_enter_ = false;
	std::atomic<bool> interrupted_{false};
	Visits walk_visits_;
	Visits address_visits_;
	std::atomic<unsigned long long> addresses_over_limit_{0};

	// Guards what the event loop reads while the probe's thread works.
	std::mutex mutex_;
	bool open_ = false;
	std::vector<Capability> capabilities_;
	std::map<std::string, unsigned long long> counters_;
};

} // namespace headwater
