#pragma once

#include <QWidget>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gui/workbench/workbench.h"

class QGridLayout;
class QLabel;
class QSlider;
class QToolButton;

namespace shaketable::gui {

/// A slider for each load of the run that goes on: how many times the planned load it sends from
/// now on. Letting go of it is an act of the run, journaled as every other; with no run it is
/// written into the scenario at the moment that is shown.
class LoadPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LoadPanel(Workbench& workbench, QWidget* parent = nullptr);

  /// By name; null when there is no such load.
  [[nodiscard]] QSlider* slider(const std::string& load) const;
  /// Lets a load be so many times the planned one from now on.
  void set_factor(const std::string& load, double factor);

 private:
  struct Row {
    std::string load;
    QSlider* slider = nullptr;
    QLabel* factor = nullptr;
    QLabel* now = nullptr;
    QToolButton* reset = nullptr;
  };
  void rebuild();
  void refresh();
  void let_go(const Row& row);
  [[nodiscard]] const engine::Scenario* scenario() const;
  [[nodiscard]] engine::Instant moment() const;
  [[nodiscard]] double current(const engine::Scenario& scenario, std::size_t load,
                               engine::Instant at) const;

  Workbench& workbench_;
  QGridLayout* grid_ = nullptr;
  QLabel* about_ = nullptr;
  std::vector<Row> rows_;
  /// What was asked of the run and is not yet in its scenario.
  std::map<std::string, double> wanted_;
  std::uint64_t wanted_acts_ = 0;  ///< Of the run, once it has done all of them.
  int wanted_run_ = 0;
};

/// What faults make of a load at a moment: the product of their factors.
[[nodiscard]] double load_factor(const engine::Scenario& scenario, std::size_t load,
                                 engine::Instant at);

/// The slider is logarithmic: 100 steps are ten times as much.
[[nodiscard]] int slider_of(double factor);
[[nodiscard]] double factor_of(int slider);

}  // namespace shaketable::gui
