// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {

namespace {

int bound(int type, unsigned port)
{
	const int fd = static_cast<int>(must(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket"));
	const int on = 1;
	sockaddr_in end;

	memset(&end, 0, sizeof(end));
	end.sin_family = AF_INET;
	end.sin_port = htons(static_cast<uint16_t>(port));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, reinterpret_cast<const sockaddr *>(&end), sizeof(end)), "bind");
	return fd;
}

int accepted(int listener)
{
	return static_cast<int>(must(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

// Answers until the client closes; whether it said that this was its last.
bool answer_all(int fd, size_t length)
{
	char bytes[kRequestBytes];
	bool last = false;

	for (;;) {
		const ssize_t got = must(recv(fd, bytes, length, MSG_WAITALL), "recv");
		if (got == 0)
			return last;
		last = bytes[0] == 'E';
		must(send(fd, bytes, static_cast<size_t>(got), 0), "send");
	}
}

} // namespace

Server::Server(unsigned port) : datagrams_(bound(SOCK_DGRAM, port))
{
	for (unsigned i = 0; i < kPorts; i++) {
		listeners_.push_back(bound(SOCK_STREAM, port + i));
		must(listen(listeners_.back(), 4096), "listen");
	}
}

void Server::serve_stream(Mode mode)
{
	static char bytes[kStreamBytes];
	const int on = 1;
	bool last;

	do {
		const int fd = accepted(listeners_[0]);
		last = mode != Mode::storm;
		if (mode == Mode::rr)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (mode == Mode::stream)
			while (must(recv(fd, bytes, sizeof(bytes), 0), "recv") > 0)
				;
		else if (answer_all(fd, mode == Mode::rr ? 1 : kRequestBytes))
			last = true;
		close(fd);
	} while (!last);
}

void Server::serve(Mode mode)
{
	if (mode != Mode::udp)
		return serve_stream(mode);
	char bytes[kRequestBytes];
	for (;;) {
		sockaddr_in from;
		socklen_t length = sizeof(from);
		auto *address = reinterpret_cast<sockaddr *>(&from);
		const ssize_t got = must(recvfrom(datagrams_, bytes, sizeof(bytes), 0, address, &length), "recvfrom");
		if (got == 1)
			return;
		must(sendto(datagrams_, bytes, static_cast<size_t>(got), 0, address, length), "sendto");
	}
}

void Server::hold(unsigned connections)
{
	for (unsigned i = 0; i < connections; i++)
		held_.push_back(accepted(listeners_[held_.size() % kPorts]));
}

void Server::touch()
{
	char byte;
	for (const int fd : held_) {
		must(recv(fd, &byte, 1, 0), "recv");
		must(send(fd, &byte, 1, 0), "send");
	}
}

void Server::drop()
{
	for (const int fd : held_)
		close(fd);
	held_.clear();
}

} // namespace load
