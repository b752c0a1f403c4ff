#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "proxy/base/rng.h"
#include "proxy/live/trace_context.h"
#include "proxy/live/tracing.h"
#include "tests/fuzz/require.h"

// Reads arbitrary bytes as the trace headers of a request: a line each, `name: value` with the name
// given by its first letter. What must hold: what is read can be written, and is read back the
// same; a decision is always made; nothing of a broken header goes on.
namespace shaketable::proxy::live {
namespace {

std::string_view name_of(char letter) {
  constexpr std::string_view kNames[] = {"traceparent",       "tracestate",  "b3",
                                         "x-b3-traceid",      "x-b3-spanid", "x-b3-sampled",
                                         "x-b3-parentspanid", "x-b3-flags"};
  return kNames[static_cast<unsigned char>(letter) % std::size(kNames)];
}

http::HeaderList headers_of(std::string_view text) {
  http::HeaderList headers;
  while (!text.empty() && headers.size() < 64) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const std::string_view line = text.substr(0, end); !line.empty()) {
      headers.add(name_of(line[0]), line.substr(1));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return headers;
}

void run(std::string_view text) {
  const http::HeaderList headers = headers_of(text);
  const TraceContext context = read_trace(headers);
  require(context.headers != 0 || context == TraceContext());
  require(!context.trace.is_valid() || context.span != 0);

  // One form at a time, because they carry different parts.
  for (const std::uint8_t form : {kTraceW3c, kTraceB3Single, kTraceB3Multi}) {
    if ((context.headers & form) == 0 || !context.trace.is_valid()) {
      continue;
    }
    TraceContext wanted = context;
    wanted.headers = form;
    if (form == kTraceW3c) {
      wanted.parent = 0;
      wanted.has_short_id = false;
      if (wanted.sampling == Sampling::kDebug) {
        wanted.sampling = Sampling::kYes;
      } else if (wanted.sampling == Sampling::kUndecided) {
        wanted.sampling = Sampling::kNo;
      }
    } else {
      wanted.is_random = false;
      wanted.keeps_tracestate = false;
      wanted.parent =
          form == kTraceB3Single && wanted.sampling == Sampling::kUndecided ? 0 : wanted.parent;
    }
    TraceContext sent = wanted;
    http::HeaderList written = headers;
    write_trace(sent, written);
    require(read_trace(written) == wanted);
  }

  Rng rng(1);
  TracingConfig config;
  config.exporter = TracingConfig::Exporter::kOtlpHttp;
  const RequestTrace trace = Tracer(config, "fuzz").begin(headers, rng);
  require(trace.incoming.trace.is_valid() && trace.server_span != 0);
  require(trace.incoming.sampling != Sampling::kUndecided);
  http::HeaderList sent = headers;
  Tracer(config, "fuzz").inject(trace, 0xa1, sent);
  const TraceContext upstream = read_trace(sent);
  require(upstream.trace == trace.incoming.trace && upstream.span == 0xa1);
}

}  // namespace
}  // namespace shaketable::proxy::live

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shaketable::proxy::live::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
