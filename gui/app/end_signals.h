#pragma once

#include <QObject>
#include <QSocketNotifier>

namespace shaketable::gui {

/// Turns the signals by which a program is told to end (SIGTERM, SIGINT, SIGHUP) into one of Qt's,
/// so that there is time to keep what nobody has saved. One at a time may exist.
class EndSignals : public QObject {
  Q_OBJECT

 public:
  explicit EndSignals(QObject* parent = nullptr);
  ~EndSignals() override;
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

 Q_SIGNALS:
  /// `number` is the signal's.
  void asked_to_end(int number);

 private:
  QSocketNotifier* notifier_ = nullptr;
};

}  // namespace shaketable::gui
