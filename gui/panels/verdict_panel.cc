#include <QHeaderView>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/lists.h"
#include "gui/panels/scenario_panel.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kMomentRole = Qt::UserRole;
constexpr int kServiceRole = Qt::UserRole + 1;

QString state_words(engine::ExpectationState state) {
  using engine::ExpectationState;
  switch (state) {
    case ExpectationState::kHeld:
      return lamp_words(LampState::kHeld, false);
    case ExpectationState::kBroken:
      return lamp_words(LampState::kBroken, false);
    case ExpectationState::kKnownFailure:
      return lamp_words(LampState::kKnown, false);
    case ExpectationState::kUnexpectedPass:
      return QObject::tr("◆ holds, though marked");
    case ExpectationState::kNotMeasurable:
      return lamp_words(LampState::kUnknown, false);
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
  setAllColumnsShowFocus(true);
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
  for (const auto change : {&Workbench::analysis_changed, &Workbench::moment_changed}) {
    connect(&workbench_, change, this, &VerdictPanel::refresh_so_far);
  }
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
    refresh_so_far();
    return;
  }
  listed_ = wanted;
  clear();
  if (shown != nullptr && shown->result != nullptr) {
    list_verdict(*shown);
  } else if (scenario != nullptr) {
    list_expectations(*scenario);
    refresh_so_far();
  }
}

bool VerdictPanel::is_so_far() const {
  const RunEntry* const shown = workbench_.shown();
  const auto run = workbench_.analysed();
  return shown != nullptr && shown->result == nullptr && run != nullptr &&
         static_cast<int>(run->run.verdict.expectations.size()) == topLevelItemCount();
}

// How they stand at the moment, in a run that goes on.
void VerdictPanel::refresh_so_far() {
  if (!is_so_far()) {
    return;
  }
  const auto run = workbench_.analysed();
  const engine::Instant moment = workbench_.moment();
  for (int i = 0; i < topLevelItemCount(); ++i) {
    const engine::ExpectationVerdict& verdict =
        run->run.verdict.expectations[static_cast<std::size_t>(i)];
    const LampState state = lamp_at(verdict, moment, judged_to(*run));
    QTreeWidgetItem& item = *topLevelItem(i);
    const QString text = lamp_words(state, moment < verdict.to);
    if (item.text(0) != text) {
      item.setText(0, text);
      item.setForeground(0, state == LampState::kOpen ? theme_.muted : lamp_color(theme_, state));
    }
    const QString got = state == LampState::kOpen ? QString() : words(verdict.got);
    if (item.text(2) != got) {
      item.setText(2, got);
    }
    if (state == LampState::kBroken && verdict.when) {
      set_moment(item, *verdict.when);
    }
  }
}

void VerdictPanel::list_expectations(const engine::Scenario& scenario) {
  for (const engine::Expectation& expectation : scenario.expectations) {
    auto* const item = new QTreeWidgetItem(
        this, {lamp_words(LampState::kOpen, false), words(expectation.text), QString()});
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
