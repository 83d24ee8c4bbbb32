// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <napi.h>

#include "column_writer.h"
#include "core.h"
#include "kernel.h"
#include "layout.h"
#include "memory.h"
#include "limit.h"
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

Napi::Object to_js(Napi::Env env, const OpenOutcome &outcome)
{
	auto object = Napi::Object::New(env);
	object.Set("code", outcome.code);
	object.Set("message", outcome.message);
	object.Set("fix", outcome.fix);
	return object;
}

Napi::Array to_js(Napi::Env env, const std::vector<std::string> &texts)
{
	auto list = Napi::Array::New(env, texts.size());
	for (uint32_t i = 0; i < texts.size(); i++)
		list.Set(i, texts[i]);
	return list;
}

Napi::Array to_js(Napi::Env env, const std::vector<NamespaceAddresses> &namespaces)
{
	auto list = Napi::Array::New(env, namespaces.size());
	for (uint32_t i = 0; i < namespaces.size(); i++) {
		const auto &[netns, addresses] = namespaces[i];
		auto object = Napi::Object::New(env);
		object.Set("netns", static_cast<double>(netns));
		object.Set("addresses", to_js(env, addresses));
		list.Set(i, object);
	}
	return list;
}

Napi::Array to_js(Napi::Env env, const std::vector<KernelLimit> &limits)
{
	auto list = Napi::Array::New(env, limits.size());
	for (uint32_t i = 0; i < limits.size(); i++) {
		auto object = Napi::Object::New(env);
		object.Set("kind", limits[i].kind);
		object.Set("netns", static_cast<double>(limits[i].netns));
		object.Set("address", limits[i].address);
		object.Set("used", static_cast<double>(limits[i].used));
		object.Set("max", static_cast<double>(limits[i].max));
		list.Set(i, object);
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
				    InstanceMethod<&NativeProbe::addresses>("addresses"),
				    InstanceMethod<&NativeProbe::limits>("limits"),
				    InstanceMethod<&NativeProbe::detach>("detach"),
				    InstanceMethod<&NativeProbe::attach>("attach"),
				    InstanceMethod<&NativeProbe::close>("close"),
				    InstanceMethod<&NativeProbe::consume>("consume"),
				    InstanceMethod<&NativeProbe::consume_dns>("consumeDns"),
				    InstanceMethod<&NativeProbe::capabilities>("capabilities"),
				    InstanceMethod<&NativeProbe::counters>("counters"),
				    InstanceMethod<&NativeProbe::runs>("runs"),
				    InstanceMethod<&NativeProbe::ring_use>("ringUse"),
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
		options.profile = static_cast<Profile>(object.Get("profile").As<Napi::Number>().Uint32Value());
		options.slots = object.Get("slots").As<Napi::Number>().Uint32Value();
		options.ring_bytes = object.Get("ringBytes").As<Napi::Number>().Uint32Value();
		options.max_listeners = object.Get("maxListeners").As<Napi::Number>().Uint32Value();
		options.keep_alive_ns =
			static_cast<unsigned long long>(object.Get("keepAliveMs").As<Napi::Number>().DoubleValue() * 1e6);
		options.object_directory = object.Get("objectDirectory").As<Napi::String>().Utf8Value();
		options.max_conversations = object.Get("maxConversations").As<Napi::Number>().Uint32Value();
		options.conversation_idle_ns =
			static_cast<unsigned long long>(object.Get("conversationIdleMs").As<Napi::Number>().DoubleValue() * 1e6);
		options.dns = object.Get("dns").As<Napi::Boolean>().Value();
		options.dns_ring_bytes = object.Get("dnsRingBytes").As<Napi::Number>().Uint32Value();
		const auto namespaces = object.Get("namespaces").As<Napi::Array>();
		for (uint32_t i = 0; i < namespaces.Length(); i++)
			options.namespaces.push_back(namespaces.Get(i).As<Napi::String>().Utf8Value());
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
		core_.dns_ring().unmap();
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
				     const auto object = to_js(raw, *outcome);
				     if (!outcome->code.empty())
					     shut();
				     deferred.Resolve(object);
				     Unref();
			     });
		return deferred.Promise();
	}

	void must_run(Napi::Env env)
	{
		if (!worker_.running())
			throw Napi::Error::New(env, "the probe is not open");
	}

	Napi::Value walk(const Napi::CallbackInfo &info)
	{
		must_run(info.Env());
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

	Napi::Value addresses(const Napi::CallbackInfo &info)
	{
		must_run(info.Env());
		auto deferred = Napi::Promise::Deferred::New(info.Env());
		auto found = std::make_shared<std::vector<NamespaceAddresses>>();
		Ref();
		worker_.post([this, found] { *found = core_.addresses(); },
			     [this, found, deferred](napi_env raw) {
				     Napi::HandleScope scope(raw);
				     deferred.Resolve(to_js(raw, *found));
				     Unref();
			     });
		return deferred.Promise();
	}

	Napi::Value limits(const Napi::CallbackInfo &info)
	{
		must_run(info.Env());
		auto deferred = Napi::Promise::Deferred::New(info.Env());
		auto found = std::make_shared<std::vector<KernelLimit>>();
		Ref();
		worker_.post([this, found] { *found = core_.limits(); },
			     [this, found, deferred](napi_env raw) {
				     Napi::HandleScope scope(raw);
				     deferred.Resolve(to_js(raw, *found));
				     Unref();
			     });
		return deferred.Promise();
	}

	static std::vector<std::string> texts_of(const Napi::Value &value)
	{
		const auto list = value.As<Napi::Array>();
		std::vector<std::string> texts;
		for (uint32_t i = 0; i < list.Length(); i++)
			texts.push_back(list.Get(i).As<Napi::String>().Utf8Value());
		return texts;
	}

	Napi::Value change(Napi::Env env, Worker::Job job)
	{
		must_run(env);
		auto deferred = Napi::Promise::Deferred::New(env);
		Ref();
		worker_.post(std::move(job), [this, deferred](napi_env raw) {
			Napi::HandleScope scope(raw);
			deferred.Resolve(Napi::Env(raw).Undefined());
			Unref();
		});
		return deferred.Promise();
	}

	Napi::Value detach(const Napi::CallbackInfo &info)
	{
		const auto names = texts_of(info[0]);
		const auto reason = info[1].As<Napi::String>().Utf8Value();
		const auto fix = info[2].As<Napi::String>().Utf8Value();
		return change(info.Env(), [this, names, reason, fix] { core_.detach(names, reason, fix); });
	}

	Napi::Value attach(const Napi::CallbackInfo &info)
	{
		const auto names = texts_of(info[0]);
		return change(info.Env(), [this, names] { core_.attach(names); });
	}

	// Detaching waits for the kernel's grace periods: on the thread.
	Napi::Value close(const Napi::CallbackInfo &info)
	{
		auto deferred = Napi::Promise::Deferred::New(info.Env());
		// Never opened, its open has failed, or it is closed: nothing is left to free, and no thread to ask.
		if (!worker_.running()) {
			deferred.Resolve(info.Env().Undefined());
			return deferred.Promise();
		}
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

	Napi::Value consume(const Napi::CallbackInfo &info) { return drain(info, core_.ring()); }

	Napi::Value consume_dns(const Napi::CallbackInfo &info) { return drain(info, core_.dns_ring()); }

	// Into a Uint8Array of whole records; what was passed by goes into the first of a Uint32Array.
	Napi::Value drain(const Napi::CallbackInfo &info, Ring &ring)
	{
		auto into = info[0].As<Napi::Uint8Array>();
		auto malformed = info[1].As<Napi::Uint32Array>();
		malformed[0] = 0;
		if (closing_ || !ring.mapped())
			return Napi::Number::New(info.Env(), 0);
		const unsigned long long before = ring.malformed();
		const size_t length = ring.drain(into.Data(), into.ByteLength() / ring.record_bytes());
		malformed[0] = static_cast<uint32_t>(ring.malformed() - before);
		return Napi::Number::New(info.Env(), static_cast<double>(length));
	}

	Napi::Value capabilities(const Napi::CallbackInfo &info) { return to_js(info.Env(), core_.capabilities()); }

	Napi::Value counters(const Napi::CallbackInfo &info)
	{
		auto object = Napi::Object::New(info.Env());
		for (const auto &[name, value] : core_.counters())
			object.Set(name, static_cast<double>(value));
		return object;
	}

	Napi::Value runs(const Napi::CallbackInfo &info)
	{
		auto list = Napi::Array::New(info.Env());
		for (const ProgramRuns &program : core_.runs()) {
			auto object = Napi::Object::New(info.Env());
			object.Set("name", program.name);
			object.Set("ownTime", program.own_time);
			object.Set("runs", static_cast<double>(program.runs));
			object.Set("runNs", static_cast<double>(program.run_ns));
			list.Set(list.Length(), object);
		}
		return list;
	}

	Napi::Value ring_use(const Napi::CallbackInfo &info)
	{
		auto object = Napi::Object::New(info.Env());
		object.Set("bytes", static_cast<double>(core_.ring().data_bytes()));
		object.Set("peakBytes", static_cast<double>(core_.ring().take_peak()));
		return object;
	}

	Napi::Value inventory(const Napi::CallbackInfo &info)
	{
		auto list = Napi::Array::New(info.Env());
		for (const KernelObject &held : core_.inventory()) {
			auto object = Napi::Object::New(info.Env());
			object.Set("type", held.type);
			object.Set("id", held.id);
			object.Set("name", held.name);
			object.Set("memoryBytes", static_cast<double>(held.memory_bytes));
			object.Set("instructionBytes", held.instruction_bytes);
			object.Set("verifiedInstructions", held.verified_instructions);
			object.Set("runs", static_cast<double>(held.runs));
			object.Set("runNs", static_cast<double>(held.run_ns));
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
	KernelObject held;
	held.type = object.Get("type").As<Napi::String>().Utf8Value();
	held.id = object.Get("id").As<Napi::Number>().Uint32Value();
	return Napi::Boolean::New(info.Env(), exists(held));
}

Napi::Value namespace_problem_of(const Napi::CallbackInfo &info)
{
	return to_js(info.Env(), namespace_problem(info[0].As<Napi::String>().Utf8Value()));
}

// A name for each value of the running kernel's reasons.
Napi::Value reset_reasons(const Napi::CallbackInfo &info)
{
	return to_js(info.Env(), enum_names("sk_rst_reason", "SK_RST_REASON_"));
}

Napi::Value drop_reasons(const Napi::CallbackInfo &info)
{
	return to_js(info.Env(), enum_names("skb_drop_reason", "SKB_DROP_REASON_"));
}

void give_back(const Napi::CallbackInfo &)
{
	give_back_memory();
}

void keep_apart(const Napi::CallbackInfo &)
{
	keep_large_blocks_apart();
}

Napi::Object init(Napi::Env env, Napi::Object exports)
{
	exports.Set("layout", layout_object(env, false));
	exports.Set("dnsLayout", layout_object(env, true));
	exports.Set("constants", constants_object(env));
	exports.Set("bootOffsetMs", Napi::Function::New(env, boot_offset_ms));
	exports.Set("objectExists", Napi::Function::New(env, object_exists));
	exports.Set("namespaceProblem", Napi::Function::New(env, namespace_problem_of));
	exports.Set("resetReasons", Napi::Function::New(env, reset_reasons));
	exports.Set("dropReasons", Napi::Function::New(env, drop_reasons));
	exports.Set("giveBackMemory", Napi::Function::New(env, give_back));
	exports.Set("keepLargeBlocksApart", Napi::Function::New(env, keep_apart));
	exports.Set("NativeProbe", NativeProbe::define(env));
	exports.Set("ColumnWriter", define_column_writer(env));
	return exports;
}

} // namespace

NODE_API_MODULE(headwater, init)

} // namespace headwater
