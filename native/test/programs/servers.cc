// SPDX-License-Identifier: Apache-2.0
// Servers whose connections are not served by whoever called listen(): servers MODE. Each connection gets the pid of the process that
// serves it as text once it has sent something, and is held until its client ends it; then a line tells what was counted.
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "sockets.h"

namespace {

const char *const kHost = "127.0.0.1";

void serve(int fd)
{
	char first;
	const int peer = port_of(fd, true);
	const std::string pid = std::to_string(getpid());
	long received = 0;

	if (read(fd, &first, 1) == 1) {
		checked(write(fd, pid.data(), pid.size()), "write");
		received = 1 + read_to_end(fd);
	}
	close(fd);
	TELL("{\"peer\":%d,\"pid\":%d,\"received\":%ld,\"sent\":%zu}", peer, getpid(), received, pid.size());
}

[[noreturn]] void serve_all(int listener)
{
	for (;;) {
		const int fd = checked(accept(listener, nullptr, nullptr), "accept");
		// Several at once: threads would need one more file.
		if (fork() == 0) {
			close(listener);
			serve(fd);
			_exit(0);
		}
		close(fd);
	}
}

// One connection after the other, in this very process.
[[noreturn]] void serve_in_turn(int listener)
{
	for (;;)
		serve(checked(accept(listener, nullptr, nullptr), "accept"));
}

void tell(int listener)
{
	TELL("{\"port\":%d,\"pid\":%d}", port_of(listener), getpid());
}

// So many processes that listen and end, one after the other.
int come_and_go(int count)
{
	for (int i = 0; i < count; i++) {
		const pid_t child = fork();
		if (child == 0) {
			listen_on(kHost);
			_exit(0);
		}
		// Children are reaped by themselves (SIGCHLD): this waits for its end.
		waitpid(child, nullptr, 0);
	}
	TELL("{\"came\":%d}", count);
	return 0;
}

// As nginx does: workers inherit the listener and accept; the master only waits.
[[noreturn]] void prefork()
{
	const int listener = listen_on(kHost);

	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			serve_in_turn(listener);
	tell(listener);
	for (;;)
		pause();
}

void send_fd(int channel, int fd)
{
	char byte = 0;
	iovec data = {&byte, 1};
	alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	msghdr message = {};

	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	checked(sendmsg(channel, &message, 0), "sendmsg");
}

int receive_fd(int channel)
{
	char byte;
	iovec data = {&byte, 1};
	alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	msghdr message = {};
	int fd;

	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	checked(recvmsg(channel, &message, 0), "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return fd;
}

// The listener is handed to a process that was there before it, and closed here.
[[noreturn]] void pass()
{
	int channel[2];

	checked(socketpair(AF_UNIX, SOCK_STREAM, 0, channel), "socketpair");
	if (fork() == 0) {
		const int listener = receive_fd(channel[1]);
		tell(listener);
		serve_in_turn(listener);
	}
	const int listener = listen_on(kHost);
	send_fd(channel[0], listener);
	close(listener);
	for (;;)
		pause();
}

// After a line the process runs the program `path`, which serves the listener that it keeps.
[[noreturn]] void change(const char *path)
{
	const int listener = listen_on(kHost);

	tell(listener);
	wait_for_line();
	const std::string fd = std::to_string(listener);
	checked(execl(path, path, "serve", fd.c_str(), nullptr), "execl");
	_exit(1);
}

// Reads by splice: no byte is seen by a receive call.
[[noreturn]] void spliced()
{
	const int listener = listen_on(kHost);
	const int nowhere = checked(open("/dev/null", O_WRONLY), "/dev/null");
	int pipes[2];

	checked(pipe(pipes), "pipe");
	tell(listener);
	for (;;) {
		const int fd = checked(accept(listener, nullptr, nullptr), "accept");
		const int peer = port_of(fd, true);
		long received = 0;
		ssize_t bytes;
		while ((bytes = splice(fd, nullptr, pipes[1], nullptr, 65536, 0)) > 0) {
			received += bytes;
			for (ssize_t left = bytes; left > 0;)
				left -= checked(splice(pipes[0], nullptr, nowhere, nullptr, static_cast<size_t>(left), 0), "splice");
		}
		write_all(fd, 1000);
		close(fd);
		TELL("{\"peer\":%d,\"pid\":%d,\"received\":%ld,\"sent\":1000}", peer, getpid(), received);
	}
}

// Answers by sendfile: no byte is seen by a send call.
[[noreturn]] void sends_file()
{
	const int listener = listen_on(kHost);
	const int file = checked(memfd_create("answer", 0), "memfd_create");

	checked(ftruncate(file, 1000), "ftruncate");
	tell(listener);
	for (;;) {
		const int fd = checked(accept(listener, nullptr, nullptr), "accept");
		const int peer = port_of(fd, true);
		const long received = read_to_end(fd);
		off_t from = 0;
		checked(sendfile(fd, file, &from, 1000), "sendfile");
		close(fd);
		TELL("{\"peer\":%d,\"pid\":%d,\"received\":%ld,\"sent\":1000}", peer, getpid(), received);
	}
}

// As inetd's kin do: one process accepts, and hands each connection to another that was there before.
[[noreturn]] void hands_on()
{
	int channel[2];

	checked(socketpair(AF_UNIX, SOCK_STREAM, 0, channel), "socketpair");
	if (fork() == 0)
		for (;;)
			serve(receive_fd(channel[1]));
	const int listener = listen_on(kHost);
	tell(listener);
	for (;;) {
		const int fd = checked(accept(listener, nullptr, nullptr), "accept");
		send_fd(channel[0], fd);
		close(fd);
	}
}

// Reads to the end, then answers with 1000 bytes: MPTCP, TCP fast open, and one address of several with one port.
[[noreturn]] void answer(int listener)
{
	tell(listener);
	for (;;) {
		const int fd = checked(accept(listener, nullptr, nullptr), "accept");
		const int peer = port_of(fd, true);
		const long received = read_to_end(fd);
		write_all(fd, 1000);
		close(fd);
		TELL("{\"peer\":%d,\"pid\":%d,\"received\":%ld,\"sent\":1000}", peer, getpid(), received);
	}
}

// Accepts one connection and reads nothing of it before a line comes.
void hold()
{
	const int listener = listen_on(kHost);

	tell(listener);
	const int fd = checked(accept(listener, nullptr, nullptr), "accept");
	wait_for_line();
	const long received = read_to_end(fd);
	close(fd);
	TELL("{\"pid\":%d,\"received\":%ld}", getpid(), received);
}

// Closes each connection with what came unread.
[[noreturn]] void unread()
{
	const int listener = listen_on(kHost);

	tell(listener);
	for (;;) {
		const int fd = checked(accept(listener, nullptr, nullptr), "accept");
		char byte;
		checked(recv(fd, &byte, 1, MSG_PEEK), "recv");
		close(fd);
	}
}

int fast_open_listener()
{
	const int listener = listen_on(kHost);
	const int queue = 16;

	checked(setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)), "TCP_FASTOPEN");
	return listener;
}

} // namespace

int main(int count, char **arguments)
{
	const std::string mode = count > 1 ? arguments[1] : "";

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (mode == "prefork")
		prefork();
	if (mode == "fork") {
		const int listener = listen_on(kHost);
		tell(listener);
		serve_all(listener);
	}
	if (mode == "pass")
		pass();
	if (mode == "change")
		change(arguments[2]);
	if (mode == "serve") {
		tell(atoi(arguments[2]));
		serve_in_turn(atoi(arguments[2]));
	}
	if (mode == "hold") {
		hold();
		return 0;
	}
	if (mode == "come-and-go")
		return come_and_go(atoi(arguments[2]));
	if (mode == "unread")
		unread();
	if (mode == "splice")
		spliced();
	if (mode == "sendfile")
		sends_file();
	if (mode == "handon")
		hands_on();
	if (mode == "mptcp")
		answer(listen_on(kHost, 0, IPPROTO_MPTCP));
	if (mode == "fastopen")
		answer(fast_open_listener());
	if (mode == "answer")
		answer(listen_on(arguments[2], atoi(arguments[3])));
	fprintf(stderr, "no mode %s\n", mode.c_str());
	return 2;
}
