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

/// A load, or one of its journeys.
struct LoadPart {
  std::string name;  ///< By which `of:` of a fault means it: "shoppers", "buy", "shoppers buy".
  std::uint32_t load = 0;
  std::uint32_t journey = engine::kNone;  ///< kNone: the whole load.

  friend bool operator==(const LoadPart&, const LoadPart&) = default;
};

/// All loads, each with its journeys behind it when it has several.
[[nodiscard]] std::vector<LoadPart> load_parts(const engine::Scenario& scenario);

/// What faults that are about this part make of it at a moment: the product of their factors.
[[nodiscard]] double load_factor(const engine::Scenario& scenario, const LoadPart& part,
                                 engine::Instant at);

/// A slider for each load of the run that goes on, and for each of its journeys where there are
/// several: how many times the planned load it sends from now on. Letting go of it is an act of the
/// run, journaled as every other; with no run it is written into the scenario at the moment that is
/// shown.
class LoadPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LoadPanel(Workbench& workbench, QWidget* parent = nullptr);

  /// By the name of a load or a journey; null when there is none.
  [[nodiscard]] QSlider* slider(const std::string& name) const;
  /// Lets a load or a journey be so many times the planned one from now on.
  void set_factor(const std::string& name, double factor);

 private:
  struct Row {
    LoadPart part;
    QLabel* title = nullptr;
    QSlider* slider = nullptr;
    QLabel* factor = nullptr;
    QLabel* now = nullptr;
    QToolButton* reset = nullptr;
  };
  void rebuild();
  void add_row(const LoadPart& part, const engine::Scenario& scenario);
  void refresh();
  void let_go(const Row& row);
  [[nodiscard]] const engine::Scenario* scenario() const;
  [[nodiscard]] engine::Instant moment() const;
  [[nodiscard]] double current(const engine::Scenario& scenario, const LoadPart& part,
                               engine::Instant at) const;
  [[nodiscard]] double sent(const engine::Scenario& scenario, const LoadPart& part,
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

/// The slider is logarithmic: 100 steps are ten times as much.
[[nodiscard]] int slider_of(double factor);
[[nodiscard]] double factor_of(int slider);

}  // namespace shaketable::gui
