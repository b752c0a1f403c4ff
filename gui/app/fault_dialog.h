#pragma once

#include <QDialog>
#include <QString>
#include <functional>
#include <optional>
#include <string>

#include "engine/scenario/model.h"
#include "gui/app/fault_kinds.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace shaketable::gui {

/// Any fault of the format on what is selected: kind, which part of it, size, share, how many
/// instances, how long, and how it rises. Shows the text that it becomes, and stays open with the
/// reason when that is no fault.
class FaultDialog : public QDialog {
  Q_OBJECT

 public:
  /// What is wrong with a fault: `name` and `what` as a scenario writes it without `at`; empty for
  /// one that the loader takes.
  using Check = std::function<QString(const std::string& name, const std::string& what)>;

  /// `when` says at which moment it will begin: "now", "at 0:40". `scenario` is what it happens to.
  FaultDialog(const Selection& selection, const engine::Scenario& scenario, const QString& when,
              QWidget* parent = nullptr);

  void set_check(Check check) { check_ = std::move(check); }
  /// Why a kind that fits what is selected is not offered; empty if it is.
  [[nodiscard]] QString why_not(const QString& key, const engine::Scenario& scenario) const;
  /// Shows a kind, by its key; false when it cannot hit what is selected.
  bool choose(const QString& key);

  [[nodiscard]] std::string name() const;
  /// As a scenario says it, without `at`.
  [[nodiscard]] std::string what() const;
  [[nodiscard]] QString problem() const;

 public Q_SLOTS:
  void accept() override;

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void add_fields(const engine::Scenario& scenario);
  void refresh();
  void choose_kind();
  void grow();
  void fill_parts(const FaultKindInfo& kind);
  [[nodiscard]] FaultWish wish() const;

  Selection selection_;
  std::optional<engine::Service> service_;  ///< That is selected, or called.
  Check check_;
  QFormLayout* form_ = nullptr;
  QComboBox* kind_ = nullptr;
  QLabel* about_ = nullptr;
  QComboBox* part_ = nullptr;
  QLabel* size_label_ = nullptr;
  QLineEdit* size_ = nullptr;
  QComboBox* to_ = nullptr;
  QLabel* more_label_ = nullptr;
  QLineEdit* more_ = nullptr;
  QDoubleSpinBox* percent_ = nullptr;
  QSpinBox* instances_ = nullptr;
  QCheckBox* one_way_ = nullptr;
  QComboBox* zone_ = nullptr;
  QComboBox* node_ = nullptr;
  QComboBox* load_ = nullptr;
  QLabel* length_label_ = nullptr;
  QLineEdit* length_ = nullptr;
  QLineEdit* ramp_ = nullptr;
  QLineEdit* name_ = nullptr;
  QLabel* preview_ = nullptr;
  QLabel* problem_ = nullptr;
};

}  // namespace shaketable::gui
