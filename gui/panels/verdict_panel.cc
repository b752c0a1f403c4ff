#include <QHeaderView>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/lists.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kMomentRole = Qt::UserRole;
constexpr int kServiceRole = Qt::UserRole + 1;

QString state_words(engine::ExpectationState state) {
  using engine::ExpectationState;
  switch (state) {
    case ExpectationState::kHeld:
      return QObject::tr("● held");
    case ExpectationState::kBroken:
      return QObject::tr("◆ broken");
    case ExpectationState::kKnownFailure:
      return QObject::tr("▲ fails, as known");
    case ExpectationState::kUnexpectedPass:
      return QObject::tr("◆ holds, though marked");
    case ExpectationState::kNotMeasurable:
      return QObject::tr("○ not measurable");
  }
  return {};
}

void set_moment(QTreeWidgetItem& item, engine::Instant at) {
  item.setData(0, kMomentRole, static_cast<qlonglong>(proxy::nanoseconds_of(at)));
}

}  // namespace

VerdictPanel::VerdictPanel(Workbench& workbench, QWidget* parent)
    : QTreeWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("verdict"));
  setAccessibleName(tr("Verdict"));
  setHeaderLabels({tr("State"), tr("What was expected, and what happened"), tr("Got")});
  setColumnWidth(0, 190);
  header()->setStretchLastSection(false);
  header()->setSectionResizeMode(1, QHeaderView::Stretch);
  header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
  setIndentation(14);
  setUniformRowHeights(true);
  const auto go = [this](QTreeWidgetItem* item) {
    if (item->data(0, kMomentRole).isValid()) {
      workbench_.play_back(0);
      workbench_.look_at(
          engine::Instant(engine::Duration(item->data(0, kMomentRole).toLongLong())));
    }
    const QString service = item->data(0, kServiceRole).toString();
    if (!service.isEmpty()) {
      workbench_.select(Selection::of_service(service.toStdString()));
    }
  };
  connect(this, &QTreeWidget::itemClicked, this, go);
  connect(this, &QTreeWidget::itemActivated, this, go);
  connect(&workbench_, &Workbench::document_changed, this, &VerdictPanel::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &VerdictPanel::refresh);
  refresh();
}

void VerdictPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  listed_ = nullptr;
  refresh();
}

void VerdictPanel::refresh() {
  const RunEntry* const shown = workbench_.shown();
  const engine::Scenario* const scenario =
      shown != nullptr ? &shown->scenario->scenario : workbench_.scenario();
  const void* const wanted = shown != nullptr && shown->result != nullptr
                                 ? static_cast<const void*>(shown->result.get())
                                 : scenario;
  if (wanted == listed_) {
    return;
  }
  listed_ = wanted;
  clear();
  if (shown != nullptr && shown->result != nullptr) {
    list_verdict(*shown);
  } else if (scenario != nullptr) {
    list_expectations(*scenario);
  }
}

void VerdictPanel::list_expectations(const engine::Scenario& scenario) {
  for (const engine::Expectation& expectation : scenario.expectations) {
    auto* const item = new QTreeWidgetItem(this, {tr("○ not judged yet"), words(expectation.text)});
    item->setForeground(0, theme_.muted);
  }
  if (scenario.expectations.empty()) {
    auto* const item = new QTreeWidgetItem(this, {QString(), tr("The scenario expects nothing")});
    item->setForeground(1, theme_.muted);
  }
}

void VerdictPanel::list_verdict(const RunEntry& entry) {
  const engine::Verdict& verdict = entry.result->run.verdict;
  auto* const head = new QTreeWidgetItem(
      this, {verdict.passed ? tr("● PASSED") : tr("◆ FAILED"), words(verdict.headline)});
  QFont bold = head->font(0);
  bold.setWeight(QFont::DemiBold);
  for (const int column : {0, 1}) {
    head->setFont(column, bold);
    head->setForeground(column, verdict.passed ? theme_.healthy : theme_.failing);
  }
  for (const engine::ExpectationVerdict& expectation : verdict.expectations) {
    auto* const item = new QTreeWidgetItem(
        this, {state_words(expectation.state), words(expectation.text), words(expectation.got)});
    item->setForeground(0, engine::is_fine(expectation.state) ? theme_.healthy : theme_.failing);
    if (expectation.when) {
      set_moment(*item, *expectation.when);
    }
    for (const std::string& evidence : expectation.evidence) {
      auto* const line = new QTreeWidgetItem(item, {QString(), words(evidence)});
      line->setForeground(1, theme_.muted);
    }
  }
  const engine::Cascade& cascade = verdict.analysis.cascade;
  if (cascade.headline.empty()) {
    return;
  }
  auto* const why = new QTreeWidgetItem(this, {tr("Why"), words(cascade.headline)});
  why->setFont(0, bold);
  why->setFont(1, bold);
  why->setToolTip(1, words(cascade.headline));
  const engine::Scenario& scenario = entry.result->scenario.scenario;
  for (const engine::CascadeStep& step : cascade.steps) {
    const std::string service = engine::service_name(scenario, step.service);
    auto* const item = new QTreeWidgetItem(
        why, {QStringLiteral("  ").repeated(static_cast<int>(std::min(step.depth, 8U))) +
                  clock_text(step.at),
              words(service + ": " + step.text)});
    set_moment(*item, step.at);
    item->setData(0, kServiceRole, words(service));
    item->setToolTip(1, item->text(1));
  }
  why->setExpanded(true);
}

}  // namespace shaketable::gui
