#include "engine/record/trace.h"

namespace shaketable::engine {

const char* name_of(SpanKind kind) {
  switch (kind) {
    case SpanKind::kClient:
      return "client";
    case SpanKind::kNetwork:
      return "network";
    case SpanKind::kInbound:
      return "inbound";
    case SpanKind::kQueue:
      return "queue";
    case SpanKind::kApplication:
      return "application";
    case SpanKind::kWork:
      return "work";
    case SpanKind::kWait:
      return "wait";
    case SpanKind::kCall:
      return "call";
    case SpanKind::kPending:
      return "pending";
    case SpanKind::kAttempt:
      return "attempt";
    case SpanKind::kBackOff:
      return "back_off";
  }
  return "";
}

const char* name_of(SpanEventKind kind) {
  switch (kind) {
    case SpanEventKind::kRetry:
      return "retry";
    case SpanEventKind::kNoRetry:
      return "no_retry";
    case SpanEventKind::kOverflow:
      return "overflow";
    case SpanEventKind::kHostsSkipped:
      return "hosts_skipped";
    case SpanEventKind::kNoHost:
      return "no_host";
    case SpanEventKind::kTimeout:
      return "timeout";
    case SpanEventKind::kFault:
      return "fault";
    case SpanEventKind::kConnection:
      return "connection";
    case SpanEventKind::kMirror:
      return "mirror";
    case SpanEventKind::kQueueFull:
      return "queue_full";
    case SpanEventKind::kCancelled:
      return "cancelled";
    case SpanEventKind::kLost:
      return "lost";
  }
  return "";
}

}  // namespace shaketable::engine
