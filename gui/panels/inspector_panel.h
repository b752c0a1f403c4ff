#pragma once

#include <QWidget>

#include "gui/canvas/theme.h"
#include "gui/panels/property_tree.h"
#include "gui/workbench/workbench.h"

class QLabel;

namespace shaketable::gui {

/// What is selected: how it does at the moment, and everything that its files say or could say.
class InspectorPanel : public QWidget {
  Q_OBJECT

 public:
  explicit InspectorPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] PropertyTree& properties() { return *properties_; }
  /// The figures as they stand, as rich text.
  [[nodiscard]] QString figures() const;

 private:
  void refresh_subject();
  void refresh_figures();
  [[nodiscard]] QString service_figures() const;
  [[nodiscard]] QString edge_figures() const;
  [[nodiscard]] QString run_figures() const;
  [[nodiscard]] QString table(const std::vector<std::pair<QString, QString>>& rows) const;
  [[nodiscard]] QString state_words(NodeHealth health) const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLabel* title_ = nullptr;
  QLabel* figures_ = nullptr;
  PropertyTree* properties_ = nullptr;
  QLabel* documentation_ = nullptr;
};

}  // namespace shaketable::gui
