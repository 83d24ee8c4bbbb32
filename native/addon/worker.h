// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <node_api.h>
#include <thread>

namespace headwater {

// One native thread that does jobs in turn and hands each one's end back to the event loop. It is its own thread, not one of
// libuv's: it moves between network namespaces.
class Worker {
public:
	using Job = std::function<void()>;
	using Done = std::function<void(napi_env)>;

	Worker() = default;
	Worker(const Worker &) = delete;
	Worker &operator=(const Worker &) = delete;
	~Worker() { stop(); }

	bool start(napi_env env);
	// `done` runs on the event loop after `job`; until then the process stays alive.
	void post(Job job, Done done);
	// Lets the running job end, drops the others, joins. On the event loop.
	void stop();
	bool running() const { return thread_.joinable(); }

private:
	struct Task {
		Job job;
		Done done;
	};
	void run();
	static void finish(napi_env env, napi_value, void *worker, void *task);

	napi_env env_ = nullptr;
	napi_threadsafe_function to_loop_ = nullptr;
	unsigned pending_ = 0;
	std::thread thread_;
	std::mutex mutex_;
	std::condition_variable wake_;
	std::deque<Task *> tasks_;
	bool stopping_ = false;
};

} // namespace headwater
