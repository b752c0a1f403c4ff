#pragma once

#include <QDialog>
#include <QString>
#include <memory>
#include <optional>

#include "engine/cli/scenario_set.h"
#include "gui/run/stop_rule.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace shaketable::gui {

/// What a run is to go on until: a moment, something that happens, or a condition on the services.
class RunUntilDialog : public QDialog {
  Q_OBJECT

 public:
  struct Awaited {
    StopRule rule;
    QString words;  ///< "a circuit opens"
  };

  /// `now` is how far the run is, `end` where it is over.
  RunUntilDialog(std::shared_ptr<const engine::LoadedScenario> scenario, proxy::Instant now,
                 proxy::Instant end, QWidget* parent = nullptr);

  /// What is filled in; nothing when that is nothing to wait for, and `problem()` says why.
  [[nodiscard]] std::optional<Awaited> awaited() const;
  [[nodiscard]] QString problem() const;

 private:
  void refresh();
  [[nodiscard]] std::optional<Awaited> read(QString& problem) const;

  std::shared_ptr<const engine::LoadedScenario> scenario_;
  proxy::Instant now_, end_;
  QRadioButton* by_moment_ = nullptr;
  QRadioButton* by_event_ = nullptr;
  QRadioButton* by_condition_ = nullptr;
  QLineEdit* moment_ = nullptr;
  QComboBox* event_ = nullptr;
  QLineEdit* condition_ = nullptr;
  QLabel* problem_ = nullptr;
  QPushButton* run_ = nullptr;
};

}  // namespace shaketable::gui
