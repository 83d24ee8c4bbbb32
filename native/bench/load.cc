// SPDX-License-Identifier: Apache-2.0
// A load with both ends: two processes, pinned to one CPU, that do one kind of work per round and tell its CPU time. For
// benchmarks: a peer in JavaScript costs more per connection than what is to be measured.
//
//   load objects CGROUP                      what the kernel has of BPF, by id
//   load statistics                          keeps the kernel's BPF statistics on until stdin ends
//   load ADDRESS PORT CPU [CLIENT-NETNS SERVER-NETNS]   CPU -1: not pinned
// Orders on stdin, one a line, each answered by one line of JSON: `storm|rr|stream|udp SECONDS`, `hold N`, `touch`, `drop`.
#include "load.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace load {

void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	_exit(1);
}

long must(long result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

} // namespace load

namespace {

using namespace load;

double cpu_us()
{
	rusage usage;
	must(getrusage(RUSAGE_SELF, &usage), "getrusage");
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

// The kernel's statistics stay on as long as the descriptor is open, however this process ends.
int keep_statistics()
{
	bpf_attr attributes;
	memset(&attributes, 0, sizeof(attributes));
	attributes.enable_stats.type = BPF_STATS_RUN_TIME;
	must(syscall(SYS_bpf, BPF_ENABLE_STATS, &attributes, sizeof(attributes)), "BPF_ENABLE_STATS");
	puts("{\"statistics\":true}");
	fflush(stdout);
	char none[64];
	while (read(STDIN_FILENO, none, sizeof(none)) > 0)
		;
	return 0;
}

void write_setting(const char *path, const char *value)
{
	const int fd = static_cast<int>(must(open(path, O_WRONLY | O_CLOEXEC), path));
	must(write(fd, value, strlen(value)), path);
	close(fd);
}

// A namespace of the bench's own may run through its ports without waiting a minute for each to be free again.
void enter(const char *netns)
{
	const int fd = static_cast<int>(must(open(netns, O_RDONLY | O_CLOEXEC), netns));
	must(setns(fd, CLONE_NEWNET), "setns");
	close(fd);
	write_setting("/proc/sys/net/ipv4/tcp_max_tw_buckets", "0");
	write_setting("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535");
}

void pin(int cpu)
{
	cpu_set_t set;
	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

// As many as the machine allows; gives their number.
unsigned long raise_files()
{
	rlimit limit;
	must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max = 1048576;
	setrlimit(RLIMIT_NOFILE, &limit);
	must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	return limit.rlim_cur;
}

// Answers each order with the CPU time that it took, when it is through.
[[noreturn]] void run_server(int control, unsigned port)
{
	Server server(port);
	Order order;
	double cpu = 0;
	must(send(control, &cpu, sizeof(cpu), 0), "send");
	while (recv(control, &order, sizeof(order), 0) == sizeof(order)) {
		const double before = cpu_us();
		if (order.mode == Mode::hold)
			server.hold(order.count);
		else if (order.mode == Mode::touch)
			server.touch();
		else if (order.mode == Mode::drop)
			server.drop();
		else
			server.serve(order.mode);
		cpu = cpu_us() - before;
		must(send(control, &cpu, sizeof(cpu), 0), "send");
	}
	_exit(0);
}

double answer(int control)
{
	double cpu;
	if (recv(control, &cpu, sizeof(cpu), 0) != sizeof(cpu)) {
		fprintf(stderr, "load: the server has ended\n");
		_exit(1);
	}
	return cpu;
}

double seconds_now()
{
	timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void obey(int control, Held &held, const Place &place, const char *name, double amount)
{
	static const struct {
		const char *name;
		Mode mode;
	} modes[] = {{"storm", Mode::storm}, {"rr", Mode::rr},	     {"stream", Mode::stream}, {"udp", Mode::udp},
		     {"hold", Mode::hold},   {"touch", Mode::touch}, {"drop", Mode::drop}};
	const auto *found = modes;
	while (found != modes + 7 && strcmp(found->name, name) != 0)
		found++;
	if (found == modes + 7) {
		fprintf(stderr, "load: unknown order %s\n", name);
		_exit(2);
	}
	const Order order = {found->mode, static_cast<uint32_t>(amount)};
	const double before = cpu_us();
	const double begin = seconds_now();
	uint64_t operations;
	must(send(control, &order, sizeof(order), 0), "send");
	if (order.mode == Mode::hold) {
		held.open(place, order.count);
		operations = order.count;
	} else if (order.mode == Mode::touch) {
		held.touch_begin();
		held.touch_end();
		operations = held.size();
	} else if (order.mode == Mode::drop) {
		operations = held.size();
		held.drop();
	} else {
		operations = run_client(order.mode, place, amount);
	}
	const double client = cpu_us() - before;
	const double server = answer(control);
	printf("{\"mode\":\"%s\",\"operations\":%llu,\"client_cpu_us\":%.0f,\"server_cpu_us\":%.0f,\"seconds\":%.4f}\n", name,
	       static_cast<unsigned long long>(operations), client, server, seconds_now() - begin);
	fflush(stdout);
}

} // namespace

int main(int count, char **words)
{
	if (count == 2 && strcmp(words[1], "statistics") == 0)
		return keep_statistics();
	if (count == 3 && strcmp(words[1], "objects") == 0)
		return tell_objects(words[2]);
	if (count != 4 && count != 6) {
		fprintf(stderr, "usage: load statistics | load objects CGROUP | load ADDRESS PORT CPU [CLIENT-NETNS SERVER-NETNS]\n");
		return 2;
	}
	const Place place = {words[1], static_cast<unsigned>(atoi(words[2]))};
	int control[2];
	signal(SIGPIPE, SIG_IGN);
	const unsigned long files = raise_files();
	pin(atoi(words[3]));
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), "socketpair");
	const pid_t parent = getpid();
	if (must(fork(), "fork") == 0) {
		// It never outlives the client.
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		prctl(PR_SET_NAME, "load-server");
		close(control[0]);
		close(STDIN_FILENO);
		if (count == 6)
			enter(words[5]);
		run_server(control[1], place.port);
	}
	close(control[1]);
	prctl(PR_SET_NAME, "load-client");
	if (count == 6)
		enter(words[4]);
	answer(control[0]);
	printf("{\"ready\":true,\"files\":%lu}\n", files);
	fflush(stdout);
	Held held;
	char line[128];
	while (fgets(line, sizeof(line), stdin)) {
		char name[32];
		double amount = 0;
		if (sscanf(line, "%31s %lf", name, &amount) >= 1)
			obey(control[0], held, place, name, amount);
	}
	return 0;
}
