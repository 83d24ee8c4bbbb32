// SPDX-License-Identifier: Apache-2.0
// Clients of every sort: clients MODE HOST PORT [BYTES] (resume: for PORT an open file). Tells in a line of JSON what it counted.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string>

#include "sockets.h"

namespace {

// Sends, closes its half, reads to the end.
void exchange(int fd, long bytes)
{
	const int port = port_of(fd);

	write_all(fd, bytes);
	// Whoever has been reset meanwhile has nothing left to shut down.
	if (shutdown(fd, SHUT_WR) < 0 && errno != ENOTCONN)
		checked(-1, "shutdown");
	const long received = read_to_end(fd);
	close(fd);
	TELL("{\"pid\":%d,\"port\":%d,\"sent\":%ld,\"received\":%ld}", getpid(), port, bytes, received);
}

void connected(int protocol, const char *host, int port, long bytes)
{
	const int fd = new_socket(protocol);

	checked(connect_to(fd, host, port), "connect");
	exchange(fd, bytes);
}

// The first connection fetches a cookie, the second sends data with its SYN.
void fast_open(const char *host, int port, long bytes)
{
	const sockaddr_in address = address_of(host, port);

	for (int round = 0; round < 2; round++) {
		const int fd = new_socket();
		const std::string first(100, 'y');
		checked(sendto(fd, first.data(), first.size(), MSG_FASTOPEN, reinterpret_cast<const sockaddr *>(&address),
			       sizeof(address)),
			"sendto");
		tcp_info info = {};
		socklen_t length = sizeof(info);
		write_all(fd, bytes - 100);
		checked(shutdown(fd, SHUT_WR), "shutdown");
		const int own = port_of(fd);
		const long received = read_to_end(fd);
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
		close(fd);
		TELL("{\"pid\":%d,\"port\":%d,\"sent\":%ld,\"received\":%ld,\"in_syn\":%s}", getpid(), own, bytes, received,
		     info.tcpi_options & TCPI_OPT_SYN_DATA ? "true" : "false");
	}
}

int begin(const char *host, int own, int other)
{
	const int fd = new_socket();

	bind_to(fd, host, own);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect_to(fd, host, other) < 0 && errno != EINPROGRESS)
		checked(-1, "connect");
	return fd;
}

// Both ask at once: the test drops their first SYNs, and lets pass the next ones.
void simultaneous(const char *host, int one, int two, long bytes)
{
	pollfd ends[2] = {{begin(host, one, two), POLLOUT, 0}, {begin(host, two, one), POLLOUT, 0}};

	TELL("{\"begun\":true}");
	for (pollfd &end : ends) {
		if (poll(&end, 1, 10000) != 1 || !(end.revents & POLLOUT) || end.revents & POLLERR)
			checked(-1, "established");
		fcntl(end.fd, F_SETFL, 0);
	}
	write_all(ends[0].fd, bytes);
	shutdown(ends[0].fd, SHUT_WR);
	const long received = read_to_end(ends[1].fd);
	close(ends[1].fd);
	read_to_end(ends[0].fd);
	close(ends[0].fd);
	TELL("{\"pid\":%d,\"sent\":%ld,\"received\":%ld}", getpid(), bytes, received);
}

// Waits so long for an answer, then gives up; 0 is no error.
void attempt(const char *host, int port, int ms)
{
	const int fd = new_socket();

	fcntl(fd, F_SETFL, O_NONBLOCK);
	int error = 0;
	socklen_t length = sizeof(error);
	if (connect_to(fd, host, port) < 0 && errno != EINPROGRESS) {
		TELL("{\"pid\":%d,\"error\":%d,\"answered\":true}", getpid(), errno);
		return;
	}
	pollfd end = {fd, POLLOUT, 0};
	const bool answered = poll(&end, 1, ms) == 1;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	close(fd);
	TELL("{\"pid\":%d,\"error\":%d,\"answered\":%s}", getpid(), error, answered ? "true" : "false");
}

// Many attempts, each with one SYN and given up at once.
void attempts(const char *host, int port, long count)
{
	for (long n = 0; n < count; n++) {
		const int fd = new_socket();

		fcntl(fd, F_SETFL, O_NONBLOCK);
		if (connect_to(fd, host, port) < 0 && errno != EINPROGRESS)
			checked(-1, "connect");
		close(fd);
	}
	TELL("{\"pid\":%d,\"attempts\":%ld}", getpid(), count);
}

// After a line the process runs the program `path`, which goes on with the connection that it keeps.
void change(const char *host, int port, long bytes, const char *path)
{
	const int fd = new_socket();

	checked(connect_to(fd, host, port), "connect");
	write_all(fd, bytes);
	TELL("{\"pid\":%d,\"port\":%d}", getpid(), port_of(fd));
	wait_for_line();
	const std::string own = std::to_string(fd);
	const std::string rest = std::to_string(bytes);
	checked(execl(path, path, "resume", host, own.c_str(), rest.c_str(), nullptr), "execl");
}

// Writes until nothing more goes, and waits; a line ends it.
void push(const char *host, int port)
{
	const int fd = new_socket();
	char buffer[65536] = {};
	long sent = 0;

	checked(connect_to(fd, host, port), "connect");
	for (;;) {
		const ssize_t part = send(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (part > 0) {
			sent += part;
			continue;
		}
		pollfd end = {fd, POLLOUT, 0};
		if (poll(&end, 1, 500) == 0)
			break;
	}
	TELL("{\"pid\":%d,\"port\":%d,\"sent\":%ld}", getpid(), port_of(fd), sent);
	wait_for_line();
	close(fd);
}

} // namespace

int main(int count, char **arguments)
{
	const std::string mode = count > 3 ? arguments[1] : "";
	const char *host = count > 3 ? arguments[2] : "";
	const int port = count > 3 ? atoi(arguments[3]) : 0;
	const long bytes = count > 4 ? atol(arguments[4]) : 0;

	signal(SIGPIPE, SIG_IGN);
	if (mode == "tcp")
		connected(IPPROTO_TCP, host, port, bytes);
	else if (mode == "mptcp")
		connected(IPPROTO_MPTCP, host, port, bytes);
	else if (mode == "fastopen")
		fast_open(host, port, bytes);
	else if (mode == "simultaneous")
		simultaneous(host, port, port + 1, bytes);
	else if (mode == "attempt")
		attempt(host, port, static_cast<int>(bytes));
	else if (mode == "attempts")
		attempts(host, port, bytes);
	else if (mode == "push")
		push(host, port);
	else if (mode == "change" && count > 5)
		change(host, port, bytes, arguments[5]);
	else if (mode == "resume")
		exchange(port, bytes);
	else
		return 2;
	return 0;
}
