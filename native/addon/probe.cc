// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <napi.h>

#include "core.h"
#include "layout.h"
#include "worker.h"

namespace headwater {

namespace {

Napi::Array to_js(Napi::Env env, const std::vector<Capability> &capabilities)
{
	auto list = Napi::Array::New(env);
	for (const Capability &capability : capabilities) {
		auto object = Napi::Object::New(env);
		object.Set("name", capability.name);
		object.Set("ok", capability.ok);
		object.Set("required", capability.required);
		object.Set("reason", capability.reason);
		object.Set("lost", capability.lost);
		object.Set("fix", capability.fix);
		list.Set(list.Length(), object);
	}
	return list;
}

} // namespace

// The probe as JavaScript sees it. Arguments are checked by the facade (src/probe.ts).
class NativeProbe : public Napi::ObjectWrap<NativeProbe> {
public:
	static Napi::Function define(Napi::Env env)
	{
		return DefineClass(env, "NativeProbe",
				   {InstanceMethod<&NativeProbe::open>("open"), InstanceMethod<&NativeProbe::walk>("walk"),
				    InstanceMethod<&NativeProbe::close>("close"),
				    InstanceMethod<&NativeProbe::consume>("consume"),
				    InstanceMethod<&NativeProbe::capabilities>("capabilities"),
				    InstanceMethod<&NativeProbe::counters>("counters"),
				    InstanceMethod<&NativeProbe::inventory>("inventory")});
	}

	explicit NativeProbe(const Napi::CallbackInfo &info)
	    : Napi::ObjectWrap<NativeProbe>(info), core_(read_options(info[0].As<Napi::Object>()))
	{
	}

	~NativeProbe() override { shut(); }

private:
	static ProbeOptions read_options(const Napi::Object &object)
	{
		ProbeOptions options;
		options.slots = object.Get("slots").As<Napi::Number>().Uint32Value();
		options.ring_bytes = object.Get("ringBytes").As<Napi::Number>().Uint32Value();
		options.max_listeners = object.Get("maxListeners").As<Napi::Number>().Uint32Value();
		options.keep_alive_ns =
			static_cast<unsigned long long>(object.Get("keepAliveMs").As<Napi::Number>().DoubleValue() * 1e6);
		options.object_directory = object.Get("objectDirectory").As<Napi::String>().Utf8Value();
		return options;
	}

	static void on_environment_exit(void *probe) { static_cast<NativeProbe *>(probe)->shut(); }

	// Ends the thread and frees the kernel's side, at once: for close, for exit, for the garbage collector.
	void shut()
	{
		if (!worker_.running())
			return;
		napi_remove_env_cleanup_hook(Env(), on_environment_exit, this);
		core_.interrupt();
		worker_.stop();
		core_.close();
		core_.ring().unmap();
	}

	Napi::Value open(const Napi::CallbackInfo &info)
	{
		const Napi::Env env = info.Env();
		if (!worker_.start(env))
			throw Napi::Error::New(env, "the probe's thread cannot be started");
		// After the worker's start, so that it runs before the thread's way to the event loop is torn down.
		napi_add_env_cleanup_hook(env, on_environment_exit, this);
		auto deferred = Napi::Promise::Deferred::New(env);
		auto outcome = std::make_shared<OpenOutcome>();
		Ref();
		worker_.post([this, outcome] { *outcome = core_.open(); },
			     [this, outcome, deferred](napi_env raw) {
				     Napi::HandleScope scope(raw);
				     auto object = Napi::Object::New(raw);
				     object.Set("code", outcome->code);
				     object.Set("message", outcome->message);
				     object.Set("fix", outcome->fix);
				     if (!outcome->code.empty())
					     shut();
				     deferred.Resolve(object);
				     Unref();
			     });
		return deferred.Promise();
	}

	Napi::Value walk(const Napi::CallbackInfo &info)
	{
		auto deferred = Napi::Promise::Deferred::New(info.Env());
		auto outcome = std::make_shared<WalkOutcome>();
		Ref();
		worker_.post([this, outcome] { *outcome = core_.walk(); },
			     [this, outcome, deferred](napi_env raw) {
				     Napi::HandleScope scope(raw);
				     auto object = Napi::Object::New(raw);
				     object.Set("namespaces", outcome->namespaces);
				     object.Set("failed", outcome->failed);
				     object.Set("durationMs", outcome->duration_ms);
				     deferred.Resolve(object);
				     Unref();
			     });
		return deferred.Promise();
	}

	// Detaching waits for the kernel's grace periods: on the thread.
	Napi::Value close(const Napi::CallbackInfo &info)
	{
		auto deferred = Napi::Promise::Deferred::New(info.Env());
		core_.interrupt();
		closing_ = true;
		Ref();
		worker_.post([this] { core_.close(); },
			     [this, deferred](napi_env raw) {
				     Napi::HandleScope scope(raw);
				     shut();
				     deferred.Resolve(Napi::Env(raw).Undefined());
				     Unref();
			     });
		return deferred.Promise();
	}

	Napi::Value consume(const Napi::CallbackInfo &info)
	{
		const Napi::Env env = info.Env();
		Ring &ring = core_.ring();
		if (closing_ || !ring.mapped())
			return env.Undefined();
		const size_t limit = info[0].As<Napi::Number>().Uint32Value();
		const size_t room = std::min(limit, ring.available());
		if (room == 0)
			return env.Undefined();
		auto buffer = Napi::ArrayBuffer::New(env, room * sizeof(hw_record));
		const size_t length = ring.drain(static_cast<uint8_t *>(buffer.Data()), room);
		if (length == 0)
			return env.Undefined();
		auto result = Napi::Object::New(env);
		result.Set("buffer", buffer);
		result.Set("length", static_cast<double>(length));
		return result;
	}

	Napi::Value capabilities(const Napi::CallbackInfo &info) { return to_js(info.Env(), core_.capabilities()); }

	Napi::Value counters(const Napi::CallbackInfo &info)
	{
		auto object = Napi::Object::New(info.Env());
		for (const auto &[name, value] : core_.counters())
			object.Set(name, static_cast<double>(value));
		return object;
	}

	Napi::Value inventory(const Napi::CallbackInfo &info)
	{
		auto list = Napi::Array::New(info.Env());
		for (const KernelObject &held : core_.inventory()) {
			auto object = Napi::Object::New(info.Env());
			object.Set("type", held.type);
			object.Set("id", held.id);
			list.Set(list.Length(), object);
		}
		return list;
	}

	Core core_;
	Worker worker_;
	bool closing_ = false;
};

namespace {

// Milliseconds from BOOTTIME to the wall clock: the middle of two readings around the third.
Napi::Value boot_offset_ms(const Napi::CallbackInfo &info)
{
	timespec before;
	timespec wall;
	timespec after;
	clock_gettime(CLOCK_BOOTTIME, &before);
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &after);
	const auto ms = [](const timespec &time) { return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6; };
	return Napi::Number::New(info.Env(), ms(wall) - (ms(before) + ms(after)) / 2);
}

Napi::Value object_exists(const Napi::CallbackInfo &info)
{
	const auto object = info[0].As<Napi::Object>();
	const KernelObject held = {object.Get("type").As<Napi::String>().Utf8Value(),
				   object.Get("id").As<Napi::Number>().Uint32Value()};
	return Napi::Boolean::New(info.Env(), exists(held));
}

Napi::Object init(Napi::Env env, Napi::Object exports)
{
	exports.Set("layout", layout_object(env));
	exports.Set("constants", constants_object(env));
	exports.Set("bootOffsetMs", Napi::Function::New(env, boot_offset_ms));
	exports.Set("objectExists", Napi::Function::New(env, object_exists));
	exports.Set("NativeProbe", NativeProbe::define(env));
	return exports;
}

} // namespace

NODE_API_MODULE(headwater, init)

} // namespace headwater
