#pragma once

#include <QDialog>
#include <string>

#include "gui/canvas/selection.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace shaketable::gui {

/// Any fault of the format on what is selected: kind, size, share, how many instances, how long.
/// Shows the text that it becomes.
class FaultDialog : public QDialog {
  Q_OBJECT

 public:
  /// `when` says at which moment it will begin: "now", "at 0:40".
  FaultDialog(const Selection& selection, const QString& when, QWidget* parent = nullptr);

  [[nodiscard]] std::string name() const;
  /// As a scenario says it, without `at`.
  [[nodiscard]] std::string what() const;

 private:
  void refresh();
  void choose_kind();

  Selection selection_;
  QComboBox* kind_ = nullptr;
  QLabel* size_label_ = nullptr;
  QLineEdit* size_ = nullptr;
  QDoubleSpinBox* percent_ = nullptr;
  QSpinBox* instances_ = nullptr;
  QLineEdit* length_ = nullptr;
  QLineEdit* name_ = nullptr;
  QLabel* preview_ = nullptr;
};

}  // namespace shaketable::gui
