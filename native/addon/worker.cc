// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <napi.h>
#include <system_error>

namespace headwater {

bool Worker::start(napi_env env)
{
	napi_value name;

	env_ = env;
	stopping_ = false;
	if (napi_create_string_utf8(env, "headwater probe", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	    napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, finish, &to_loop_) !=
		    napi_ok)
		return false;
	napi_unref_threadsafe_function(env, to_loop_);
	try {
		thread_ = std::thread([this] { run(); });
	} catch (const std::system_error &) {
		napi_release_threadsafe_function(to_loop_, napi_tsfn_abort);
		to_loop_ = nullptr;
		return false;
	}
	return true;
}

void Worker::post(Job job, Done done)
{
	if (pending_++ == 0)
		napi_ref_threadsafe_function(env_, to_loop_);
	{
		std::lock_guard<std::mutex> lock(mutex_);
		tasks_.push_back(new Task{std::move(job), std::move(done)});
	}
	wake_.notify_one();
}

void Worker::run()
{
	for (;;) {
		Task *task;
		{
			std::unique_lock<std::mutex> lock(mutex_);
			wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
			if (stopping_)
				return;
			task = tasks_.front();
			tasks_.pop_front();
		}
		task->job();
		if (napi_call_threadsafe_function(to_loop_, task, napi_tsfn_nonblocking) != napi_ok)
			delete task;
	}
}

void Worker::finish(napi_env env, napi_value, void *context, void *data)
{
	auto *worker = static_cast<Worker *>(context);
	auto *task = static_cast<Task *>(data);

	// Null when the environment is being torn down: the worker may be gone already.
	if (env) {
		if (--worker->pending_ == 0)
			napi_unref_threadsafe_function(env, worker->to_loop_);
		try {
			task->done(env);
		} catch (const Napi::Error &) {
			// The environment is ending and takes no more calls; its cleanup hook frees the rest.
		}
	}
	delete task;
}

void Worker::stop()
{
	if (!thread_.joinable())
		return;
	{
		std::lock_guard<std::mutex> lock(mutex_);
		stopping_ = true;
	}
	wake_.notify_one();
	thread_.join();
	for (Task *task : tasks_)
		delete task;
	tasks_.clear();
	napi_release_threadsafe_function(to_loop_, napi_tsfn_abort);
	to_loop_ = nullptr;
}

} // namespace headwater
