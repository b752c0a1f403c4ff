#include "gui/workbench/words.h"

#include <QRegularExpression>
#include <cmath>

#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::gui {

QString words_of(const proxy::Error& error) {
  QString text = QString::fromStdString(error.message);
  if (!error.where.empty()) {
    text += QStringLiteral(" (%1)").arg(QString::fromStdString(error.where));
  }
  if (!error.expected.empty()) {
    text += QStringLiteral("; expected %1").arg(QString::fromStdString(error.expected));
  }
  return text;
}

QString words_of(const engine::Scenario& scenario, const engine::RunEvent& event) {
  using engine::EventKind;
  std::string text;
  switch (event.kind) {
    case EventKind::kFaultStart:
      text = "fault " + engine::fault_name(scenario, event.fault) +
             " begins: " + engine::fault_words(scenario, event.fault);
      break;
    case EventKind::kFaultEnd:
      text = "fault " + engine::fault_name(scenario, event.fault) + " ends";
      break;
    case EventKind::kEjection:
    case EventKind::kUnejection:
    case EventKind::kInstanceDown:
    case EventKind::kInstanceUp:
      text = engine::instance_name(scenario, event.service, event.instance) + ": " +
             engine::words_for(event.kind);
      if (event.caller != engine::kNone) {
        text += " by " + engine::service_name(scenario, event.caller);
      }
      break;
    case EventKind::kCircuitOpen:
    case EventKind::kCircuitClose:
    case EventKind::kOverflow:
    case EventKind::kPanic:
      text = engine::edge_name(scenario, event.caller, event.service) + ": " +
             engine::words_for(event.kind);
      break;
    case EventKind::kQueueFull:
    case EventKind::kConfigPush:
    case EventKind::kDegraded:
    case EventKind::kRecovered:
    case EventKind::kScaled:
      text =
          (event.service == engine::kNone ? std::string()
                                          : engine::service_name(scenario, event.service) + ": ") +
          engine::words_for(event.kind);
      break;
  }
  if (!event.reason.empty()) {
    text += " (" + event.reason + ")";
  }
  if (event.count > 1) {
    text += ", " + std::to_string(event.count) + " times";
  }
  return QString::fromStdString(text);
}

bool is_turning_point(engine::EventKind kind) {
  using engine::EventKind;
  switch (kind) {
    case EventKind::kCircuitOpen:
    case EventKind::kCircuitClose:
    case EventKind::kEjection:
    case EventKind::kPanic:
    case EventKind::kFaultStart:
    case EventKind::kFaultEnd:
    case EventKind::kInstanceDown:
    case EventKind::kInstanceUp:
    case EventKind::kConfigPush:
    case EventKind::kDegraded:
    case EventKind::kRecovered:
    case EventKind::kScaled:
      return true;
    case EventKind::kUnejection:
    case EventKind::kOverflow:
    case EventKind::kQueueFull:
      return false;
  }
  return false;
}

std::string duration_yaml(engine::Duration duration) {
  const std::int64_t ns = duration.count();
  if (ns % 1'000'000'000 == 0) {
    return std::to_string(ns / 1'000'000'000) + "s";
  }
  if (ns % 1'000'000 == 0) {
    return std::to_string(ns / 1'000'000) + "ms";
  }
  return std::to_string(ns) + "ns";
}

std::optional<engine::Instant> moment_from(const QString& text) {
  static const QRegularExpression measure(
      QStringLiteral(R"(^\s*(\d{1,6}(?:\.\d{1,3})?)\s*(ms|s|m)\s*$)"));
  static const QRegularExpression clock(
      QStringLiteral(R"(^\s*(\d{1,5}):([0-5]\d(?:\.\d{1,3})?)\s*$)"));
  constexpr double kSecond = 1e9, kMinute = 60 * kSecond;
  double ns = 0;
  if (const auto match = measure.match(text); match.hasMatch()) {
    const QString unit = match.captured(2);
    const double scale = unit == QLatin1String("ms")  ? kSecond / 1000
                         : unit == QLatin1String("s") ? kSecond
                                                      : kMinute;
    ns = match.captured(1).toDouble() * scale;
  } else if (const auto time = clock.match(text); time.hasMatch()) {
    ns = time.captured(1).toDouble() * kMinute + time.captured(2).toDouble() * kSecond;
  } else {
    return std::nullopt;
  }
  return engine::Instant(engine::Duration(std::llround(ns)));
}

QString clock_text(engine::Instant instant) {
  const std::int64_t tenths = proxy::nanoseconds_of(instant) / 100'000'000;
  return QStringLiteral("%1:%2.%3")
      .arg(tenths / 600)
      .arg(tenths / 10 % 60, 2, 10, QLatin1Char('0'))
      .arg(tenths % 10);
}

}  // namespace shaketable::gui
